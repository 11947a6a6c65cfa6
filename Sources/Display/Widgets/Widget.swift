/// Something below the cell that a person can move, press or write into: a ``Slider``, a ``Button``, a ``VBox`` of others.
///
/// ```swift
/// Slider("temperature", 0.1...2, value: 1) { temperature in
///   model.next(after: "neural", temperature: temperature).table
/// }
/// ```
/// JupyterLab draws it, when `jupyterlab_widgets` is installed beside it. What a closure returns or displays appears below and is replaced
/// at the next change. Closures run when no cell runs; an error or a trap in one is shown and harms nothing.
///
/// Where widgets cannot be drawn, and in a saved notebook without a kernel, the last state reads as text.
public class Widget: Displayable, @unchecked Sendable {
  let model: WidgetModel

  init(_ model: WidgetModel) { self.model = model }

  /// The models that must be known before this one.
  var parts: [WidgetModel] { [.layout] }

  /// Makes all models known to the front end, and draws contents for the first time.
  func open() {
    for part in parts { part.open() }
    model.open()
  }

  /// What is seen where nothing can be moved.
  var still: WidgetStill { WidgetStill(text: "", html: "") }

  public final var mimeBundle: MIMEBundle {
    open()
    let still = still
    var bundle = MIMEBundle(text: still.text, html: still.html)
    bundle.contents["application/vnd.jupyter.widget-view+json"] = .json([
      "version_major": 2, "version_minor": 0, "model_id": .string(model.identifier),
    ])
    return bundle
  }
}

/// A widget's last state for those who cannot move it.
struct WidgetStill {
  var text: String
  var html: String

  init(text: String, html: String) {
    self.text = text
    self.html = html
  }

  /// One line.
  init(_ line: String) { self.init(text: line, html: "<div>\(escaped(line))</div>") }

  /// The richest form that needs no more than HTML.
  init(_ bundle: MIMEBundle) {
    text = bundle.text
    if case .text(let drawing)? = bundle.contents["text/html"] ?? bundle.contents["image/svg+xml"] {
      html = "<div>\(drawing)</div>"
    } else {
      html = "<pre>\(escaped(bundle.text, lineBreak: "\n"))</pre>"
    }
  }

  /// One below the other.
  init(stacking stills: [WidgetStill]) {
    let stills = stills.filter { !$0.text.isEmpty || !$0.html.isEmpty }
    self.init(text: stills.map(\.text).joined(separator: "\n"), html: stills.map(\.html).joined(separator: "\n"))
  }
}

/// Collects widgets: `VBox { slider; button }`.
@resultBuilder
public enum WidgetBuilder {
  public static func buildExpression(_ widget: Widget) -> [Widget] { [widget] }
  public static func buildBlock(_ widgets: [Widget]...) -> [Widget] { widgets.flatMap { $0 } }
  public static func buildOptional(_ widgets: [Widget]?) -> [Widget] { widgets ?? [] }
  public static func buildEither(first widgets: [Widget]) -> [Widget] { widgets }
  public static func buildEither(second widgets: [Widget]) -> [Widget] { widgets }
  public static func buildArray(_ widgets: [[Widget]]) -> [Widget] { widgets.flatMap { $0 } }
}

/// Widgets in a box: what ``VBox`` and ``HBox`` share.
public class Box: Widget, @unchecked Sendable {
  let children: [Widget]

  init(_ name: String, _ children: [Widget]) {
    self.children = children
    super.init(WidgetModel.box(name, children.map(\.model)))
  }

  override func open() {
    for child in children { child.open() }
    super.open()
  }

  override var still: WidgetStill { WidgetStill(stacking: children.map(\.still)) }
}

/// Widgets one below the other.
public final class VBox: Box, @unchecked Sendable {
  public init(@WidgetBuilder _ children: () -> [Widget]) { super.init("VBox", children()) }
}

/// Widgets side by side.
public final class HBox: Box, @unchecked Sendable {
  public init(@WidgetBuilder _ children: () -> [Widget]) { super.init("HBox", children()) }
}
