internal import Synchronization

/// A widget that holds a value, and what happens when it changes: what ``Slider``, ``Dropdown``, ``Checkbox`` and ``TextField`` share.
public class Control<Value: Sendable>: Widget, @unchecked Sendable {
  /// The control alone; ``Widget/model`` is a box around it and the contents below, if there are any.
  let control: WidgetModel
  private let label: String
  private let styleModel: WidgetModel
  private let area: OutputArea?
  private let content: ((Value) -> WidgetContent)?

  private struct State {
    var value: Value
    var observers: [Observer] = []
    var isDrawn = false
  }
  private struct Observer: @unchecked Sendable {
    let body: (Value) throws -> Void
  }
  private let state: Mutex<State>

  init(
    _ name: String, style: String, label: String, value: Value, fields: JSON.Object, content: ((Value) -> WidgetContent)?
  ) {
    styleModel = WidgetModel.style(style)
    var all: JSON.Object = [
      "description": .string(label), "description_allow_html": false, "disabled": false, "layout": WidgetModel.layout.reference,
      "style": styleModel.reference, "tabbable": .null, "tooltip": .null,
    ]
    for (key, value) in fields { all[key] = value }
    let control = WidgetModel(name, all)
    let area = content == nil ? nil : OutputArea()
    self.control = control
    self.label = label
    self.content = content
    self.area = area
    state = Mutex(State(value: value))
    super.init(area.map { WidgetModel.column([control, $0.model]) } ?? control)
  }

  /// The value that changed fields of the model mean; nil when they say nothing of it.
  func decode(_ fields: JSON.Object) -> Value? { nil }
  func encode(_ value: Value) -> JSON.Object { [:] }
  /// The control as a line of text.
  func line(label: String, value: Value) -> String { "\(label): \(value)" }

  /// What is chosen; setting it moves the control and redraws what hangs on it.
  public final var value: Value {
    get { state.withLock { $0.value } }
    set {
      control.set(encode(newValue))
      do { try take(newValue) } catch { display(MIMEBundle(text: "\(type(of: error)): \(error)")) }
    }
  }

  /// Runs a closure whenever the value has changed, after those that were given before.
  public final func onChange(_ body: @escaping (Value) throws -> Void) {
    let observer = Observer(body: body)
    state.withLock { $0.observers.append(observer) }
  }

  private func take(_ value: Value) throws {
    let observers = state.withLock { state in
      state.value = value
      return state.observers
    }
    if let area, let content { try area.draw(content(value)) }
    for observer in observers { try observer.body(value) }
  }

  override var parts: [WidgetModel] { [.layout, styleModel, control] }

  override func open() {
    // The model, which lives as long as the front end knows it, keeps this.
    control.onUpdate { [self] fields in
      guard let value = decode(fields) else { return }
      try take(value)
    }
    if let area, let content {
      let isFirst = state.withLock { state in
        defer { state.isDrawn = true }
        return !state.isDrawn
      }
      if isFirst { area.fill(content(value)) }
      area.open()
    }
    super.open()
  }

  override var still: WidgetStill {
    let control = WidgetStill(line(label: label, value: value))
    return WidgetStill(stacking: [control] + (area.map { [$0.still] } ?? []))
  }
}
