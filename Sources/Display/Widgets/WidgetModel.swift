internal import Synchronization

/// The state of one widget, which a front end holds too: both are kept equal over a comm of the target `jupyter.widget`.
///
/// The protocol is that of ipywidgets 8: version 2.1.0, `@jupyter-widgets/base` and `controls` 2.0.0, `output` 1.0.0, which JupyterLab's
/// own widget manager draws.
final class WidgetModel: Sendable {
  enum Module: String, Sendable {
    case base = "@jupyter-widgets/base"
    case controls = "@jupyter-widgets/controls"
    case output = "@jupyter-widgets/output"

    var version: JSON { self == .output ? "1.0.0" : "2.0.0" }
  }

  private struct State {
    var fields: JSON.Object
    var comm: Comm?
    var onUpdate: (@Sendable (JSON.Object) throws -> Void)?
    var onEvent: (@Sendable (JSON) throws -> Void)?
  }

  let identifier = Comm.newIdentifier()
  private let name: String
  private let module: Module
  private let echoes: Bool
  private let state: Mutex<State>

  /// - Parameters:
  ///   - name: without the words «Model» and «View»: `FloatSlider`.
  ///   - echoes: whether what one front end changes is told to the others.
  init(_ name: String, in module: Module = .controls, hasView: Bool = true, echoes: Bool = true, _ fields: JSON.Object = [:]) {
    self.name = name + "Model"
    self.module = module
    self.echoes = echoes
    var all: JSON.Object = [
      "_model_module": .string(module.rawValue), "_model_module_version": module.version, "_model_name": .string(name + "Model"),
      "_view_count": .null, "_view_module": .string(module.rawValue), "_view_module_version": module.version,
      "_view_name": hasView ? .string(name + "View") : .null,
    ]
    for (key, value) in fields { all[key] = value }
    state = Mutex(State(fields: all))
  }

  /// How other models name this one.
  var reference: JSON { .string("IPY_MODEL_" + identifier) }

  subscript(field: String) -> JSON? { state.withLock { $0.fields[field] } }

  /// Changes fields here and in the front end.
  func set(_ fields: JSON.Object) {
    let comm = state.withLock { state in
      for (key, value) in fields { state.fields[key] = value }
      return state.comm
    }
    comm?.send(["method": "update", "state": .object(fields), "buffer_paths": []])
  }

  /// What to do when the front end has changed fields.
  func onUpdate(_ body: @escaping @Sendable (JSON.Object) throws -> Void) { state.withLock { $0.onUpdate = body } }

  /// What to do with a message of the view: a click.
  func onEvent(_ body: @escaping @Sendable (JSON) throws -> Void) { state.withLock { $0.onEvent = body } }

  /// Makes the model known to the front end; models that it names must be known before.
  func open() {
    let fields = state.withLock { $0.comm == nil ? $0.fields : nil }
    guard let fields else { return }
    let comm = Comm(
      opening: "jupyter.widget", identifier: identifier, data: ["state": .object(fields), "buffer_paths": []],
      metadata: ["version": "2.1.0"])
    // The comm, which lives until it is closed, keeps the model.
    comm.onMessage { [self] data, _ in try receive(data) }
    comm.onClose { [self] in
      WidgetModel.open.withLock { $0.removeAll { $0 === self } }
      state.withLock { $0.comm = nil }
    }
    state.withLock { $0.comm = comm }
    WidgetModel.open.withLock { $0.append(self) }
  }

  private func receive(_ data: JSON) throws {
    switch data["method"]?.stringValue {
    case "update":
      guard let changes = data["state"]?.objectValue else { return }
      let (comm, onUpdate) = state.withLock { state in
        for (key, value) in changes { state.fields[key] = value }
        return (state.comm, state.onUpdate)
      }
      if echoes { comm?.send(["method": "echo_update", "state": .object(changes), "buffer_paths": []]) }
      try onUpdate?(changes)
    case "custom":
      let onEvent = state.withLock { $0.onEvent }
      try onEvent?(data["content"] ?? [:])
    case "request_state":
      let (comm, fields) = state.withLock { ($0.comm, $0.fields) }
      comm?.send(["method": "update", "state": .object(fields), "buffer_paths": []])
    default: break
    }
  }

  // MARK: All models

  private static let open = Mutex<[WidgetModel]>([])

  /// Answers a front end that has come later and asks for all widgets at once.
  static func serveControl() {
    Comm.register("jupyter.widget.control") { comm, _ in
      comm.onMessage { data, _ in
        guard data["method"]?.stringValue == "request_states" else { return }
        let states = open.withLock { $0 }.map { model -> (String, JSON) in
          let state: JSON = [
            "model_name": .string(model.name), "model_module": .string(model.module.rawValue),
            "model_module_version": model.module.version, "state": .object(model.state.withLock { $0.fields }),
          ]
          return (model.identifier, state)
        }
        comm.send(["method": "update_states", "states": .object(JSON.Object(states)), "buffer_paths": []])
      }
    }
  }

  /// - Parameter name: `VBox` or `HBox`.
  static func box(_ name: String, _ children: [WidgetModel]) -> WidgetModel {
    WidgetModel(
      name,
      [
        "box_style": "", "children": .array(children.map(\.reference)), "layout": layout.reference, "tabbable": .null, "tooltip": .null,
      ])
  }

  static func column(_ children: [WidgetModel]) -> WidgetModel { box("VBox", children) }

  /// What widgets look like that say nothing else: one for all.
  static let layout = WidgetModel("Layout", in: .base)

  /// A style that gives the label the room that it needs, by the name of its model: `SliderStyle`.
  static func style(_ name: String) -> WidgetModel {
    styles.withLock { styles in
      if let style = styles[name] { return style }
      let style = WidgetModel(name, hasView: false, name == "ButtonStyle" ? [:] : ["description_width": "initial"])
      style.state.withLock {
        // Styles are drawn by the view of the module of bases.
        $0.fields["_view_module"] = .string(Module.base.rawValue)
        $0.fields["_view_name"] = "StyleView"
      }
      styles[name] = style
      return style
    }
  }

  private static let styles = Mutex<[String: WidgetModel]>([:])
}
