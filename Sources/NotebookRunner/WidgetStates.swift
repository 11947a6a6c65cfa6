import Display
import JupyterProtocol

/// The states of all widgets, as a front end keeps them in the metadata of a notebook: with them it draws the widgets without a kernel.
struct WidgetStates: Sendable {
  private var states: [String: JSON.Object] = [:]

  mutating func record(_ message: Message) {
    guard let identifier = message.content["comm_id"]?.stringValue else { return }
    let fields = message.content["data"]?["state"]?.objectValue
    switch message.header.messageType {
    case "comm_open": if message.content["target_name"] == "jupyter.widget" { states[identifier] = fields ?? [:] }
    case "comm_msg":
      guard states[identifier] != nil, message.content["data"]?["method"] == "update" else { return }
      for (key, value) in fields ?? [:] { states[identifier]?[key] = value }
    case "comm_close": states[identifier] = nil
    default: break
    }
  }

  /// The value of the notebook's metadata «widgets»; nil where there are none.
  var metadata: JSON? {
    if states.isEmpty { return nil }
    let entries = states.map { identifier, state -> (String, JSON) in
      let entry: JSON = [
        "model_module": state["_model_module"] ?? "", "model_module_version": state["_model_module_version"] ?? "",
        "model_name": state["_model_name"] ?? "", "state": .object(state),
      ]
      return (identifier, entry)
    }
    return [
      "application/vnd.jupyter.widget-state+json": ["version_major": 2, "version_minor": 0, "state": .object(JSON.Object(entries))]
    ]
  }
}
