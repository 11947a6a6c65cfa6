import Display
import JupyterProtocol
import Testing

@testable import NotebookRunner

@Test("The states of widgets are kept as a front end would: opened, changed, closed; other comms are not")
func widgetStates() {
  var states = WidgetStates()
  func record(_ type: String, _ content: JSON) {
    let header = MessageHeader(messageID: "1", session: "s", username: "u", date: "d", messageType: type, version: "5.5")
    states.record(Message(header: header, content: content))
  }
  func open(_ identifier: String, target: String = "jupyter.widget") {
    record(
      "comm_open",
      [
        "comm_id": .string(identifier), "target_name": .string(target),
        "data": ["state": ["_model_module": "m", "_model_module_version": "2.0.0", "_model_name": "SliderModel", "value": 1]],
      ])
  }
  #expect(states.metadata == nil)
  open("a")
  open("b")
  open("c", target: "other")
  record("comm_msg", ["comm_id": "a", "data": ["method": "update", "state": ["value": 2]]])
  record("comm_msg", ["comm_id": "c", "data": ["method": "update", "state": ["value": 2]]])
  record("comm_close", ["comm_id": "b"])
  let expected: JSON = [
    "application/vnd.jupyter.widget-state+json": [
      "version_major": 2, "version_minor": 0,
      "state": [
        "a": [
          "model_module": "m", "model_module_version": "2.0.0", "model_name": "SliderModel",
          "state": ["_model_module": "m", "_model_module_version": "2.0.0", "_model_name": "SliderModel", "value": 2],
        ]
      ],
    ]
  ]
  #expect(states.metadata == expected)
}
