internal import CKernels

/// One call of a decoder: rows of tokens, each with its position, and the cached tokens that each may look at.
///
/// A sequence is a run of consecutive rows that extends one state. Sequences of different lengths lie side by side without padding.
final class DecodingBatch {
  struct Sequence {
    let rows: Range<Int>
    let state: CacheState
    let runs: UnsafeMutableBufferPointer<ck_run>
  }

  let pool: CachePool
  let tokens: [Int]
  private(set) var positions: [Int] = []
  private(set) var sequences: [Sequence] = []
  private var places: [CachePlace] = []
  /// Floating-point operations of attention so far.
  private(set) var operations = 0
  /// Rows whose logits are wanted.
  let wantedRows: [Int]

  init(_ inputs: [(state: CacheState, tokens: ArraySlice<Int>)], wantedRows: [Int], pool: CachePool) {
    self.pool = pool
    self.wantedRows = wantedRows
    tokens = inputs.flatMap(\.tokens)
    for (state, tokens) in inputs {
      let first = positions.count
      positions.append(contentsOf: state.count..<state.count + tokens.count)
      let (extended, places) = pool.extend(state, by: tokens.count)
      self.places += places
      let runs = pool.runs(of: extended)
      let stored = UnsafeMutableBufferPointer<ck_run>.allocate(capacity: runs.count)
      _ = stored.initialize(from: runs)
      sequences.append(Sequence(rows: first..<positions.count, state: extended, runs: stored))
    }
  }

  deinit {
    for sequence in sequences { sequence.runs.deallocate() }
  }

  var count: Int { tokens.count }

  /// Writes the keys and values of every row to the cache.
  ///
  /// - Parameters:
  ///   - projected: rows that hold the keys from element `keys` on and the values from element `values` on.
  func store(layer: Int, _ projected: Rows, keys: Int, values: Int) {
    let width = pool.width
    let offset = pool.keysOffset(layer: layer)
    for (row, place) in places.enumerated() {
      let keyPlace = offset + place.slot * width
      let valuePlace = keyPlace + CacheBlock.capacity * width
      switch pool.precision {
      case .float32:
        let memory = place.memory.assumingMemoryBound(to: Float.self)
        (memory + keyPlace).update(from: projected[row] + keys, count: width)
        (memory + valuePlace).update(from: projected[row] + values, count: width)
      case .float16:
        let memory = place.memory.assumingMemoryBound(to: UInt16.self)
        ck_to_half(projected[row] + keys, width, memory + keyPlace)
        ck_to_half(projected[row] + values, width, memory + valuePlace)
      }
    }
  }

  /// Causal attention of every row over the tokens of its own hypothesis.
  ///
  /// - Parameters:
  ///   - queries: rows whose first `heads * size` elements are the queries.
  ///   - bias: added to the scores by distance; nil for none.
  func attend(
    layer: Int, _ queries: Rows, heads: Int, keyValueHeads: Int, size: Int, scale: Float, bias: DistanceBias? = nil, into output: Rows
  ) {
    var attention = ck_attention()
    attention.heads = Int32(heads)
    attention.kv_heads = Int32(keyValueHeads)
    attention.size = Int32(size)
    attention.cache_type = pool.precision.code
    attention.query_stride = queries.width
    attention.output_stride = output.width
    attention.cache_stride = pool.width
    attention.keys_offset = pool.keysOffset(layer: layer)
    attention.values_offset = attention.keys_offset + CacheBlock.capacity * pool.width
    attention.scale = scale
    operations += 4 * heads * size * positions.reduce(0) { $0 + $1 + 1 }
    withUnsafeTemporaryAllocation(of: ck_sequence.self, capacity: sequences.count) { buffer in
      for (index, sequence) in sequences.enumerated() {
        var item = ck_sequence()
        item.queries = UnsafePointer(queries[sequence.rows.lowerBound])
        item.output = output[sequence.rows.lowerBound]
        item.runs = UnsafePointer(sequence.runs.baseAddress)
        item.run_count = Int32(sequence.runs.count)
        item.query_count = Int32(sequence.rows.count)
        item.key_count = Int32(sequence.state.count)
        item.causal = 1
        bias?.apply(to: &item)
        buffer.initializeElement(at: index, to: item)
      }
      ck_attend(&attention, buffer.baseAddress, Int32(sequences.count))
    }
  }
}

extension DecodingBatch {
  /// Attention of every row over the encoded text of its hypothesis.
  func attendToSources(layer: Int, _ queries: Rows, heads: Int, size: Int, scale: Float, into output: Rows) {
    // Texts differ in length, and with it the place of a layer in their memory: one call for all hypotheses of a text.
    var attention = ck_attention()
    attention.heads = Int32(heads)
    attention.kv_heads = Int32(heads)
    attention.size = Int32(size)
    attention.cache_type = pool.precision.code
    attention.query_stride = queries.width
    attention.output_stride = output.width
    attention.cache_stride = pool.width
    attention.scale = scale
    var first = 0
    while first < sequences.count {
      guard let source = sequences[first].state.source else { preconditionFailure("a decoder with an encoder got a state without a text") }
      var last = first + 1
      while last < sequences.count, sequences[last].state.source === source { last += 1 }
      operations += 4 * heads * size * source.count * (last - first)
      attention.keys_offset = source.keysOffset(layer: layer)
      attention.values_offset = attention.keys_offset + source.count * pool.width
      var run = ck_run(base: source.memory, count: Int32(source.count))
      withUnsafePointer(to: &run) { run in
        let items = sequences[first..<last].map { sequence in
          var item = ck_sequence()
          item.queries = UnsafePointer(queries[sequence.rows.lowerBound])
          item.output = output[sequence.rows.lowerBound]
          item.runs = run
          item.run_count = 1
          item.query_count = Int32(sequence.rows.count)
          item.key_count = Int32(source.count)
          return item
        }
        ck_attend(&attention, items, Int32(items.count))
      }
      first = last
    }
  }
}

/// A value for each head and distance between key and query, as T5 adds to its scores: `[heads, 2 * limit + 1]`.
struct DistanceBias: @unchecked Sendable {
  let table: UnsafePointer<Float>
  /// Distances beyond it take the value at it.
  let limit: Int

  func apply(to sequence: inout ck_sequence) {
    sequence.bias = table
    sequence.bias_head_stride = 2 * limit + 1
    sequence.bias_zero = Int32(limit)
    sequence.bias_limit = Int32(limit)
  }
}
