/// How the elements of a stored tensor are coded.
///
/// The quantised types pack a row in blocks: `blockCount` elements share `blockBytes` bytes that hold the codes and their scales, as
/// ggml defines them (`Q4_0`, `Q4_K`, … of llama.cpp).
public enum ElementType: String, Sendable, CaseIterable {
  case float64 = "F64", float32 = "F32", float16 = "F16", bfloat16 = "BF16"
  case int64 = "I64", int32 = "I32", int16 = "I16", int8 = "I8"
  case uint64 = "U64", uint32 = "U32", uint16 = "U16", uint8 = "U8", bool = "BOOL"
  // swift-format-ignore: AlwaysUseLowerCamelCase
  case q4_0 = "Q4_0", q4_1 = "Q4_1", q5_0 = "Q5_0", q5_1 = "Q5_1", q8_0 = "Q8_0"
  case q2K = "Q2_K", q3K = "Q3_K", q4K = "Q4_K", q5K = "Q5_K", q6K = "Q6_K", q8K = "Q8_K"

  /// Elements in a block; 1 for a type that is not quantised.
  public var blockCount: Int {
    switch self {
    case .q4_0, .q4_1, .q5_0, .q5_1, .q8_0: 32
    case .q2K, .q3K, .q4K, .q5K, .q6K, .q8K: 256
    default: 1
    }
  }

  /// Bytes of a block.
  public var blockBytes: Int {
    switch self {
    case .float64, .int64, .uint64: 8
    case .float32, .int32, .uint32: 4
    case .float16, .bfloat16, .int16, .uint16: 2
    case .int8, .uint8, .bool: 1
    case .q4_0: 18
    case .q4_1: 20
    case .q5_0: 22
    case .q5_1: 24
    case .q8_0: 34
    case .q2K: 84
    case .q3K: 110
    case .q4K: 144
    case .q5K: 176
    case .q6K: 210
    case .q8K: 292
    }
  }

  /// The type's number in a GGUF file, where it has one.
  var ggufCode: UInt32? {
    switch self {
    case .float32: 0
    case .float16: 1
    case .q4_0: 2
    case .q4_1: 3
    case .q5_0: 6
    case .q5_1: 7
    case .q8_0: 8
    case .q2K: 10
    case .q3K: 11
    case .q4K: 12
    case .q5K: 13
    case .q6K: 14
    case .q8K: 15
    case .int8: 24
    case .int16: 25
    case .int32: 26
    case .int64: 27
    case .float64: 28
    case .bfloat16: 30
    default: nil
    }
  }

  /// The type with this number in a GGUF file.
  init?(ggufCode: UInt32) {
    guard let type = Self.allCases.first(where: { $0.ggufCode == ggufCode }) else { return nil }
    self = type
  }

  /// The type with this name in a safetensors header; the format has no quantised types.
  init?(safetensorsName name: String) {
    guard let type = ElementType(rawValue: name), type.blockCount == 1 else { return nil }
    self = type
  }
}
