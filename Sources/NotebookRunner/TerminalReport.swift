import Display
import JupyterProtocol
import Synchronization

/// Shows a run in a terminal as it happens: each cell, its outputs, its time.
///
/// ```
/// ── cell 3 of 12 ────────────────────────────────────────────────────────────────
/// │ let sum = 1 + 1
/// │ sum
/// Out[2]: 2
///                                                                          0.06 s
/// ```
/// With colour, sources are dimmed, and what cells print keeps its own colours; without, all escape sequences are taken away.
public final class TerminalReport: Sendable {
  private struct State {
    /// Whether the last character shown was a line feed.
    var isAtLineStart = true
    /// The display whose one line of text is the last thing shown: on a terminal it can be written over.
    var lastDisplay: String?
    /// The last update of each display that could not be written over; shown when the cell ends.
    var pendingUpdates: [(identifier: String, text: String)] = []
  }

  private static let width = 80
  private let usesColor: Bool
  private let write: @Sendable (String) -> Void
  private let state = Mutex(State())

  public init(usesColor: Bool, write: @escaping @Sendable (String) -> Void) {
    self.usesColor = usesColor
    self.write = write
  }

  func begin(_ cell: NotebookCell, number: Int, of count: Int) {
    let title = "── cell \(number) of \(count) "
    let rule = title + String(repeating: "─", count: max(0, Self.width - title.count))
    let bar = cell.kind == .code ? "│ " : "  "
    let source = cell.source.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline).map { line in
      cell.kind == .code ? colored(bar + line, "2") : bar + line
    }
    show(([colored(rule, "36")] + source).joined(separator: "\n") + "\n")
  }

  func end(after duration: Duration) {
    state.withLock { state in
      for update in state.pendingUpdates { emit(update.text + "\n", in: &state) }
      state.pendingUpdates = []
      startLine(in: &state)
      let time = seconds(duration)
      emit(colored(String(repeating: " ", count: max(0, Self.width - time.count)) + time, "2") + "\n", in: &state)
    }
  }

  func finish(failed: NotebookRunner.FailedCell?, codeCells: Int, after duration: Duration) {
    let title = failed == nil ? "all \(codeCells) code cells ran" : "stopped"
    show(colored("── \(title) in \(seconds(duration))", failed == nil ? "32" : "31") + "\n")
  }

  /// Shows an output message.
  func show(_ message: Message) {
    let content = message.content
    let text = content["data"]?["text/plain"]?.stringValue ?? ""
    state.withLock { state in
      switch message.header.messageType {
      case "stream": emit(content["text"]?.stringValue ?? "", in: &state)
      case "execute_result":
        startLine(in: &state)
        let label = colored("Out[\(content["execution_count"]?.intValue ?? 0)]:", "31")
        emit(label + (text.contains(where: \.isNewline) ? "\n" : " ") + text + "\n", in: &state)
      case "display_data":
        startLine(in: &state)
        emit(text + "\n", in: &state)
        if !text.contains(where: \.isNewline) { state.lastDisplay = content["transient"]?["display_id"]?.stringValue }
      case "update_display_data": update(content["transient"]?["display_id"]?.stringValue ?? "", text, in: &state)
      case "error":
        startLine(in: &state)
        emit((content["traceback"]?.arrayValue?.compactMap(\.stringValue) ?? []).joined(separator: "\n") + "\n", in: &state)
      default: break
      }
    }
  }

  /// A progress bar, for example: on a terminal its line is written anew, elsewhere only its last state is shown.
  private func update(_ identifier: String, _ text: String, in state: inout State) {
    if usesColor, state.lastDisplay == identifier, !text.contains(where: \.isNewline) {
      emit("\u{1B}[1A\u{1B}[2K" + text + "\n", in: &state)
      state.lastDisplay = identifier
    } else {
      state.pendingUpdates.removeAll { $0.identifier == identifier }
      state.pendingUpdates.append((identifier, text))
    }
  }

  private func show(_ text: String) {
    state.withLock { state in
      startLine(in: &state)
      emit(text, in: &state)
    }
  }

  private func startLine(in state: inout State) {
    if !state.isAtLineStart { emit("\n", in: &state) }
  }

  private func emit(_ text: String, in state: inout State) {
    guard let last = text.unicodeScalars.last else { return }
    state.isAtLineStart = last == "\n"
    state.lastDisplay = nil
    write(usesColor ? text : withoutEscapes(text))
  }

  private func colored(_ text: String, _ code: String) -> String { usesColor ? "\u{1B}[\(code)m\(text)\u{1B}[0m" : text }

  /// `0.06 s`
  private func seconds(_ duration: Duration) -> String {
    let hundredths = Int((duration / .milliseconds(10)).rounded())
    let fraction = hundredths % 100
    return "\(hundredths / 100).\(fraction < 10 ? "0" : "")\(fraction) s"
  }
}

/// The text without the escape sequences of terminals (ECMA-48): `ESC [` up to the final byte, and `ESC` with one other character.
func withoutEscapes(_ text: String) -> String {
  guard text.unicodeScalars.contains("\u{1B}") else { return text }
  var result = String.UnicodeScalarView()
  var scalars = text.unicodeScalars.makeIterator()
  while let scalar = scalars.next() {
    guard scalar == "\u{1B}" else {
      result.append(scalar)
      continue
    }
    guard scalars.next() == "[" else { continue }
    while let next = scalars.next(), !("@"..."~").contains(next) {}
  }
  return String(result)
}
