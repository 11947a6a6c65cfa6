import Display
internal import Glibc
internal import Synchronization

/// The toolchain's source services, in a process that is started when the first question comes and again when it has died.
final class SourceKit: Sendable {
  private struct State {
    var process: ChildProcess?
    var input: Int32 = -1
    var answers: Int32 = -1
  }

  private let toolchain: Toolchain
  private let state = Mutex(State())
  /// How long a question may take before it is given up, in milliseconds. The first one loads the compiler.
  private static let patience: Int32 = 10_000

  init(toolchain: Toolchain) { self.toolchain = toolchain }

  /// Asks one question; nil when there is no answer. From any thread, one at a time.
  func ask(_ request: [(key: String, value: Value)]) -> JSON? {
    let lines = request.map { "  key.\($0.key): \($0.value.yaml)" }
    let yaml = Array("{\n\(lines.joined(separator: ",\n"))\n}\n".utf8)
    return state.withLock { state in
      // A process that died at the last question gets a second chance with this one.
      for _ in 0..<2 {
        if state.process == nil, !start(&state) { return nil }
        if let answer = exchange(yaml, &state) { return answer.isEmpty ? nil : try? JSON(parsing: answer) }
        stop(&state)
      }
      return nil
    }
  }

  enum Value {
    /// An identifier of sourcekitd: `source.request.cursorinfo`.
    case name(String)
    case text(String)
    case number(Int)
    case texts([String])

    fileprivate var yaml: String {
      switch self {
      case .name(let name): name
      // A string of JSON is one of YAML.
      case .text(let text): JSON.string(text).compactText
      case .number(let number): "\(number)"
      case .texts(let texts): JSON.array(texts.map(JSON.string)).compactText
      }
    }
  }

  func shutdown() { state.withLock { stop(&$0) } }

  private func start(_ state: inout State) -> Bool {
    let input = Pipe()
    let answers = Pipe()
    defer {
      close(input.read)
      close(answers.write)
    }
    state.process = try? ChildProcess(toolchain.editor, [toolchain.sourceKit], descriptors: [0: input.read, 1: answers.write])
    guard state.process != nil else {
      close(input.write)
      close(answers.read)
      return false
    }
    state.input = input.write
    state.answers = answers.read
    return true
  }

  private func stop(_ state: inout State) {
    guard let process = state.process else { return }
    process.kill()
    process.wait()
    close(state.input)
    close(state.answers)
    state = State()
  }

  /// nil when the process is gone or takes too long.
  private func exchange(_ request: [UInt8], _ state: inout State) -> [UInt8]? {
    let length = withUnsafeBytes(of: UInt32(request.count).littleEndian) { Array($0) }
    guard writeAll(state.input, length + request), let head = receive(4, state.answers) else { return nil }
    return receive((0..<4).reduce(0) { $0 | Int(head[$1]) << (8 * $1) }, state.answers)
  }

  private func receive(_ count: Int, _ descriptor: Int32) -> [UInt8]? {
    var result = [UInt8](repeating: 0, count: count)
    var received = 0
    while received < count {
      var source = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
      guard poll(&source, 1, SourceKit.patience) > 0 else { return nil }
      let got = result.withUnsafeMutableBytes { read(descriptor, $0.baseAddress! + received, count - received) }
      if got <= 0 { return nil }
      received += got
    }
    return result
  }
}
