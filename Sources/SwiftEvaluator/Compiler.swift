internal import Glibc
internal import Synchronization

/// Turns the text of a script into a shared object that the worker can load.
///
/// Compiler processes are started ahead. They have read their arguments and set themselves up when the text comes, on their standard input:
/// that saves a third of the time of a small cell. Two of them, so that one is ready when cells come without a pause.
final class Compiler: Sendable {
  struct Output: Sendable {
    /// Path of the shared object.
    var sharedObject: String
    var entry: String
    /// Libraries that the imported modules ask for, by their link names (`Foundation`).
    var libraries: [String]
    /// Everything that the compiler said, as text: warnings.
    var messages: String
    /// The clauses of `#if` that were compiled.
    var clauses: Set<Int>
  }

  enum Failure: Error {
    case rejected(messages: String)
    case interrupted
    /// The compiler or the linker itself failed: a crash of the compiler, a full disk.
    case broken(String)
  }

  private struct Frontend {
    var serial: Int
    var process: ChildProcess
    var input: Int32
    var messages: Int32
  }

  private struct State {
    /// Oldest first.
    var waiting: [Frontend] = []
    var running: ChildProcess?
    var wasInterrupted = false
    var serial = 0
  }

  private let toolchain: Toolchain
  /// Where modules and objects of this session lie.
  let folder: String
  private let state = Mutex(State())

  init(toolchain: Toolchain, folder: String) throws {
    self.toolchain = toolchain
    self.folder = folder
    try state.withLock { try prepare(&$0) }
  }

  private static let ahead = 2

  static func module(_ serial: Int) -> String { "Cell\(serial)" }

  /// The number of the module that the next script becomes.
  var nextSerial: Int {
    state.withLock { state in
      // What kept the last one from starting may have passed; if not, `compile` says so.
      if state.waiting.isEmpty { try? prepare(&state) }
      return state.waiting.first?.serial ?? state.serial
    }
  }

  private func prepare(_ state: inout State) throws {
    while state.waiting.count < Compiler.ahead {
      state.serial += 1
      state.waiting.append(try start(state.serial))
    }
  }

  private func start(_ serial: Int) throws -> Frontend {
    let input = Pipe()
    let messages = Pipe()
    let nothing = open("/dev/null", O_WRONLY | O_CLOEXEC)
    defer {
      close(input.read)
      close(messages.write)
      close(nothing)
    }
    let process = try ChildProcess(
      toolchain.frontend, arguments(serial), descriptors: [0: input.read, 1: nothing, 2: messages.write])
    return Frontend(serial: serial, process: process, input: input.write, messages: messages.read)
  }

  private func arguments(_ serial: Int) -> [String] {
    let module = Compiler.module(serial)
    let path = "\(folder)/\(module)"
    // Swift 5 mode: in mode 6 the variables of a script belong to the main actor, and closures over them do not compile.
    // Without access control, what an earlier cell declared can be extended and conform as if it stood in the same file.
    return [
      "-frontend", "-c", "-primary-file", "-", "-module-name", module, "-swift-version", "5", "-Onone", "-gline-tables-only",
      "-enable-testing", "-disable-access-control", "-disable-objc-interop", "-enable-bare-slash-regex",
      "-package-name", "Notebook", "-entry-point-function-name", "\(module)_main",
      "-emit-module-path", path + ".swiftmodule", "-emit-module-doc-path", path + ".swiftdoc", "-o", path + ".o", "-I", folder, "-I",
      toolchain.modules, "-diagnostic-style", "llvm",
      "-no-color-diagnostics", "-in-process-plugin-server-path", toolchain.root + "/lib/swift/host/libSwiftInProcPluginServer.so",
      "-plugin-path", toolchain.root + "/lib/swift/host/plugins", "-module-cache-path", Compiler.moduleCache,
    ] + toolchain.moduleMaps.flatMap { ["-Xcc", "-fmodule-map-file=\($0)"] }
  }

  /// Shared by all sessions: the C library's module is compiled into it once.
  private static let moduleCache: String = {
    let cache = getenv("XDG_CACHE_HOME").map { String(cString: $0) } ?? getenv("HOME").map { String(cString: $0) + "/.cache" }
    let usual = (cache ?? "/tmp") + "/beamline/modules"
    // A home that cannot be written to must not keep cells from running.
    var path = ""
    for part in usual.split(separator: "/") {
      path += "/" + part
      mkdir(path, 0o755)
    }
    return access(usual, W_OK) == 0 ? usual : "/tmp/beamline-modules-\(getuid())"
  }()

  private func take(_ serial: Int) -> Frontend? {
    state.withLock { state in
      guard let ready = state.waiting.first, ready.serial == serial else { return nil }
      state.waiting.removeFirst()
      state.running = ready.process
      state.wasInterrupted = false
      return ready
    }
  }

  /// Compiles and links. The script must be made for ``nextSerial``.
  ///
  /// - Parameter clauses: how many clauses of `#if` the script names.
  func compile(_ script: String, serial: Int, clauses: Int = 0) throws(Failure) -> Output {
    guard let frontend = take(serial) else { throw .broken("The compiler could not be started.") }
    _ = writeAll(frontend.input, Array(script.utf8))
    close(frontend.input)
    restart()
    let messages = String(decoding: readAll(frontend.messages), as: UTF8.self)
    close(frontend.messages)
    let status = frontend.process.wait()
    let wasInterrupted = state.withLock { state in
      state.running = nil
      return state.wasInterrupted
    }
    if wasInterrupted { throw .interrupted }
    if status != 0 {
      // An exit code of 1 is the compiler's word; a signal is its own crash.
      if status & 0x7f == 0, messages.contains("error:") { throw .rejected(messages: messages) }
      throw .broken(
        "The Swift compiler crashed on this cell, which is a mistake of the compiler (signal \(status & 0x7f)). It said: "
          + (messages.split(separator: "\n").first.map(String.init) ?? "nothing."))
    }
    let module = Compiler.module(serial)
    let object = "\(folder)/\(module).o"
    let shared = "\(folder)/\(module).so"
    try link(object, into: shared)
    ModuleName.hide(module, inSharedObject: shared)
    let compiled = ObjectFile(path: object)
    unlink(object)
    let present = Set((0..<clauses).filter { compiled.mentions(CellRewriter.clauseName($0) + "OMn") })
    return Output(
      sharedObject: shared, entry: "\(module)_main", libraries: compiled.libraries, messages: messages, clauses: present)
  }

  private func link(_ object: String, into shared: String) throws(Failure) {
    let messages = Pipe()
    defer { close(messages.read) }
    let arguments = [
      "-shared", "-Bsymbolic", "--eh-frame-hdr", "--wrap=exit", "--wrap=_exit", "--wrap=_Exit", "--wrap=quick_exit", toolchain.startObject,
      object, "-o", shared,
    ]
    do {
      let linker = try ChildProcess(toolchain.linker, arguments, descriptors: [1: messages.write, 2: messages.write])
      close(messages.write)
      let text = String(decoding: readAll(messages.read), as: UTF8.self)
      if linker.wait() != 0 { throw Failure.broken("The linker failed.\n\(text)") }
    } catch let failure as Failure {
      throw failure
    } catch {
      close(messages.write)
      throw .broken("\(error)")
    }
  }

  /// Starts another compiler while this one works.
  private func restart() {
    state.withLock { state in
      // The next cell says why, if even that fails.
      do { try prepare(&state) } catch {}
    }
  }

  /// Stops a compilation that is under way.
  func interrupt() {
    state.withLock { state in
      guard let running = state.running else { return }
      state.wasInterrupted = true
      running.kill()
    }
  }

  func shutdown() {
    let waiting = state.withLock { state in
      defer { state.waiting = [] }
      return state.waiting
    }
    for frontend in waiting {
      frontend.process.kill()
      frontend.process.wait()
      close(frontend.input)
      close(frontend.messages)
    }
  }
}
