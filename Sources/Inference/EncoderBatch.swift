internal import CKernels

/// One call of an encoder: texts of different lengths side by side, without padding; every token sees every token of its own text.
struct EncoderBatch {
  let tokens: [Int]
  /// The rows of each text.
  let texts: [Range<Int>]

  init(_ inputs: [[Int]]) {
    tokens = inputs.flatMap { $0 }
    var first = 0
    var texts: [Range<Int>] = []
    for input in inputs {
      texts.append(first..<first + input.count)
      first += input.count
    }
    self.texts = texts
  }

  var count: Int { tokens.count }

  /// Attention within each text.
  ///
  /// - Parameter projected: rows of queries, keys and values, each `heads * size` wide.
  func attend(_ projected: Rows, heads: Int, size: Int, scale: Float, bias: DistanceBias? = nil, into output: Rows, _ space: Workspace) {
    space.operations += 4 * heads * size * texts.reduce(0) { $0 + $1.count * $1.count }
    var attention = ck_attention()
    attention.heads = Int32(heads)
    attention.kv_heads = Int32(heads)
    attention.size = Int32(size)
    attention.cache_type = CachePrecision.float32.code
    attention.query_stride = projected.width
    attention.output_stride = output.width
    attention.cache_stride = projected.width
    attention.keys_offset = heads * size
    attention.values_offset = 2 * heads * size
    attention.scale = scale
    let runs = texts.map { ck_run(base: projected[$0.lowerBound], count: Int32($0.count)) }
    runs.withUnsafeBufferPointer { runs in
      var sequences: [ck_sequence] = []
      for (index, rows) in texts.enumerated() where !rows.isEmpty {
        var item = ck_sequence()
        item.queries = UnsafePointer(projected[rows.lowerBound])
        item.output = output[rows.lowerBound]
        item.runs = runs.baseAddress.unsafelyUnwrapped + index
        item.run_count = 1
        item.query_count = Int32(rows.count)
        item.key_count = Int32(rows.count)
        bias?.apply(to: &item)
        sequences.append(item)
      }
      ck_attend(&attention, sequences, Int32(sequences.count))
    }
  }
}

/// The vectors of a text's tokens, as an encoder's last layer gives them: `[count, width]`.
public struct EncodedText: Sendable {
  public let values: [Float]
  /// Number of tokens.
  public let count: Int
  public let width: Int

  /// The vector of one token.
  public subscript(token: Int) -> ArraySlice<Float> { values[token * width..<(token + 1) * width] }

  /// The mean of all vectors, scaled to length 1: what sentence encoders such as MiniLM compare by dot product.
  public var unitMean: [Float] {
    var mean = [Float](repeating: 0, count: width)
    for token in 0..<count {
      for i in 0..<width { mean[i] += values[token * width + i] }
    }
    let length = mean.reduce(0) { $0 + $1 * $1 }.squareRoot()
    return length > 0 ? mean.map { $0 / length } : mean
  }
}
