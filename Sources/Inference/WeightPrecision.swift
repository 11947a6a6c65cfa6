internal import CKernels

/// How a model keeps its weights while it runs; chosen when it is loaded.
///
///     let model = try GPT2(Checkpoint(path: "gpt2"), precision: .int8)
///
/// | | bytes a weight | what is computed |
/// |---|---|---|
/// | `.float32` | 4 | single precision throughout |
/// | `.bfloat16` | 2 | weights and inputs of linear layers rounded to 8 bits of fraction, sums in single precision |
/// | `.int8` | 1.06 | codes of 8 bits with a scale for every 32 inputs (`Q8_0` of ggml); inputs rounded likewise, sums of 32 exact |
/// | `.fourBit` | 0.56 | codes of 4 bits with a scale for every 32 inputs (`Q4_0`); the vocabulary's matrix as `.int8` |
/// | `.asStored` | | each tensor as its file has it: `Q4_0`, `Q4_1` and `Q8_0` without rounding, 16-bit floats and the other block types as below |
///
/// Stored this way, `BF16` runs as bfloat16, `Q4_K` as 4-bit codes with a scale and a minimum, the other block types as int8, and the
/// rest as float32. Norms, biases, positions and softmax are single precision always.
public enum WeightPrecision: String, Sendable, CaseIterable {
  case float32, bfloat16, int8, fourBit, asStored
}

/// How a model keeps the keys and values of the tokens that it has read.
public enum CachePrecision: Sendable {
  case float32
  /// Half precision, rounded to nearest: half the memory and half the traffic.
  case float16

  var code: Int32 { Int32(self == .float16 ? CK_CACHE_F16 : CK_CACHE_F32) }
  var bytes: Int { self == .float16 ? 2 : 4 }
}

/// The formats of packed weights.
enum PackedFormat: Int32 {
  case float32 = 0, bfloat16, int8, fourBit, fourBitWithMinimum

  var isQuantised: Bool { rawValue >= PackedFormat.int8.rawValue }
}
