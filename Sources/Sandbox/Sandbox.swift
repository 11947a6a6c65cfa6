internal import CSandbox
internal import Glibc
internal import Synchronization

/// A folder of its own in which programs run that are not trusted; it is deleted with the value.
///
/// ```swift
/// let sandbox = try Sandbox()
/// try sandbox.write("print(2 + 3)", to: "program.py")
/// let result = try await sandbox.run("/usr/bin/python3", ["program.py"], limits: ProcessLimits(seconds: 2))
/// ```
/// A program reads what this user may read, writes in this folder only, has no network, starts no other process, signals nobody, and has an
/// environment of its own: keys that stand in this one's are not handed over. The limits of ``ProcessLimits`` are the kernel's, and are
/// watched from here as well. Files are Landlock's work, calls of the system seccomp's; on a kernel without Landlock a program writes nowhere.
public final class Sandbox: Sendable {
  public let folder: String
  /// False as on a kernel without Landlock, for tests.
  private let usesLandlock: Bool

  /// - Throws: ``SandboxError`` when no folder can be made.
  public convenience init() throws(SandboxError) { try self.init(usesLandlock: true) }

  init(usesLandlock: Bool) throws(SandboxError) {
    self.usesLandlock = usesLandlock
    let parent = getenv("TMPDIR").map { String(cString: $0) } ?? "/tmp"
    var template = Array("\(parent)/beamline-sandbox-XXXXXX".utf8CString)
    guard mkdtemp(&template) != nil else {
      throw SandboxError(program: "A program", reason: "no folder can be made in \(parent): \(String(cString: strerror(errno)))")
    }
    folder = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
  }

  deinit { beamline_folder_remove(folder) }

  /// Writes a file for programs to read.
  ///
  /// - Throws: ``SandboxError``.
  public func write(_ text: String, to name: String) throws(SandboxError) {
    guard let file = fopen("\(folder)/\(name)", "w") else {
      throw SandboxError(program: name, reason: "it cannot be written: \(String(cString: strerror(errno)))")
    }
    var text = text
    let isWritten = text.withUTF8 { fwrite($0.baseAddress, 1, $0.count, file) == $0.count }
    guard fclose(file) == 0, isWritten else { throw SandboxError(program: name, reason: "it cannot be written") }
  }

  /// Runs a program until it ends or breaks a limit. Cancelling the task ends it.
  ///
  /// - Parameters:
  ///   - program: where it is.
  ///   - startup: seconds that the program has besides until its first report.
  ///   - startsProcesses: whether it may start others, as a compiler does. Only for programs that are trusted: what it starts is ended with it,
  ///     but not counted.
  ///   - environment: variables besides `PATH`, `HOME`, `TMPDIR` and `LANG`.
  ///   - onReport: gets every line that the program writes to descriptor 3, on a thread of its own; the clock starts anew with each.
  /// - Throws: ``SandboxError``, `CancellationError`.
  public func run(
    _ program: String, _ arguments: [String], limits: ProcessLimits, startup: Double = 0, startsProcesses: Bool = false,
    environment: [String: String] = [:],
    onReport: (@Sendable (String) -> Void)? = nil
  ) async throws -> ProcessResult {
    try Task.checkCancellation()
    let watch = ProcessWatch(
      program: program, arguments: arguments, folder: folder, limits: limits, startup: startup,
      startsProcesses: startsProcesses, environment: environment,
      usesLandlock: usesLandlock, onReport: onReport)
    let result = await withTaskCancellationHandler {
      await withCheckedContinuation { continuation in
        // A thread of its own: it waits, and the child ends with the thread that started it.
        onThread { continuation.resume(returning: Result { () throws(SandboxError) in try watch.run() }) }
      }
    } onCancel: {
      watch.cancel()
    }
    try Task.checkCancellation()
    return try result.get()
  }
}

private func onThread(_ work: @escaping @Sendable () -> Void) {
  final class Box: Sendable {
    let work: @Sendable () -> Void
    init(_ work: @escaping @Sendable () -> Void) { self.work = work }
  }
  var thread = pthread_t()
  let box = Unmanaged.passRetained(Box(work))
  let status = pthread_create(
    &thread, nil,
    { argument in
      Unmanaged<Box>.fromOpaque(argument!).takeRetainedValue().work()
      return nil
    }, box.toOpaque())
  if status == 0 {
    pthread_detach(thread)
  } else {
    box.release()
    work()
  }
}
