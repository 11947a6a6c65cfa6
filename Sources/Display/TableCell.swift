/// What stands in one place of a table.
///
/// Literals do: `["greedy", 3, -1.91, nil]` is a row. What is nil or not a number is written «–».
public enum TableCell: Sendable, Equatable {
  case text(String)
  case integer(Int)
  case number(Double)
  /// A measured value with half the width of its interval, `-1.52 ± 0.03`. What the interval is, the column's title says.
  case estimate(Double, plusMinus: Double)
  /// A measured value with the ends of its interval, `0.80 (0.49–0.94)`. What the interval is, the column's title says.
  case interval(Double, low: Double, high: Double)
  case undefined

  /// The cell as text, its numbers in the column's format.
  func text(_ format: NumberFormat) -> String {
    switch self {
    case .text(let text): text
    case .integer(let number): format.text(number)
    case .number(let number): format.text(number)
    case .estimate(let mean, let half): mean.isNaN ? noValue : format.text(mean) + " ± " + format.text(half)
    case .interval(let mean, let low, let high):
      mean.isNaN ? noValue : "\(format.text(mean)) (\(format.text(low))–\(format.text(high)))"
    case .undefined: noValue
    }
  }

  /// The number that is compared when the best of a column is sought.
  var rankedValue: Double? {
    switch self {
    case .integer(let number): Double(number)
    case .number(let number), .estimate(let number, _), .interval(let number, _, _): number.isNaN ? nil : number
    case .text, .undefined: nil
    }
  }
}

extension TableCell: ExpressibleByStringLiteral, ExpressibleByIntegerLiteral, ExpressibleByFloatLiteral, ExpressibleByNilLiteral {
  public init(stringLiteral value: String) { self = .text(value) }
  public init(integerLiteral value: Int) { self = .integer(value) }
  public init(floatLiteral value: Double) { self = .number(value) }
  public init(nilLiteral: ()) { self = .undefined }
}

/// A value that a table's column can hold.
public protocol TableValue {
  var tableCell: TableCell { get }
}

extension TableCell: TableValue { public var tableCell: TableCell { self } }
extension String: TableValue { public var tableCell: TableCell { .text(self) } }
extension Int: TableValue { public var tableCell: TableCell { .integer(self) } }
extension Double: TableValue { public var tableCell: TableCell { .number(self) } }
extension Float: TableValue { public var tableCell: TableCell { .number(Double(self)) } }
extension Bool: TableValue { public var tableCell: TableCell { .text(self ? "yes" : "no") } }
extension Optional: TableValue where Wrapped: TableValue {
  public var tableCell: TableCell { self?.tableCell ?? .undefined }
}
