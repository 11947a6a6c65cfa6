/// A number between two others.
///
/// ```swift
/// Slider("temperature", 0.1...2, value: 1) { temperature in model.next(after: prompt, temperature: temperature).table }
/// let width = Slider("beam width", 1...16)
/// ```
public final class Slider<Value: SliderValue>: Control<Value>, @unchecked Sendable {
  private let range: ClosedRange<Value>

  /// - Parameters:
  ///   - label: what is chosen.
  ///   - range: the smallest and the largest value.
  ///   - value: where it stands at first: the smallest, unless it is said; a value outside is moved into the range.
  ///   - step: the distance between two neighbours: 1, or for a `Double` a hundredth of the range, unless it is said.
  public convenience init(_ label: String, _ range: ClosedRange<Value>, value: Value? = nil, step: Value? = nil) {
    self.init(label, range, value, step, content: nil)
  }

  /// - Parameter content: what is shown below, and again after each change.
  public convenience init(
    _ label: String, _ range: ClosedRange<Value>, value: Value? = nil, step: Value? = nil,
    @ContentBuilder content: @escaping (Value) throws -> [Any]
  ) {
    self.init(label, range, value, step) { value in .now { try content(value) } }
  }

  public convenience init(
    _ label: String, _ range: ClosedRange<Value>, value: Value? = nil, step: Value? = nil,
    @ContentBuilder content: @escaping (Value) async throws -> [Any]
  ) {
    self.init(label, range, value, step) { value in .later { try await content(value) } }
  }

  /// For a closure with `return`.
  @_disfavoredOverload
  public convenience init(
    _ label: String, _ range: ClosedRange<Value>, value: Value? = nil, step: Value? = nil,
    content: @escaping (Value) throws -> Any
  ) {
    self.init(label, range, value, step) { value in .now { [try content(value)] } }
  }

  @_disfavoredOverload
  public convenience init(
    _ label: String, _ range: ClosedRange<Value>, value: Value? = nil, step: Value? = nil,
    content: @escaping (Value) async throws -> Any
  ) {
    self.init(label, range, value, step) { value in .later { [try await content(value)] } }
  }

  private init(
    _ label: String, _ range: ClosedRange<Value>, _ value: Value?, _ step: Value?, content: ((Value) -> WidgetContent)?
  ) {
    self.range = range
    let value = min(max(value ?? range.lowerBound, range.lowerBound), range.upperBound)
    let step = step ?? Value.sliderStep(of: range)
    super.init(
      Value.sliderName, style: "SliderStyle", label: label, value: value,
      fields: [
        "behavior": "drag-tap", "continuous_update": true, "max": range.upperBound.sliderJSON, "min": range.lowerBound.sliderJSON,
        "orientation": "horizontal", "readout": true, "readout_format": .string(Value.sliderFormat(step: step)), "step": step.sliderJSON,
        "value": value.sliderJSON,
      ], content: content)
  }

  override func decode(_ fields: JSON.Object) -> Value? {
    fields["value"].flatMap(Value.init(sliderJSON:)).map { min(max($0, range.lowerBound), range.upperBound) }
  }
  override func encode(_ value: Value) -> JSON.Object { ["value": value.sliderJSON] }
  override func line(label: String, value: Value) -> String { "\(label): \(value) (\(range.lowerBound) to \(range.upperBound))" }
}

/// A number that a ``Slider`` can hold: `Double` and `Int`.
public protocol SliderValue: Comparable, Sendable {
  static var sliderName: String { get }
  static func sliderStep(of range: ClosedRange<Self>) -> Self
  static func sliderFormat(step: Self) -> String
  var sliderJSON: JSON { get }
  init?(sliderJSON: JSON)
}

extension Double: SliderValue {
  public static var sliderName: String { "FloatSlider" }

  /// The largest of 1, 2 and 5 times a power of ten that makes at least a hundred steps.
  public static func sliderStep(of range: ClosedRange<Double>) -> Double {
    let wished = (range.upperBound - range.lowerBound) / 100
    guard wished > 0, wished.isFinite else { return 1 }
    var power = 1.0
    while power > wished { power /= 10 }
    while power * 10 <= wished { power *= 10 }
    return power * (wished >= power * 5 ? 5 : wished >= power * 2 ? 2 : 1)
  }

  public static func sliderFormat(step: Double) -> String {
    var digits = 0
    var power = 1.0
    while digits < 6, (step / power).rounded() * power - step > 1e-9 || step < power { (digits, power) = (digits + 1, power / 10) }
    return ".\(digits)f"
  }

  public var sliderJSON: JSON { .number(self) }
  public init?(sliderJSON: JSON) {
    guard let value = sliderJSON.doubleValue else { return nil }
    self = value
  }
}

extension Int: SliderValue {
  public static var sliderName: String { "IntSlider" }
  public static func sliderStep(of range: ClosedRange<Int>) -> Int { 1 }
  public static func sliderFormat(step: Int) -> String { "d" }
  public var sliderJSON: JSON { .integer(self) }
  public init?(sliderJSON: JSON) {
    guard let value = sliderJSON.intValue else { return nil }
    self = value
  }
}
