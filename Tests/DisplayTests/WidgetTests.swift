@testable import Display
import Synchronization
import Testing

/// A front end in memory: it keeps what is sent, and holds the state of every widget.
private final class FrontEnd: DisplaySink {
  struct Record {
    var messages: [CommMessage] = []
    var log: [String] = []
    var states: [String: JSON.Object] = [:]
  }
  let record = Mutex(Record())

  func show(_ bundle: MIMEBundle, identifier: String?) { record.withLock { $0.log.append("show " + bundle.text) } }
  func update(_ bundle: MIMEBundle, identifier: String) {}
  func clear(wait: Bool) { record.withLock { $0.log.append("clear \(wait)") } }
  func send(_ message: CommMessage) {
    record.withLock { record in
      record.messages.append(message)
      if case .open = message.kind { record.states[message.identifier] = [:] }
      for (key, value) in message.data["state"]?.objectValue ?? [:] where message.data["method"] != "echo_update" {
        record.states[message.identifier]?[key] = value
      }
      if let identifier = message.data["state"]?["msg_id"]?.stringValue, message.kind == .message {
        record.log.append("capture \(identifier)")
      }
    }
  }

  /// The model that a value is drawn with, followed along `children`.
  func model(_ bundle: MIMEBundle, _ path: Int...) -> (identifier: String, state: JSON.Object) {
    guard case .json(let view)? = bundle.contents["application/vnd.jupyter.widget-view+json"] else { return ("", [:]) }
    return record.withLock { record in
      var identifier = view["model_id"]?.stringValue ?? ""
      for index in path {
        identifier = String((record.states[identifier]?["children"]?[index]?.stringValue ?? "").dropFirst("IPY_MODEL_".count))
      }
      return (identifier, record.states[identifier] ?? [:])
    }
  }

  /// What happens in a front end when a person moves something.
  func change(_ identifier: String, _ state: JSON) throws {
    Comm.begin(request: "request-1")
    defer { Comm.begin(request: nil) }
    try Comm.receive(CommMessage(.message, identifier, data: ["method": "update", "state": state, "buffer_paths": []]))
  }
}

extension SinkTests {
  @Suite("Widgets")
  struct WidgetTests {
    private func withFrontEnd(_ body: (FrontEnd) throws -> Void) rethrows {
      let before = DisplayOutput.sink
      let frontEnd = FrontEnd()
      DisplayOutput.sink = frontEnd
      defer { DisplayOutput.sink = before }
      try body(frontEnd)
    }

    @Test("A slider is a model for the front end, and reads as text and HTML where nothing can be moved")
    func slider() {
      withFrontEnd { frontEnd in
        let slider = Slider("temperature", 0.1...2, value: 1) { t in "p = \(1 / t)" }
        let bundle = slider.mimeBundle
        #expect(bundle.text == "temperature: 1.0 (0.1 to 2.0)\n\"p = 1.0\"")
        #expect(bundle.contents["text/html"] == .text("<div>temperature: 1.0 (0.1 to 2.0)</div>\n<pre>&quot;p = 1.0&quot;</pre>"))
        let control = frontEnd.model(bundle, 0).state
        #expect(control["_model_name"] == "FloatSliderModel" && control["_model_module"] == "@jupyter-widgets/controls")
        #expect(control["min"] == 0.1 && control["max"] == .number(2) && control["value"] == .number(1) && control["step"] == 0.01)
        #expect(control["readout_format"] == ".2f" && control["description"] == "temperature")
        let area = frontEnd.model(bundle, 1).state
        #expect(area["_model_name"] == "OutputModel")
        #expect(area["outputs"]?[0]?["data"]?["text/plain"] == "\"p = 1.0\"")
        // Every model that another one names was opened before it.
        let messages = frontEnd.record.withLock { $0.messages }
        var known: Set<String> = []
        for message in messages {
          for match in message.data.compactText.matches(of: /IPY_MODEL_([0-9a-f]+)/) where !known.contains(String(match.1)) {
            // Layout and styles are shared by all widgets: an earlier test may have opened them.
            #expect(!messages.contains { $0.identifier == match.1 }, "\(match.0) is named before it is opened")
          }
          known.insert(message.identifier)
          if case .open(let target) = message.kind {
            #expect(target == "jupyter.widget")
            #expect(message.metadata == ["version": "2.1.0"])
          }
        }
      }
    }

    @Test("A change runs the closure with the new value, and what it shows goes below in place of the old")
    func change() throws {
      try withFrontEnd { frontEnd in
        let slider = Slider("width", 1...8) { width in
          "width \(width)"
          if width > 4 { Table(columns: ["wide"], rows: [["yes"]]) }
        }
        let bundle = slider.mimeBundle
        frontEnd.record.withLock { $0.log = [] }
        try frontEnd.change(frontEnd.model(bundle, 0).identifier, ["value": 5])
        #expect(slider.value == 5)
        #expect(
          frontEnd.record.withLock { $0.log }
            == ["capture request-1", "clear true", "show \"width 5\"", "show wide\n────\nyes", "capture "])
        #expect(slider.mimeBundle.text == "width: 5 (1 to 8)\n\"width 5\"\nwide\n────\nyes")
        try frontEnd.change(frontEnd.model(bundle, 0).identifier, ["value": 99])
        #expect(slider.value == 8, "a value outside of the range is moved into it")
        try frontEnd.change(frontEnd.model(bundle, 0).identifier, ["value": "x"])
        #expect(slider.value == 8)
      }
    }

    @Test("Setting a value from a cell moves the control and redraws what hangs on it")
    func setting() {
      withFrontEnd { frontEnd in
        let box = Checkbox("all") { isOn in isOn ? "everything" : "little" }
        let bundle = box.mimeBundle
        box.value = true
        #expect(frontEnd.model(bundle, 0).state["value"] == true)
        #expect(frontEnd.model(bundle, 1).state["outputs"]?[0]?["data"]?["text/plain"] == "\"everything\"")
        #expect(box.mimeBundle.text == "☑ all\n\"everything\"")
      }
    }

    @Test("Dropdown, text, button and boxes")
    func others() throws {
      try withFrontEnd { frontEnd in
        let dropdown = Dropdown("strategy", ["greedy": 1, "beam": 4], selected: 1)
        let field = TextField("prompt", value: "The <capital>")
        let presses = Mutex(0)
        let button = Button("draw") {
          presses.withLock { $0 += 1 }
          "pressed"
        }
        let box = VBox {
          HBox {
            dropdown
            field
          }
          button
        }
        let bundle = box.mimeBundle
        #expect(bundle.text == "strategy: greedy  [beam]\nprompt: «The <capital>»\n[ draw ]")
        #expect(frontEnd.model(bundle, 0, 0).state["_options_labels"] == ["greedy", "beam"])
        try frontEnd.change(frontEnd.model(bundle, 0, 0).identifier, ["index": 0])
        #expect(dropdown.value == 1)
        try frontEnd.change(frontEnd.model(bundle, 0, 0).identifier, ["index": 7])
        #expect(dropdown.value == 1)
        try frontEnd.change(frontEnd.model(bundle, 0, 1).identifier, ["value": "x"])
        #expect(field.value == "x")
        Comm.begin(request: "request-2")
        try Comm.receive(
          CommMessage(.message, frontEnd.model(bundle, 1, 0).identifier, data: ["method": "custom", "content": ["event": "click"]]))
        Comm.begin(request: nil)
        #expect(presses.withLock { $0 } == 1)
        #expect(button.mimeBundle.text == "[ draw ]\n\"pressed\"")
      }
    }

    @Test("Several controls share a closure; one that is changed gives it the values of all")
    func interactive() throws {
      try withFrontEnd { frontEnd in
        let both = Interactive(Slider("a", 0...9, value: 3), Dropdown("b", ["x", "y"])) { a, b in "\(a)\(b)" }
        let bundle = both.mimeBundle
        #expect(frontEnd.model(bundle, 2).state["outputs"]?[0]?["data"]?["text/plain"] == "\"3x\"")
        try frontEnd.change(frontEnd.model(bundle, 1).identifier, ["index": 1])
        try frontEnd.change(frontEnd.model(bundle, 0).identifier, ["value": 4])
        #expect(both.mimeBundle.text.hasSuffix("\"4y\""))
      }
    }

    @Test("An error at the first drawing is shown; one at a change is the message's own end")
    func errors() throws {
      struct TooHot: Error {}
      try withFrontEnd { frontEnd in
        func heat(_ t: Int) throws -> String {
          if t > 5 { throw TooHot() }
          return "fine"
        }
        let slider = Slider("t", 0...9, value: 9) { t in try heat(t) }
        let bundle = slider.mimeBundle
        #expect(bundle.text == "t: 9 (0 to 9)\nTooHot: TooHot()")
        try frontEnd.change(frontEnd.model(bundle, 0).identifier, ["value": 1])
        #expect(throws: TooHot.self) { try frontEnd.change(frontEnd.model(bundle, 0).identifier, ["value": 8]) }
      }
    }

    @Test("A front end that comes later gets the state of every widget, and each widget says its own")
    func later() throws {
      try withFrontEnd { frontEnd in
        WidgetModel.serveControl()
        let slider = Slider("later", 1...3)
        let identifier = frontEnd.model(slider.mimeBundle).identifier
        try Comm.receive(CommMessage(.open(target: "jupyter.widget.control"), "control"))
        try Comm.receive(CommMessage(.message, "control", data: ["method": "request_states"]))
        let states = frontEnd.record.withLock { $0.messages.last?.data }
        #expect(states?["method"] == "update_states")
        #expect(states?["states"]?[identifier]?["model_name"] == "IntSliderModel")
        #expect(states?["states"]?[identifier]?["state"]?["max"] == 3)
        try Comm.receive(CommMessage(.message, identifier, data: ["method": "request_state"]))
        #expect(frontEnd.record.withLock { $0.messages.last?.data["state"]?["max"] } == 3)
        try Comm.receive(CommMessage(.close, identifier))
        try Comm.receive(CommMessage(.open(target: "unknown"), "u"))
        #expect(frontEnd.record.withLock { $0.messages.last } == CommMessage(.close, "u"))
      }
    }

    @Test(
      "A slider's step makes at least a hundred steps, and its readout has the digits of the step",
      arguments: [(0.1...2, 0.01, ".2f"), (0...1, 0.01, ".2f"), (0...100, 1, ".0f"), (0...0.05, 0.0005, ".4f"), (-5...5, 0.1, ".1f")])
    func steps(range: ClosedRange<Double>, step: Double, format: String) {
      #expect(abs(Double.sliderStep(of: range) - step) < 1e-12)
      #expect(Double.sliderFormat(step: Double.sliderStep(of: range)) == format)
    }
  }
}
