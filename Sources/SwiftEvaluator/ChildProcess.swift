internal import CProcess
internal import Glibc
internal import Synchronization

/// A program that was started, and the ends of its pipes that stayed here.
///
/// File descriptors of one child never reach another: they are closed on `exec`, but for those that are handed over by name.
final class ChildProcess: Sendable {
  let id: pid_t
  /// Set once it has been waited for: then its number may already be another process's.
  private let status = Mutex<Int32?>(nil)

  enum Failure: Error, CustomStringConvertible {
    case cannotStart(program: String, reason: String)
    var description: String {
      switch self {
      case .cannotStart(let program, let reason): "\(program) could not be started: \(reason)"
      }
    }
  }

  /// Starts the program; `descriptors` maps numbers in the child to open descriptors here. What is not named is closed.
  init(_ program: String, _ arguments: [String], descriptors: [Int32: Int32], environment extra: [String: String] = [:]) throws(Failure) {
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    for (target, source) in descriptors.sorted(by: { $0.key < $1.key }) { posix_spawn_file_actions_adddup2(&actions, source, target) }
    var attributes = posix_spawnattr_t()
    posix_spawnattr_init(&attributes)
    defer { posix_spawnattr_destroy(&attributes) }
    // A group of its own: Ctrl-C in a terminal is the kernel's to understand.
    posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF))
    posix_spawnattr_setpgroup(&attributes, 0)
    var none = sigset_t()
    sigemptyset(&none)
    posix_spawnattr_setsigmask(&attributes, &none)
    var restored = sigset_t()
    sigemptyset(&restored)
    sigaddset(&restored, SIGPIPE)
    sigaddset(&restored, SIGINT)
    posix_spawnattr_setsigdefault(&attributes, &restored)

    var variables: [String] = []
    var cursor = environ
    while let entry = cursor.pointee {
      let text = String(cString: entry)
      if !extra.keys.contains(where: { text.hasPrefix($0 + "=") }) { variables.append(text) }
      cursor += 1
    }
    variables += extra.map { "\($0.key)=\($0.value)" }
    var argv: [UnsafeMutablePointer<CChar>?] = ([program] + arguments).map { strdup($0) } + [nil]
    var envp: [UnsafeMutablePointer<CChar>?] = variables.map { strdup($0) } + [nil]
    defer { for pointer in argv + envp { free(pointer) } }
    var child: pid_t = 0
    let status = posix_spawn(&child, program, &actions, &attributes, &argv, &envp)
    guard status == 0 else { throw .cannotStart(program: program, reason: String(cString: strerror(status))) }
    id = child
  }

  /// Waits for its end; the result is as `waitpid` gives it.
  @discardableResult func wait() -> Int32 {
    // Without giving up its number, which another thread may be about to send a signal to.
    var information = siginfo_t()
    while waitid(P_PID, id_t(id), &information, WEXITED | WNOWAIT) < 0 && errno == EINTR {}
    return reap(0) ?? 0
  }

  /// The status if it has ended, without waiting.
  func statusIfEnded() -> Int32? { reap(WNOHANG) }

  private func reap(_ options: Int32) -> Int32? {
    status.withLock { known in
      if let known { return known }
      var status: Int32 = 0
      var result = waitpid(id, &status, options)
      while result < 0 && errno == EINTR { result = waitpid(id, &status, options) }
      if result == id { known = status }
      return known
    }
  }

  func kill(_ signal: Int32 = SIGKILL) {
    status.withLock { if $0 == nil { _ = Glibc.kill(id, signal) } }
  }

  /// Ends it and all that it has started: it leads a group of its own.
  func killGroup() {
    status.withLock { if $0 == nil { _ = Glibc.kill(-id, SIGKILL) } }
  }
}

/// Two ends of a pipe, closed on `exec`, with numbers beyond those that children are given, and a buffer that lets a writer run ahead.
struct Pipe {
  var read: Int32
  var write: Int32

  init() {
    var ends: [Int32] = [-1, -1]
    precondition(beamline_pipe(&ends, 16, 1 << 20) == 0, "no file descriptors are left")
    read = ends[0]
    write = ends[1]
  }
}

/// Writes everything; false when nobody reads any more.
func writeAll(_ descriptor: Int32, _ bytes: [UInt8]) -> Bool {
  var offset = 0
  while offset < bytes.count {
    let written = bytes.withUnsafeBytes { write(descriptor, $0.baseAddress! + offset, bytes.count - offset) }
    if written < 0 {
      if errno == EINTR { continue }
      return false
    }
    offset += written
  }
  return true
}

/// Reads to the end.
func readAll(_ descriptor: Int32) -> [UInt8] {
  var result: [UInt8] = []
  var chunk = [UInt8](repeating: 0, count: 1 << 16)
  while true {
    let count = read(descriptor, &chunk, chunk.count)
    if count < 0 && errno == EINTR { continue }
    if count <= 0 { return result }
    result += chunk[..<count]
  }
}
