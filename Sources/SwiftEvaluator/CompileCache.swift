internal import Glibc
internal import Synchronization

/// What the compiler has made of cells, kept in the user's cache folder: an unchanged notebook is compiled once.
///
/// An entry is one file that is named after its key and put in its place by renaming, so any number of kernels share the folder. Its digest is
/// checked before it is used: what a full disk or a crash has cut off is compiled again. Where nothing can be read or written, nothing is
/// kept, and that costs only time. Above its limit the folder gives up the entries that were not used for the longest time.
final class CompileCache: Sendable {
  /// What a cell has become.
  struct Entry: Sendable, Equatable {
    var module: String
    /// Whether the compiler accepted it; there are no products otherwise.
    var isAccepted: Bool
    /// Everything that the compiler said.
    var messages: String
    /// Libraries that the imported modules ask for.
    var libraries: [String]
    /// The clauses of `#if` that were compiled.
    var clauses: [Int]
    var sharedObject: [UInt8]
    var interface: [UInt8]
    var documentation: [UInt8]
  }

  private let folder: String
  /// In bytes.
  private let limit: Int
  private let writer = Background()
  /// How many entries were written.
  private let kept = Atomic<Int>(0)

  /// - Parameter limit: how many bytes the folder may hold; a cell takes some 80 kB.
  init(folder: String, limit: Int = 256 << 20) {
    self.folder = folder
    self.limit = limit
  }

  /// The user's cache folder for this program, made if need be: `$XDG_CACHE_HOME/beamline`, `~/.cache/beamline`.
  static let home: String = {
    let cache = getenv("XDG_CACHE_HOME").map { String(cString: $0) } ?? getenv("HOME").map { String(cString: $0) + "/.cache" }
    let usual = (cache.flatMap { $0.hasPrefix("/") ? $0 : nil } ?? "/tmp") + "/beamline"
    return makeFolder(usual) ? usual : "/tmp/beamline-\(getuid())"
  }()

  private func path(of key: Digest) -> String { "\(folder)/\(key).cell" }

  /// The entry of a key; nil when there is none, or none that can be trusted.
  func entry(for key: Digest) -> Entry? {
    let path = path(of: key)
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { return nil }
    let bytes = readAll(descriptor)
    close(descriptor)
    guard let entry = Entry(file: bytes, key: key) else {
      unlink(path)
      return nil
    }
    // The time of its last use.
    utimensat(AT_FDCWD, path, nil, 0)
    return entry
  }

  /// Keeps an entry, a moment later; drops it when it cannot be written.
  func keep(_ entry: Entry, for key: Digest) {
    writer.run { [self] in
      guard CompileCache.makeFolder(folder) else { return }
      _ = writeFile(entry.file(key: key), at: path(of: key))
      if kept.add(1, ordering: .relaxed).oldValue % CompileCache.entriesBetweenLooks == 0 { makeRoom() }
    }
  }

  private static let entriesBetweenLooks = 32

  /// Waits until all is written that was to be kept.
  func finish() { writer.finish() }

  /// Removes entries, the longest unused first, until nine tenths of the limit are left.
  private func makeRoom() {
    var files: [(path: String, size: Int, used: timespec)] = []
    for name in SessionFolder.names(in: folder) {
      var status = stat()
      let path = "\(folder)/\(name)"
      guard stat(path, &status) == 0 else { continue }
      files.append((path, Int(status.st_size), status.st_mtim))
    }
    var total = files.reduce(0) { $0 + $1.size }
    guard total > limit else { return }
    files.sort { ($0.used.tv_sec, $0.used.tv_nsec) < ($1.used.tv_sec, $1.used.tv_nsec) }
    for file in files where total > limit / 10 * 9 {
      unlink(file.path)
      total -= file.size
    }
  }

  /// Makes a folder and those it lies in; false when it cannot be written to.
  static func makeFolder(_ path: String) -> Bool {
    if access(path, W_OK) == 0 { return true }
    var part = ""
    for name in path.split(separator: "/") {
      part += "/" + name
      mkdir(part, 0o755)
    }
    return access(path, W_OK) == 0
  }
}

extension CompileCache.Entry {
  private static let opening = Array("Beamline cell 1\n".utf8)

  /// The first line, the digest of the rest, the key, and the fields, each with its length before it.
  fileprivate func file(key: Digest) -> [UInt8] {
    var content = key.bytes
    func put(_ bytes: some Collection<UInt8>) {
      withUnsafeBytes(of: UInt64(bytes.count).littleEndian) { content += $0 }
      content += bytes
    }
    put([isAccepted ? 1 : 0])
    put(module.utf8)
    put(messages.utf8)
    put(libraries.joined(separator: "\n").utf8)
    put(clauses.map(String.init).joined(separator: "\n").utf8)
    put(sharedObject)
    put(interface)
    put(documentation)
    return Self.opening + Digest(of: content).bytes + content
  }

  fileprivate init?(file: [UInt8], key: Digest) {
    let start = Self.opening.count + Digest.size
    guard file.starts(with: Self.opening), file.count > start, Digest(of: file[start...]).bytes == Array(file[Self.opening.count..<start]),
      file[start...].starts(with: key.bytes)
    else { return nil }
    var position = start + Digest.size
    func take() -> ArraySlice<UInt8>? {
      guard position + 8 <= file.count else { return nil }
      let count = (0..<8).reduce(0 as UInt64) { $0 | UInt64(file[position + $1]) << (8 * UInt64($1)) }
      position += 8
      guard count <= UInt64(file.count - position) else { return nil }
      defer { position += Int(count) }
      return file[position..<position + Int(count)]
    }
    func takeText() -> String? { take().map { String(decoding: $0, as: UTF8.self) } }
    guard let isAccepted = take(), let module = takeText(), let messages = takeText(), let libraries = takeText(),
      let clauses = takeText(), let sharedObject = take(), let interface = take(), let documentation = take()
    else { return nil }
    self.init(
      module: module, isAccepted: isAccepted.first == 1, messages: messages,
      libraries: libraries.split(separator: "\n").map(String.init), clauses: clauses.split(separator: "\n").compactMap { Int($0) },
      sharedObject: Array(sharedObject), interface: Array(interface), documentation: Array(documentation))
  }
}
