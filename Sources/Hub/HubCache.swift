import HTTP

#if canImport(Glibc)
  internal import Glibc
#else
  internal import Darwin
#endif

/// The files of a repository on this machine, in the layout of `huggingface_hub`:
///
///     models--owner--name/
///       refs/main                        the commit that the branch had when it was last asked for
///       blobs/3f2a…                      contents, by their checksums
///       snapshots/<commit>/config.json   → ../../blobs/3f2a…
///     .locks/models--owner--name/3f2a….lock
///
/// Sources: huggingface.co/docs/huggingface_hub/guides/manage-cache, and what its version 2.4 writes.
struct HubCache {
  let repository: HubRepository
  let folder: String
  private let locks: String

  init(_ repository: HubRepository, in cache: String) {
    self.repository = repository
    let name = (["models"] + repository.name.split(separator: "/").map(String.init)).joined(separator: "--")
    folder = "\(cache)/\(name)"
    locks = "\(cache)/.locks/\(name)"
  }

  /// The commit of the revision, as far as it is known here.
  var commit: String? {
    if isCommit(repository.revision) { return repository.revision }
    return Files.text("\(folder)/refs/\(repository.revision)").map(\.trimmed).flatMap { isCommit($0) ? $0 : nil }
  }

  func snapshot(_ commit: String) -> String { "\(folder)/snapshots/\(commit)" }
  func blob(_ tag: String) -> String { "\(folder)/blobs/\(tag)" }
  func partial(_ tag: String) -> String { "\(folder)/blobs/\(tag).incomplete" }

  /// Remembers the commit of the revision.
  func remember(_ commit: String) throws {
    guard commit != repository.revision, self.commit != commit else { return }
    let path = "\(folder)/refs/\(repository.revision)"
    try Files.makeFolder(path.split(separator: "/", omittingEmptySubsequences: false).dropLast().joined(separator: "/"))
    try Files.write(commit, to: path)
  }

  /// Gives a content its name in a snapshot.
  func link(_ tag: String, as file: String, of commit: String) throws {
    let path = "\(snapshot(commit))/\(file)"
    if Files.exists(path) { return }
    try Files.makeFolder(snapshot(commit))
    let temporary = "\(path).\(getpid()).tmp"
    unlink(temporary)
    guard symlink("../../blobs/\(tag)", temporary) == 0, rename(temporary, path) == 0 else {
      let error = Files.unwritable(path)
      unlink(temporary)
      throw error
    }
  }

  /// Runs a body while no other process downloads the same content.
  ///
  /// The lock is the one that `huggingface_hub` takes, so that the two wait for each other.
  ///
  /// - Parameter waiting: called once when another process has the lock.
  func locked(_ tag: String, cancellation: HTTPCancellation, waiting: () -> Void, _ body: () throws -> Void) throws {
    try Files.makeFolder(locks)
    let path = "\(locks)/\(tag).lock"
    let descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o666)
    guard descriptor >= 0 else { throw Files.unwritable(path) }
    defer { close(descriptor) }
    var hasWaited = false
    while flock(descriptor, LOCK_EX | LOCK_NB) != 0 {
      guard errno == EWOULDBLOCK || errno == EINTR else { throw Files.unwritable(path) }
      if !hasWaited { waiting() }
      hasWaited = true
      if cancellation.isCancelled { throw CancellationError() }
      usleep(100_000)
    }
    try body()
  }
}

/// Whether a text is the name of a commit: 40 hexadecimal digits.
func isCommit(_ text: String) -> Bool { text.utf8.count == 40 && text.isHexadecimal }

extension String {
  var isHexadecimal: Bool { utf8.allSatisfy { (0x30...0x39).contains($0) || (0x61...0x66).contains($0) } }
}
