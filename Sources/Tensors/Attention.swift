internal import CTraining

/// What attention looks at, and how.
public struct AttentionOptions: Sendable {
  /// Heads of queries.
  public var heads: Int
  /// Heads of keys and values, a divisor of ``heads``: fewer than those share them (grouped queries, Ainslie et al. 2023).
  public var keyValueHeads: Int
  /// What the scores are multiplied by: 1/√(width of a head), or 1 in T5.
  public var scale: Float
  /// Whether a query sees only keys of its own position and before.
  public var isCausal: Bool
  /// For each sequence, the keys that hold tokens; none: all.
  public var visibleKeys: [Range<Int>]?
  /// The probability with which a weight is dropped.
  public var dropout: Float = 0
  /// The key of the dropout's random numbers.
  public var seed: UInt64 = 0

  public init(heads: Int, keyValueHeads: Int? = nil, scale: Float, isCausal: Bool, visibleKeys: [Range<Int>]? = nil) {
    self.heads = heads
    self.keyValueHeads = keyValueHeads ?? heads
    self.scale = scale
    self.isCausal = isCausal
    self.visibleKeys = visibleKeys
  }
}

extension Tensor {
  /// Scaled dot-product attention: softmax(scale · queries · keysᵀ + bias) · values for every head (Vaswani et al. 2017, section 3.2).
  ///
  /// - Parameters:
  ///   - joined: queries, keys and values side by side, `[batch, time, (heads + 2 · keyValueHeads) · size]`.
  ///   - bias: `[heads, 2 · time − 1]`, added to the score of a query and a key by their distance: column `key − query + time − 1`.
  /// - Returns: `[batch, time, heads · size]`.
  public static func selfAttention(_ joined: Tensor, bias: Tensor? = nil, options: AttentionOptions) -> Tensor {
    let parts = options.heads + 2 * options.keyValueHeads
    precondition(
      joined.shape.count == 3 && joined.width % parts == 0,
      "self-attention takes [batch, time, width] with a width of \(parts) heads, not \(joined.shape)")
    let size = joined.width / parts
    let (q, k) = (0, options.heads * size)
    let v = k + options.keyValueHeads * size
    return attention(
      [joined], joined.shape[0], queries: joined.shape[1], keys: joined.shape[1], size, strides: (joined.width, joined.width),
      offsets: (q, k, v), bias, options)
  }

  /// Attention of queries, `[batch, time, heads · size]`, to another sequence's keys and values side by side,
  /// `[batch, keys, 2 · keyValueHeads · size]`.
  public static func crossAttention(_ queries: Tensor, _ keysAndValues: Tensor, options: AttentionOptions) -> Tensor {
    let size = queries.width / options.heads
    precondition(
      queries.shape.count == 3 && keysAndValues.shape.count == 3 && queries.shape[0] == keysAndValues.shape[0]
        && keysAndValues.width == 2 * options.keyValueHeads * size,
      "cross-attention takes [batch, time, width] twice, with keys and values side by side, not \(queries.shape) and \(keysAndValues.shape)"
    )
    return attention(
      [queries, keysAndValues], queries.shape[0], queries: queries.shape[1], keys: keysAndValues.shape[1], size,
      strides: (queries.width, keysAndValues.width), offsets: (0, 0, options.keyValueHeads * size), nil, options)
  }

  private static func attention(
    _ inputs: [Tensor], _ batch: Int, queries: Int, keys: Int, _ size: Int, strides: (query: Int, key: Int),
    offsets: (q: Int, k: Int, v: Int), _ bias: Tensor?, _ options: AttentionOptions
  ) -> Tensor {
    let (query, memory) = (inputs[0], inputs.count > 1 ? inputs[1] : inputs[0])
    let distances = queries + keys - 1
    precondition(
      options.heads % options.keyValueHeads == 0, "\(options.heads) heads cannot share \(options.keyValueHeads) heads of keys evenly")
    precondition(
      bias == nil || bias!.shape == [options.heads, distances],
      "a bias of \(options.heads) heads and \(distances) distances, not \(bias?.shape ?? [])")
    precondition(options.visibleKeys == nil || options.visibleKeys!.count == batch, "visible keys for each of \(batch) sequences")
    let output = Tensor(uninitialized: [batch, queries, options.heads * size])
    let kept = Storage(count: batch * options.heads * queries)
    let ranges = options.visibleKeys?.flatMap { range in
      precondition(range.lowerBound >= 0 && range.upperBound <= keys, "visible keys \(range) of \(keys)")
      return [Int32(range.lowerBound), Int32(range.upperBound)]
    }
    let description = ct_attention(
      batch: Int32(batch), queries: Int32(queries), keys: Int32(keys), heads: Int32(options.heads),
      kv_heads: Int32(options.keyValueHeads), size: Int32(size), query_stride: strides.query, key_stride: strides.key,
      value_stride: strides.key, output_stride: options.heads * size, scale: options.scale, causal: options.isCausal ? 1 : 0, ranges: nil,
      bias: bias.map { UnsafePointer($0.pointer) }, dropout: options.dropout, seed: options.seed)
    func with(_ body: (inout ct_attention) -> Void) {
      var call = description
      guard let ranges else { return body(&call) }
      ranges.withUnsafeBufferPointer { buffer in
        call.ranges = buffer.baseAddress
        body(&call)
      }
    }
    with { call in
      ct_attend(
        &call, query.pointer + offsets.q, memory.pointer + offsets.k, memory.pointer + offsets.v, output.pointer, kept.pointer)
    }
    let result = output.storage
    // Scores and sums of values; backwards the scores again, and two products for each of them.
    let operations = 4 * batch * options.heads * queries * keys * size / (options.isCausal ? 2 : 1)
    OperationCount.add(operations)
    return recorded(output, from: inputs + (bias.map { [$0] } ?? [])) { dy in
      OperationCount.add(operations * 5 / 2)
      let gradients = inputs.map { Storage(count: $0.count) }
      let toMemory = gradients[gradients.count - 1].pointer
      let partial = bias?.isTracked == true ? Storage(count: batch * options.heads * distances, filledWith: 0) : nil
      with { call in
        ct_attend_back(
          &call, query.pointer + offsets.q, memory.pointer + offsets.k, memory.pointer + offsets.v, result.pointer, kept.pointer,
          dy.pointer, gradients[0].pointer + offsets.q, toMemory + offsets.k, toMemory + offsets.v, partial?.pointer)
      }
      guard bias != nil else { return gradients }
      guard let partial else { return gradients + [nil] }
      let dbias = Storage(count: options.heads * distances)
      ct_column_sums(partial.pointer, Int32(batch), Int32(options.heads * distances), 0, dbias.pointer)
      return gradients + [dbias]
    }
  }

  /// Rotary positions: in the first `heads` heads of the last dimension, pairs (i, i + size/2) turned by position · base^(−2i/size)
  /// (Su et al. 2021; the pairing of Llama in transformers).
  ///
  /// - Parameters:
  ///   - heads: heads to rotate; what lies behind them in the last dimension stays.
  ///   - size: width of a head, even.
  ///   - start: the position of the first vector.
  public func rotated(heads: Int, size: Int, base: Float = 10_000, start: Int = 0) -> Tensor {
    precondition(
      shape.count == 3 && size % 2 == 0 && heads * size <= width,
      "\(heads) heads of \(size) cannot be rotated in a tensor of shape \(shape)")
    let (batch, time, width) = (Int32(shape[0]), Int32(shape[1]), width)
    let output = Tensor(uninitialized: shape)
    output.pointer.update(from: pointer, count: count)
    ct_rotate(output.pointer, width, batch, time, Int32(heads), Int32(size), base, Int32(start), 0)
    return recorded(output, from: [self]) { dy in
      let dx = Storage(count: dy.count)
      dx.pointer.update(from: dy.pointer, count: dy.count)
      ct_rotate(dx.pointer, width, batch, time, Int32(heads), Int32(size), base, Int32(start), 1)
      return [dx]
    }
  }
}
