import Dispatch
import Display
import JupyterKernel
import Synchronization

/// A language of one command a line, with which tests make every kind of output and every kind of end.
///
/// | line | what happens |
/// |---|---|
/// | `print TEXT`, `error TEXT` | the text and a line feed on standard output, standard error |
/// | `lines N` | N numbered lines on standard output, one by one |
/// | `display TEXT`, `display TEXT as NAME`, `update NAME TEXT`, `clear` | the output of that name |
/// | `fail NAME MESSAGE` | the cell ends with this error |
/// | `page TEXT` | the text for the pager |
/// | `ask PROMPT`, `password PROMPT` | asks for a line, and prints it |
/// | `wait` | until it is interrupted, and ends the cell |
/// | `late` | keeps the way of the outputs and uses it in the next cell |
/// | `comm TEXT` | opens a comm «from-cell» to the target `front` with this text |
/// | anything else | is the cell's result |
///
/// A comm to the target `echo` gets every message back, and prints it; the message `"fail"` fails.
public final class EchoEvaluator: Evaluator {
  private struct State {
    var isWaiting = false
    var late: (@Sendable (CellOutput) -> Void)?
    var isShutDown = false
    var cells: [Int?] = []
    /// The answer to the question of the running cell; nil when the cell was interrupted.
    var answer: InputAnswer?
    var isAsking = false
  }

  private let state = Mutex(State())
  private let interrupts = DispatchSemaphore(value: 0)
  private let answers = DispatchSemaphore(value: 0)
  private let waits = DispatchSemaphore(value: 0)

  public init() {}

  public let language = LanguageInfo(
    name: "echo", version: "1.0", mimeType: "text/x-echo", fileExtension: ".echo", pygmentsLexer: "text", codeMirrorMode: "text")

  /// The numbers of the cells that were run.
  public var cells: [Int?] { state.withLock(\.cells) }
  public var isShutDown: Bool { state.withLock(\.isShutDown) }

  /// Returns when a cell has come to its `wait`.
  public func awaitWaitingCell() { waits.wait() }

  public func evaluate(_ cell: Cell, emit: @escaping @Sendable (CellOutput) -> Void) -> CellOutcome {
    let late = state.withLock { state in
      state.cells.append(cell.number)
      defer { state.late = nil }
      return state.late
    }
    late?(.text("too late\n", .standardOutput))
    for line in cell.text.split(separator: "\n") {
      if let failure = run(line, emit: emit) { return failure }
    }
    return .finished
  }

  private func run(_ line: Substring, emit: @escaping @Sendable (CellOutput) -> Void) -> CellOutcome? {
    let words = line.split(separator: " ", maxSplits: 1).map(String.init)
    let rest = words.count > 1 ? words[1] : ""
    switch words[0] {
    case "print": emit(.text(rest + "\n", .standardOutput))
    case "error": emit(.text(rest + "\n", .standardError))
    case "lines": for number in 0..<(Int(rest) ?? 0) { emit(.text("line \(number)\n", .standardOutput)) }
    case "display":
      let parts = rest.split(separator: " as ").map(String.init)
      emit(.display(MIMEBundle(text: parts[0]), identifier: parts.count > 1 ? parts[1] : nil))
    case "update":
      let parts = rest.split(separator: " ", maxSplits: 1).map(String.init)
      emit(.update(MIMEBundle(text: parts[1]), identifier: parts[0]))
    case "page": emit(.page(MIMEBundle(text: rest)))
    case "ask", "password": return ask(rest, isPassword: words[0] == "password", emit: emit)
    case "clear": emit(.clear(wait: true))
    case "comm": emit(.comm(CommMessage(.open(target: "front"), "from-cell", data: ["text": .string(rest)], metadata: ["version": "1"])))
    case "late": state.withLock { $0.late = emit }
    case "wait": return waitForInterrupt()
    case "fail":
      let parts = rest.split(separator: " ", maxSplits: 1).map(String.init)
      return .threw(CellFailure(name: parts[0], message: parts[1], traceback: ["\u{1B}[31m\(rest)\u{1B}[0m"]))
    default: emit(.result(MIMEBundle(text: String(line))))
    }
    return nil
  }

  public func receive(_ message: CommMessage, request: String, emit: @escaping @Sendable (CellOutput) -> Void) -> CellOutcome {
    switch message.kind {
    case .open(let target): if target != "echo" { emit(.comm(CommMessage(.close, message.identifier))) }
    case .message:
      if message.data == "fail" { return .threw(CellFailure(name: "Failed", message: request, traceback: ["Failed"])) }
      emit(.text(message.data.compactText + "\n", .standardOutput))
      emit(.comm(message))
    case .close: emit(.text("closed\n", .standardOutput))
    }
    return .finished
  }

  private func ask(_ prompt: String, isPassword: Bool, emit: @escaping @Sendable (CellOutput) -> Void) -> CellOutcome? {
    state.withLock { $0.isAsking = true }
    emit(.inputRequest(prompt: prompt, isPassword: isPassword))
    answers.wait()
    let answer = state.withLock { state in
      defer { state.answer = nil }
      return state.answer
    }
    switch answer {
    case .line(let line): emit(.text("«\(line)»\n", .standardOutput))
    case .refused: return .threw(CellFailure(name: "NoInput", message: "nobody can be asked", traceback: ["NoInput"]))
    case nil: return .interrupted(CellFailure(name: "Interrupted", message: "the cell was interrupted", traceback: ["Interrupted"]))
    }
    return nil
  }

  public func answer(_ answer: InputAnswer) { release(with: answer) }

  private func release(with answer: InputAnswer?) {
    state.withLock { state in
      guard state.isAsking else { return }
      state.isAsking = false
      state.answer = answer
      answers.signal()
    }
  }

  private func waitForInterrupt() -> CellOutcome {
    state.withLock { $0.isWaiting = true }
    waits.signal()
    interrupts.wait()
    return .interrupted(CellFailure(name: "Interrupted", message: "the cell was interrupted", traceback: ["Interrupted"]))
  }

  public func interrupt() {
    release(with: nil)
    state.withLock { state in
      if state.isWaiting { interrupts.signal() }
      state.isWaiting = false
    }
  }

  public func completeness(of text: String) -> Completeness {
    switch text.last {
    case nil: .unknown
    case ":": .incomplete(indent: "  ")
    case "?": .invalid
    default: .complete
    }
  }

  private static let commands = [
    "ask", "clear", "comm", "display", "error", "fail", "late", "lines", "page", "password", "print", "update", "wait",
  ]

  /// The commands that begin like the last word before the cursor.
  public func completions(in text: String, at position: Int) -> Completions {
    let before = text.unicodeScalars.prefix(position)
    let word = before.reversed().prefix { $0 != " " && $0 != "\n" }
    let prefix = String(String.UnicodeScalarView(word.reversed()))
    let items = Self.commands.filter { $0.hasPrefix(prefix) }.map { Completions.Item(text: $0, kind: .keyword, signature: "\($0) …") }
    return Completions(start: before.count - word.count, end: before.count, items: items)
  }

  public func inspection(of text: String, at position: Int, isDetailed: Bool) -> MIMEBundle? {
    guard let command = Self.commands.first(where: { text.hasPrefix($0) }), position <= command.count else { return nil }
    return MIMEBundle(text: isDetailed ? "\(command): a command, in detail" : "\(command): a command", markdown: "**\(command)**")
  }

  public func shutdown() {
    state.withLock { $0.isShutDown = true }
    interrupt()
  }
}
