/// A value of a GGUF file's metadata.
public enum GGUFValue: Sendable, Equatable {
  case integer(Int)
  /// An unsigned integer beyond `Int.max`.
  case unsigned(UInt64)
  case number(Double)
  case bool(Bool)
  case string(String)
  case integers([Int])
  case numbers([Double])
  case bools([Bool])
  case strings([String])
  case arrays([GGUFValue])

  public var intValue: Int? { if case .integer(let value) = self { value } else { nil } }
  public var stringValue: String? { if case .string(let value) = self { value } else { nil } }
  public var boolValue: Bool? { if case .bool(let value) = self { value } else { nil } }
  public var stringsValue: [String]? { if case .strings(let value) = self { value } else { nil } }
  public var integersValue: [Int]? { if case .integers(let value) = self { value } else { nil } }
  public var numbersValue: [Double]? { if case .numbers(let value) = self { value } else { nil } }
  /// The value of any number.
  public var doubleValue: Double? {
    switch self {
    case .integer(let value): Double(value)
    case .number(let value): value
    default: nil
    }
  }
}
