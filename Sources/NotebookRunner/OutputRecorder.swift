import Display
import JupyterProtocol

/// Turns the messages of IOPub into the outputs of the cells, as a front end does.
struct OutputRecorder: Sendable {
  private(set) var outputs: [[NotebookOutput]]
  private(set) var widgets = WidgetStates()
  private var cell = 0
  /// Display identifier → where it is shown: cell and position.
  private var displays: [String: [(cell: Int, position: Int)]] = [:]
  /// `clear_output` with `wait`: the next output clears first.
  private var clearsNext = false

  init(cellCount: Int) { outputs = Array(repeating: [], count: cellCount) }

  mutating func begin(cell: Int) {
    self.cell = cell
    clearsNext = false
  }

  mutating func record(_ message: Message) {
    let content = message.content
    switch message.header.messageType {
    case "stream":
      let name = content["name"]?.stringValue ?? "stdout"
      let text = content["text"]?.stringValue ?? ""
      clearIfAsked()
      if case .stream(name, let before)? = outputs[cell].last {
        outputs[cell][outputs[cell].count - 1] = .stream(name: name, text: before + text)
      } else {
        outputs[cell].append(.stream(name: name, text: text))
      }
    case "execute_result", "display_data":
      clearIfAsked()
      if let identifier = content["transient"]?["display_id"]?.stringValue {
        displays[identifier, default: []].append((cell, outputs[cell].count))
      }
      outputs[cell].append(
        .data(
          content["data"]?.objectValue ?? [:], metadata: content["metadata"] ?? [:], executionCount: content["execution_count"]?.intValue))
    case "update_display_data":
      for (cell, position) in displays[content["transient"]?["display_id"]?.stringValue ?? ""] ?? [] {
        guard case .data(_, _, let count) = outputs[cell][position] else { continue }
        outputs[cell][position] = .data(
          content["data"]?.objectValue ?? [:], metadata: content["metadata"] ?? [:], executionCount: count)
      }
    case "clear_output":
      if content["wait"] == true { clearsNext = true } else { clear() }
    case "error":
      clearIfAsked()
      outputs[cell].append(
        .error(
          name: content["ename"]?.stringValue ?? "", message: content["evalue"]?.stringValue ?? "",
          traceback: content["traceback"]?.arrayValue?.compactMap(\.stringValue) ?? []))
    case "comm_open", "comm_msg", "comm_close": widgets.record(message)
    default: break
    }
  }

  private mutating func clearIfAsked() {
    if clearsNext { clear() }
  }

  private mutating func clear() {
    clearsNext = false
    outputs[cell] = []
    for identifier in Array(displays.keys) { displays[identifier]?.removeAll { $0.cell == cell } }
  }
}
