internal import CKernels
internal import Glibc

/// What an architecture of a decoder gives to the machinery around it.
protocol CausalArchitecture: Sendable {
  var shape: CausalShape { get }
  /// The layer that gives the logits.
  var vocabulary: Linear { get }
  /// Whether the decoder looks at what an encoder has read.
  var needsSource: Bool { get }
  /// From tokens to the last hidden states of the wanted rows, and from those to logits.
  func forward(_ batch: DecodingBatch, logits: Rows, _ space: Workspace)
}

extension CausalArchitecture {
  var needsSource: Bool { false }
}

/// The sizes of a decoder.
public struct CausalShape: Sendable, Equatable {
  public var vocabularySize: Int
  /// Tokens that a hypothesis may have, the prompt included.
  public var contextLength: Int
  public var layers: Int
  public var width: Int
  public var heads: Int
  /// Heads of keys and values; fewer than `heads` where groups of queries share them.
  public var keyValueHeads: Int
  public var headSize: Int
  /// Width of the feed-forward layer.
  public var hiddenWidth: Int
}

/// A call that a model cannot answer.
public enum InferenceError: Error, Equatable, Sendable, CustomStringConvertible {
  case tooLong(tokens: Int, limit: Int)
  case unknownToken(Int, vocabularySize: Int)
  case noTokens
  case otherModel

  public var description: String {
    switch self {
    case .tooLong(let tokens, let limit): "The text has \(tokens) tokens; the model reads up to \(limit)."
    case .unknownToken(let token, let size): "Token \(token) is not in the vocabulary; allowed: 0 to \(size - 1)."
    case .noTokens: "There is nothing to read: every input needs at least one token."
    case .otherModel: "The state belongs to another model, or an encoder's text is missing from it."
    }
  }
}

/// A decoder that runs: an architecture with its weights, a cache of keys and values, and one lock.
///
///     let model = try CausalTransformer(path: "SmolLM2.gguf", precision: .asStored)
///     let start = try model.forward([(model.start, prompt)])             // one row of logits
///     let forked = [(start.states[0], [17]), (start.states[0], [42])]
///     let next = try model.forward(forked)                          // two rows; the prompt was read once
///
/// A call reads the weights once, however many hypotheses it advances. The numbers of a row do not depend on what else is in the batch,
/// nor on the number of threads. (Reading a text in one call or token by token differs in the last bits: the sums of attention are
/// formed in another order when a call gives a hypothesis twelve tokens or more.)
public final class CausalTransformer: @unchecked Sendable {
  public let shape: CausalShape
  /// Tokens that end a text, as the checkpoint says.
  public let endTokens: [Int]
  /// The token that begins a text, where the checkpoint names one.
  public let beginToken: Int?
  private let architecture: any CausalArchitecture
  private let pool: CachePool
  private let space = Workspace()
  private var lock = pthread_mutex_t()

  /// Rows that one pass through the layers takes; longer prompts are read in several.
  static let rowsPerPass = 512

  init(_ architecture: any CausalArchitecture, cache: CachePrecision, beginToken: Int?, endTokens: [Int]) {
    self.architecture = architecture
    shape = architecture.shape
    self.beginToken = beginToken
    self.endTokens = endTokens
    pool = CachePool(layers: shape.layers, width: shape.keyValueHeads * shape.headSize, precision: cache)
    pthread_mutex_init(&lock, nil)
  }

  deinit { pthread_mutex_destroy(&lock) }

  /// The state before the first token.
  public var start: CacheState { CacheState() }

  /// The vectors that give a token's logit as a product with the last state, `[vocabulary, width]`.
  public var outputVectors: [Float] {
    let output = architecture.vocabulary
    return [Float](unsafeUninitializedCapacity: output.outputs * output.inputs) { buffer, count in
      for token in 0..<output.outputs { output.copyWeights(of: token, to: buffer.baseAddress.unsafelyUnwrapped + token * output.inputs) }
      count = output.outputs * output.inputs
    }
  }

  /// Bytes of keys and values that states hold on to.
  public var cacheBytes: Int { pool.bytesInUse }

  /// Advances hypotheses, each by its tokens.
  ///
  /// - Parameters:
  ///   - inputs: states of this model, each with at least one token.
  ///   - everyRow: logits after every token instead of after the last of each input.
  /// - Returns: the logits, `[row, vocabulary]`, in the order of the inputs, the state after the last token of each, and the
  ///   floating-point operations of the call.
  public func forward(
    _ inputs: [(state: CacheState, tokens: [Int])], everyRow: Bool = false
  ) throws(InferenceError) -> (logits: [Float], states: [CacheState], operations: Int) {
    var rowCount = 0
    for input in inputs {
      guard !input.tokens.isEmpty else { throw .noTokens }
      guard input.state.count + input.tokens.count <= shape.contextLength else {
        throw .tooLong(tokens: input.state.count + input.tokens.count, limit: shape.contextLength)
      }
      for token in input.tokens where token < 0 || token >= shape.vocabularySize {
        throw .unknownToken(token, vocabularySize: shape.vocabularySize)
      }
      if let block = input.state.block, !block.belongs(to: pool) { throw .otherModel }
      if architecture.needsSource != (input.state.source != nil) { throw .otherModel }
      if let source = input.state.source, source.pool !== pool { throw .otherModel }
      rowCount += everyRow ? input.tokens.count : 1
    }
    var states = inputs.map(\.state)
    var operations = 0
    let logits = [Float](unsafeUninitializedCapacity: rowCount * shape.vocabularySize) { buffer, initialized in
      if let base = buffer.baseAddress, rowCount > 0 {
        pthread_mutex_lock(&lock)
        let before = space.operations
        run(inputs.map { $0.tokens[...] }, &states, everyRow: everyRow, Rows(base: base, count: rowCount, width: shape.vocabularySize))
        operations = space.operations - before
        pthread_mutex_unlock(&lock)
      }
      initialized = rowCount * shape.vocabularySize
    }
    return (logits, states, operations)
  }

  /// Runs the body with the cache and the buffers, while no call uses them.
  func exclusively<Result>(_ body: (CachePool, Workspace) -> Result) -> Result {
    pthread_mutex_lock(&lock)
    defer { pthread_mutex_unlock(&lock) }
    return body(pool, space)
  }

  /// Passes of at most `rowsPerPass` rows: each takes what is left of as many inputs as fit.
  private func run(_ tokens: [ArraySlice<Int>], _ states: inout [CacheState], everyRow: Bool, _ logits: Rows) {
    var rest = tokens
    var first = 0
    var done = 0
    while first < rest.count {
      var batch: [(state: CacheState, tokens: ArraySlice<Int>)] = []
      var taken: [Int] = []
      var wanted: [Int] = []
      var rows = 0
      while first < rest.count, rows < Self.rowsPerPass {
        let piece = rest[first].prefix(Self.rowsPerPass - rows)
        rest[first] = rest[first].dropFirst(piece.count)
        batch.append((states[first], piece))
        taken.append(first)
        if everyRow { wanted.append(contentsOf: rows..<rows + piece.count) }
        rows += piece.count
        guard rest[first].isEmpty else { break }
        if !everyRow { wanted.append(rows - 1) }
        first += 1
      }
      let pass = DecodingBatch(batch, wantedRows: wanted, pool: pool)
      architecture.forward(pass, logits: logits.rows(done..<done + wanted.count), space)
      space.operations += pass.operations
      done += wanted.count
      for (index, sequence) in zip(taken, pass.sequences) { states[index] = sequence.state }
    }
  }
}
