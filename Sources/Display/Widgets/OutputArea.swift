internal import Synchronization

/// A place in which other things are shown, one set of them after the other.
///
/// ```swift
/// let area = OutputArea()
/// HBox { Button("draw") { … }; area }
/// area.show(table)
/// ```
public final class OutputArea: Widget, @unchecked Sendable {
  private let shown = Mutex<[MIMEBundle]>([])

  public init() {
    super.init(
      WidgetModel(
        "Output", in: .output, echoes: false,
        ["layout": WidgetModel.layout.reference, "msg_id": "", "outputs": [], "tabbable": .null, "tooltip": .null]))
  }

  /// Shows the values in place of what was shown before.
  public func show(_ values: Any...) { show(values) }

  func show(_ values: [Any]) { set(values.filter { !($0 is Void) }.map(MIMEBundle.init(describing:))) }

  private func set(_ bundles: [MIMEBundle]) {
    shown.withLock { $0 = bundles }
    let outputs = bundles.map { bundle -> JSON in
      ["output_type": "display_data", "data": bundle.wireData, "metadata": .object(JSON.Object(bundle.metadata))]
    }
    model.set(["outputs": .array(outputs)])
  }

  override var still: WidgetStill { WidgetStill(stacking: shown.withLock { $0 }.map(WidgetStill.init)) }

  /// Runs a closure for the first time: what it gives is part of the state that the front end gets; an error is shown in its place.
  func fill(_ content: WidgetContent) {
    do { show(try content.values()) } catch { set([MIMEBundle(text: "\(type(of: error)): \(error)")]) }
  }

  /// Runs a closure and shows what it gives, in place of what was shown before.
  ///
  /// While a message of the front end is handled, all that is printed and displayed meanwhile belongs here too, and so does an error:
  /// the front end is told to bring it here.
  func draw(_ content: WidgetContent) throws {
    guard let request = Comm.request else { return fill(content) }
    // Left as it is by an error: no other message has this request as its parent.
    model.set(["msg_id": .string(request)])
    let sink = DisplayOutput.sink
    sink.clear(wait: true)
    let bundles = try content.values().filter { !($0 is Void) }.map(MIMEBundle.init(describing:))
    for bundle in bundles { sink.show(bundle, identifier: nil) }
    if bundles.isEmpty { sink.clear(wait: false) }
    shown.withLock { $0 = bundles }
    model.set(["msg_id": ""])
  }
}

/// What a closure that a widget is bound to gives.
enum WidgetContent {
  case now(() throws -> [Any])
  case later(() async throws -> [Any])

  func values() throws -> [Any] {
    switch self {
    case .now(let body): return try body()
    case .later(let body):
      // Where no cells run, nobody can wait.
      guard let wait = WidgetEnvironment.wait else { return [] }
      return try wait(body)
    }
  }
}

/// What widgets need of the process that cells run in.
public enum WidgetEnvironment {
  public typealias Wait = @Sendable (@escaping () async throws -> [Any]) throws -> [Any]

  /// How to wait for asynchronous work; nil in a plain program.
  static var wait: Wait? { current.withLock { $0 } }
  private static let current = Mutex<Wait?>(nil)

  /// Called once where cells run: lets front ends ask for all widgets.
  public static func start(wait: @escaping Wait) {
    current.withLock { $0 = wait }
    WidgetModel.serveControl()
  }
}

/// The statements of a closure that a widget is bound to: the value of each expression is shown, `Void` is not.
@resultBuilder
public enum ContentBuilder {
  public static func buildExpression<Value>(_ value: Value) -> [Any] { [value] }
  public static func buildBlock(_ values: [Any]...) -> [Any] { values.flatMap { $0 } }
  public static func buildOptional(_ values: [Any]?) -> [Any] { values ?? [] }
  public static func buildEither(first values: [Any]) -> [Any] { values }
  public static func buildEither(second values: [Any]) -> [Any] { values }
  public static func buildArray(_ values: [[Any]]) -> [Any] { values.flatMap { $0 } }
  public static func buildLimitedAvailability(_ values: [Any]) -> [Any] { values }
}
