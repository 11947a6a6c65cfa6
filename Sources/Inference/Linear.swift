internal import CKernels

/// What a linear layer applies to its sums.
enum Activation: Int32 {
  case identity = 0, geluTanh, gelu, relu, silu
}

/// A linear layer on packed weights: `y = activation(x · Wᵀ + b)`, `[rows, inputs]` to `[rows, outputs]`.
struct Linear: @unchecked Sendable {
  let inputs: Int
  let outputs: Int
  let matrix: ck_matrix
  let bias: UnsafePointer<Float>?

  /// - Parameters:
  ///   - destination: `[x.count, outputs]`; never the buffer of `x`.
  ///   - residual: added to the result; may be `destination`.
  func callAsFunction(
    _ x: Rows, into destination: Rows, activation: Activation = .identity, adding residual: Rows? = nil, _ space: Workspace
  ) {
    var epilogue = ck_epilogue(
      bias: bias, activation: activation.rawValue, residual: residual.map { UnsafePointer($0.base) }, residual_stride: residual?.width ?? 0)
    var matrix = matrix
    space.operations += 2 * x.count * weightCount
    let scratch = space.bytes(.scratch, ck_linear_scratch_bytes(matrix.format, Int32(inputs), Int32(x.count)))
    ck_linear(&matrix, x.base, x.width, Int32(x.count), destination.base, destination.width, &epilogue, scratch)
  }

  /// The weights of one output, `[inputs]`: a row of an embedding that is tied to the output layer.
  func copyWeights(of output: Int, to destination: UnsafeMutablePointer<Float>) {
    var matrix = matrix
    ck_unpack(&matrix, Int32(output), destination)
  }

  /// Number of weights, the bias apart.
  var weightCount: Int { inputs * outputs }

  /// Bytes of the packed weights.
  var byteCount: Int { ck_matrix_bytes(matrix.format, matrix.n, matrix.k) }
}

/// Layer normalisation (Ba et al. 2016).
struct LayerNorm: @unchecked Sendable {
  let width: Int
  let weight: UnsafePointer<Float>
  let bias: UnsafePointer<Float>?
  let epsilon: Float

  func callAsFunction(_ x: Rows, into y: Rows) {
    ck_layer_norm(x.base, Int32(x.count), Int32(width), weight, bias, epsilon, y.base)
  }
}

/// Normalisation by the root of the mean square (Zhang and Sennrich 2019).
struct RMSNorm: @unchecked Sendable {
  let width: Int
  let weight: UnsafePointer<Float>
  let epsilon: Float

  func callAsFunction(_ x: Rows, into y: Rows) {
    ck_rms_norm(x.base, Int32(x.count), Int32(width), weight, epsilon, y.base)
  }
}

/// `activation(gate) · up`, where a row of `pairs` is all gates, then all ups.
func gated(_ pairs: Rows, activation: Activation, into y: Rows) {
  ck_gate(pairs.base, Int32(pairs.count), Int32(y.width), activation.rawValue, y.base)
}

/// A table of vectors that is only looked up, `[count, width]`.
struct Embedding: @unchecked Sendable {
  let count: Int
  let width: Int
  let table: UnsafePointer<Float>

  func copy(_ index: Int, to destination: UnsafeMutablePointer<Float>) {
    destination.update(from: table + index * width, count: width)
  }

  func add(_ index: Int, to destination: UnsafeMutablePointer<Float>) {
    let row = table + index * width
    for i in 0..<width { destination[i] += row[i] }
  }
}
