internal import CProcess
internal import Glibc
internal import Synchronization

/// A compiler process that was started before there was anything to compile, and has done all that does not depend on the cell.
///
/// It is given a source file whose content is still to come, and it imports, before it looks at the source, a module that is a named pipe
/// (see ``Gate``). So it stops where the standard library and the cells' library are loaded and the first line has not been read: half the
/// time of a small cell. Writing the text into the file, which the compiler has mapped, and the module into the pipe lets it go on.
///
/// Where that cannot be had, the source comes on standard input, and the compiler waits only after its start-up.
final class Frontend: Sendable {
  enum Ending {
    /// Everything was written.
    case compiled
    /// It ended by itself; the status is as `waitpid` gives it.
    case ended(status: Int32)
  }

  let module: String
  let isOptimised: Bool
  private let process: ChildProcess
  private let messages: Int32
  /// The source file, or the pipe that is its standard input.
  private let source: Int32
  private let gate: Gate?
  /// The pipe that the compiler takes for a module, open at both ends: should this process be killed, the compiler meets its end, and ends.
  private let pipe: Int32
  private let hasPassed = Atomic<Bool>(false)
  private let files: Files

  /// What a compiler reads and writes, by the path of its products without extension.
  struct Files: Sendable {
    var products: String
    var object: String { products + ".o" }
    var interface: String { products + ".swiftmodule" }
    var documentation: String { products + ".swiftdoc" }
    var source: String { products + ".swift" }
    var gateFolder: String { products + ".gate" }
    var gate: String { gateFolder + "/" + Gate.module + ".swiftmodule" }
  }

  /// A source file must be mapped, not read: it is longer than four pages, and no whole number of them.
  private static let sourceSize = 24 << 10 | 1

  /// Whether a text fits into the file that the compiler has mapped.
  static func fits(_ script: [UInt8]) -> Bool { script.count <= sourceSize }

  var isGated: Bool { gate != nil }

  /// Whether the compiler has waited for the text until it was given.
  var hasWaited: Bool { gate == nil || hasPassed.load(ordering: .relaxed) }

  init(_ program: String, arguments: [String], module: String, isOptimised: Bool, folder: String, gate: Gate?) throws {
    self.module = module
    self.isOptimised = isOptimised
    files = Files(products: "\(folder)/\(module)")
    let messages = Pipe()
    let nothing = open("/dev/null", O_RDWR | O_CLOEXEC)
    defer {
      close(messages.write)
      close(nothing)
    }
    var gate = gate
    pipe = gate == nil ? -1 : Frontend.makeGate(files)
    if pipe < 0 { gate = nil }
    var input = nothing
    if gate != nil {
      source = open(files.source, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600)
      ftruncate(source, off_t(Frontend.sourceSize))
    } else {
      let pipe = Pipe()
      input = pipe.read
      source = pipe.write
    }
    defer { if input != nothing { close(input) } }
    self.gate = gate
    self.messages = messages.read
    let way = gate == nil ? ["-"] : [files.source, "-I", files.gateFolder, "-import-module", Gate.module, "-import-module", "CellSupport"]
    do {
      process = try ChildProcess(
        program, ["-frontend", "-c", "-primary-file"] + way + arguments, descriptors: [0: input, 1: nothing, 2: messages.write])
    } catch {
      close(messages.read)
      close(source)
      if pipe >= 0 { close(pipe) }
      throw error
    }
  }

  private static func makeGate(_ files: Files) -> Int32 {
    guard mkdir(files.gateFolder, 0o700) == 0, mkfifo(files.gate, 0o600) == 0 else { return -1 }
    return open(files.gate, O_RDWR | O_CLOEXEC)
  }

  /// The name that the compiler gives the source in a message that does not speak of the cell.
  var sourceName: String { gate == nil ? "<stdin>" : files.source }

  /// Lets the compiler go on with this text. At most ``fits(_:)`` for one that is gated.
  func give(_ script: [UInt8]) {
    if gate == nil {
      _ = writeAll(source, script)
    } else {
      // What is behind the text is white space on lines of its own.
      var content = script
      content += [UInt8](repeating: UInt8(ascii: "\n"), count: Frontend.sourceSize - script.count)
      _ = writeAll(source, content)
      _ = writeAll(pipe, gate?.content ?? [])
    }
    close(source)
  }

  /// Lets a compiler go on that has read all of the gate's module; one that is still on its way is met later.
  private func openGate() {
    var waiting: Int32 = 0
    guard gate != nil, !hasPassed.load(ordering: .relaxed), beamline_waiting(pipe, &waiting) == 0, waiting == 0 else { return }
    hasPassed.store(true, ordering: .relaxed)
    close(pipe)
  }

  /// A compiler that looks for the module a second time would wait for ever: none is known to, but a hanging cell is the worst of mistakes.
  private func openGateAgain() {
    guard let gate, hasPassed.load(ordering: .relaxed) else { return }
    let descriptor = open(files.gate, O_WRONLY | O_NONBLOCK | O_CLOEXEC)
    if descriptor < 0 { return }
    _ = writeAll(descriptor, gate.content)
    close(descriptor)
  }

  /// Waits until the products are there or the compiler has ended; what it says is appended to `text`.
  ///
  /// The products are in their places, by renaming, before the compiler takes itself down, which takes it some milliseconds more.
  func wait(saying text: inout [UInt8]) -> Ending {
    var chunk = [UInt8](repeating: 0, count: 1 << 16)
    var turn = 0
    while true {
      turn += 1
      usleep(150)
      openGate()
      if turn % 4_096 == 0 { openGateAgain() }
      var source = pollfd(fd: messages, events: Int16(POLLIN), revents: 0)
      if poll(&source, 1, 0) > 0 {
        let count = read(messages, &chunk, chunk.count)
        if count > 0 { text += chunk[..<count] } else if count == 0 || errno != EINTR { return .ended(status: process.wait()) }
        continue
      }
      if access(files.object, F_OK) == 0, access(files.interface, F_OK) == 0 {
        process.kill()
        drain(into: &text)
        return .compiled
      }
    }
  }

  private func drain(into text: inout [UInt8]) {
    var chunk = [UInt8](repeating: 0, count: 1 << 16)
    while true {
      var source = pollfd(fd: messages, events: Int16(POLLIN), revents: 0)
      guard poll(&source, 1, 0) > 0 else { return }
      let count = read(messages, &chunk, chunk.count)
      if count <= 0 { return }
      text += chunk[..<count]
    }
  }

  func kill() { process.kill() }

  /// Waits for the process's end and takes away what only it has used. Called once, when nobody waits any more.
  func clean() {
    process.wait()
    close(messages)
    guard gate != nil else { return }
    if !hasPassed.load(ordering: .relaxed) { close(pipe) }
    unlink(files.source)
    unlink(files.gate)
    rmdir(files.gateFolder)
  }

  /// Ends a compiler that was never given a text.
  func discard() {
    process.kill()
    close(source)
    clean()
  }
}
