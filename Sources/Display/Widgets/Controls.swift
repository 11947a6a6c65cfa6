/// Yes or no.
///
/// ```swift
/// Checkbox("only kept branches", value: true) { onlyKept in search.tree(onlyKept: onlyKept) }
/// ```
public final class Checkbox: Control<Bool>, @unchecked Sendable {
  public convenience init(_ label: String, value: Bool = false) { self.init(label, value, nil) }

  /// - Parameter content: what is shown below, and again after each change.
  public convenience init(_ label: String, value: Bool = false, @ContentBuilder content: @escaping (Bool) throws -> [Any]) {
    self.init(label, value) { value in .now { try content(value) } }
  }

  public convenience init(_ label: String, value: Bool = false, @ContentBuilder content: @escaping (Bool) async throws -> [Any]) {
    self.init(label, value) { value in .later { try await content(value) } }
  }

  /// For a closure with `return`.
  @_disfavoredOverload
  public convenience init(_ label: String, value: Bool = false, content: @escaping (Bool) throws -> Any) {
    self.init(label, value) { value in .now { [try content(value)] } }
  }

  @_disfavoredOverload
  public convenience init(_ label: String, value: Bool = false, content: @escaping (Bool) async throws -> Any) {
    self.init(label, value) { value in .later { [try await content(value)] } }
  }

  private init(_ label: String, _ value: Bool, _ content: ((Bool) -> WidgetContent)?) {
    super.init(
      "Checkbox", style: "CheckboxStyle", label: label, value: value, fields: ["indent": false, "value": .bool(value)], content: content)
  }

  override func decode(_ fields: JSON.Object) -> Bool? { fields["value"]?.boolValue }
  override func encode(_ value: Bool) -> JSON.Object { ["value": .bool(value)] }
  override func line(label: String, value: Bool) -> String { "\(value ? "☑" : "☐") \(label)" }
}

/// One of several values.
///
/// ```swift
/// Dropdown("strategy", ["greedy": Greedy(), "beam": BeamSearch(width: 4)]) { strategy in model.generate(prompt, using: strategy) }
/// Dropdown("width", [1, 2, 4, 8])
/// ```
public final class Dropdown<Value: Sendable>: Control<Value>, @unchecked Sendable {
  private let options: [(label: String, value: Value)]

  /// Options that go by their own descriptions.
  ///
  /// - Parameters:
  ///   - options: at least one.
  ///   - selected: the position of the one that is chosen at first.
  public convenience init(_ label: String, _ options: [Value], selected: Int = 0) {
    self.init(label, options.map { ("\($0)", $0) }, selected, nil)
  }

  /// - Parameter content: what is shown below, and again after each change.
  public convenience init(
    _ label: String, _ options: [Value], selected: Int = 0, @ContentBuilder content: @escaping (Value) throws -> [Any]
  ) {
    self.init(label, options.map { ("\($0)", $0) }, selected) { value in .now { try content(value) } }
  }

  public convenience init(
    _ label: String, _ options: [Value], selected: Int = 0, @ContentBuilder content: @escaping (Value) async throws -> [Any]
  ) {
    self.init(label, options.map { ("\($0)", $0) }, selected) { value in .later { try await content(value) } }
  }

  /// For a closure with `return`.
  @_disfavoredOverload
  public convenience init(
    _ label: String, _ options: [Value], selected: Int = 0, content: @escaping (Value) throws -> Any
  ) {
    self.init(label, options.map { ("\($0)", $0) }, selected) { value in .now { [try content(value)] } }
  }

  @_disfavoredOverload
  public convenience init(
    _ label: String, _ options: [Value], selected: Int = 0, content: @escaping (Value) async throws -> Any
  ) {
    self.init(label, options.map { ("\($0)", $0) }, selected) { value in .later { [try await content(value)] } }
  }

  /// Options with names of their own, in this order.
  public convenience init(_ label: String, _ options: KeyValuePairs<String, Value>, selected: Int = 0) {
    self.init(label, options.map { ($0.key, $0.value) }, selected, nil)
  }

  public convenience init(
    _ label: String, _ options: KeyValuePairs<String, Value>, selected: Int = 0, @ContentBuilder content: @escaping (Value) throws -> [Any]
  ) {
    self.init(label, options.map { ($0.key, $0.value) }, selected) { value in .now { try content(value) } }
  }

  public convenience init(
    _ label: String, _ options: KeyValuePairs<String, Value>, selected: Int = 0,
    @ContentBuilder content: @escaping (Value) async throws -> [Any]
  ) {
    self.init(label, options.map { ($0.key, $0.value) }, selected) { value in .later { try await content(value) } }
  }

  /// For a closure with `return`.
  @_disfavoredOverload
  public convenience init(
    _ label: String, _ options: KeyValuePairs<String, Value>, selected: Int = 0,
    content: @escaping (Value) throws -> Any
  ) {
    self.init(label, options.map { ($0.key, $0.value) }, selected) { value in .now { [try content(value)] } }
  }

  @_disfavoredOverload
  public convenience init(
    _ label: String, _ options: KeyValuePairs<String, Value>, selected: Int = 0,
    content: @escaping (Value) async throws -> Any
  ) {
    self.init(label, options.map { ($0.key, $0.value) }, selected) { value in .later { [try await content(value)] } }
  }

  private init(
    _ label: String, _ options: [(label: String, value: Value)], _ selected: Int, _ content: ((Value) -> WidgetContent)?
  ) {
    precondition(!options.isEmpty, "a Dropdown needs at least one option")
    precondition(options.indices.contains(selected), "selected is \(selected); the options are numbered 0 to \(options.count - 1)")
    self.options = options
    super.init(
      "Dropdown", style: "DescriptionStyle", label: label, value: options[selected].value,
      fields: ["_options_labels": .array(options.map { .string($0.label) }), "index": .integer(selected)], content: content)
  }

  override func decode(_ fields: JSON.Object) -> Value? {
    guard let index = fields["index"]?.intValue, options.indices.contains(index) else { return nil }
    return options[index].value
  }

  /// A value that is not among the options moves nothing.
  override func encode(_ value: Value) -> JSON.Object {
    guard let index = options.firstIndex(where: { "\($0.value)" == "\(value)" }) else { return [:] }
    return ["index": .integer(index)]
  }

  override func line(label: String, value: Value) -> String {
    let chosen = control["index"]?.intValue ?? 0
    let names = options.indices.map { $0 == chosen ? "[\(options[$0].label)]" : options[$0].label }
    return "\(label): \(names.joined(separator: "  "))"
  }
}

/// A line of text.
///
/// ```swift
/// TextField("prompt", value: "The capital of") { prompt in model.next(after: prompt).table }
/// ```
/// The closure runs when Enter is pressed or the field is left, not at every letter.
public final class TextField: Control<String>, @unchecked Sendable {
  public convenience init(_ label: String, value: String = "", placeholder: String = "") { self.init(label, value, placeholder, nil) }

  /// - Parameter content: what is shown below, and again after each change.
  public convenience init(
    _ label: String, value: String = "", placeholder: String = "", @ContentBuilder content: @escaping (String) throws -> [Any]
  ) {
    self.init(label, value, placeholder) { value in .now { try content(value) } }
  }

  public convenience init(
    _ label: String, value: String = "", placeholder: String = "", @ContentBuilder content: @escaping (String) async throws -> [Any]
  ) {
    self.init(label, value, placeholder) { value in .later { try await content(value) } }
  }

  /// For a closure with `return`.
  @_disfavoredOverload
  public convenience init(
    _ label: String, value: String = "", placeholder: String = "", content: @escaping (String) throws -> Any
  ) {
    self.init(label, value, placeholder) { value in .now { [try content(value)] } }
  }

  @_disfavoredOverload
  public convenience init(
    _ label: String, value: String = "", placeholder: String = "", content: @escaping (String) async throws -> Any
  ) {
    self.init(label, value, placeholder) { value in .later { [try await content(value)] } }
  }

  private init(_ label: String, _ value: String, _ placeholder: String, _ content: ((String) -> WidgetContent)?) {
    super.init(
      "Text", style: "TextStyle", label: label, value: value,
      fields: ["continuous_update": false, "placeholder": .string(placeholder), "value": .string(value)], content: content)
  }

  override func decode(_ fields: JSON.Object) -> String? { fields["value"]?.stringValue }
  override func encode(_ value: String) -> JSON.Object { ["value": .string(value)] }
  override func line(label: String, value: String) -> String { "\(label): «\(value)»" }
}

/// Something to press.
///
/// ```swift
/// Button("sample") { model.generate(prompt, using: Sampling()).text }
/// ```
/// What the closure gives is shown below; nothing is before the first press.
public final class Button: Widget, @unchecked Sendable {
  private let label: String
  private let control: WidgetModel
  private let area = OutputArea()
  private let content: () -> WidgetContent

  public convenience init(_ label: String, @ContentBuilder content: @escaping () throws -> [Any]) {
    self.init(label, content: { .now(content) })
  }

  public convenience init(_ label: String, @ContentBuilder content: @escaping () async throws -> [Any]) {
    self.init(label, content: { .later(content) })
  }

  /// For a closure with `return`.
  @_disfavoredOverload
  public convenience init(_ label: String, content: @escaping () throws -> Any) {
    self.init(label, content: { .now { [try content()] } })
  }

  @_disfavoredOverload
  public convenience init(_ label: String, content: @escaping () async throws -> Any) {
    self.init(label, content: { .later { [try await content()] } })
  }

  private init(_ label: String, content: @escaping () -> WidgetContent) {
    self.label = label
    self.content = content
    control = WidgetModel(
      "Button",
      [
        "button_style": "", "description": .string(label), "disabled": false, "icon": "", "layout": WidgetModel.layout.reference,
        "style": WidgetModel.style("ButtonStyle").reference, "tabbable": .null, "tooltip": .null,
      ])
    super.init(WidgetModel.column([control, area.model]))
  }

  override var parts: [WidgetModel] { [.layout, WidgetModel.style("ButtonStyle"), control] }

  override func open() {
    control.onEvent { [self] event in
      if event["event"]?.stringValue == "click" { try area.draw(content()) }
    }
    area.open()
    super.open()
  }

  override var still: WidgetStill { WidgetStill(stacking: [WidgetStill("[ \(label) ]"), area.still]) }
}
