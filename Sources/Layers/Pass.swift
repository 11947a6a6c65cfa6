import Tensors

/// One run of a network over a batch: what layers need to know beside the vectors that flow through them.
public final class Pass {
  /// The tokens that flow in at the moment: the encoder's or the decoder's.
  public internal(set) var tokens: TokenBatch
  /// The source of dropout's random numbers; nil in evaluation, where nothing is dropped.
  let random: RandomSource?
  private var dropouts = 0
  /// The encoder's output and its tokens, for the decoder to attend to.
  var memory: (vectors: Tensor, tokens: TokenBatch)?
  let decoderTokens: TokenBatch?
  /// Scores that relative positions add, `[heads, 2 · time − 1]`.
  var attentionBias: Tensor?
  /// Vectors put before the embedded tokens of every sequence, `[length, width]`: a soft prompt.
  let prefix: Tensor?
  /// Keys and values put before those of the tokens, one tensor for every attention layer: see ``Network/KeyValuePrefix``.
  let keyValuePrefix: [Tensor]
  private var prefixesTaken = 0
  /// Keys and values of the first sequence in every attention layer so far, where they are wanted; rotated already.
  var keptKeysAndValues: [Tensor]?
  /// What layers beside the main path have computed: the scores of ``NextSentence``.
  var sideOutput: Tensor?

  init(
    tokens: TokenBatch, decoderTokens: TokenBatch?, random: RandomSource?, prefix: Tensor? = nil, keyValuePrefix: [Tensor] = []
  ) {
    self.tokens = tokens
    self.decoderTokens = decoderTokens
    self.random = random
    self.prefix = prefix
    self.keyValuePrefix = keyValuePrefix
  }

  /// How many positions the keys and values of a prefix take.
  var prefixLength: Int { keyValuePrefix.first?.shape[0] ?? 0 }

  /// The prefix of the next attention layer as the beginning of its joined queries, keys and values, `[batch, length, …]`; nil without one.
  func nextKeyValuePrefix(heads: Int, keyValueHeads: Int, size: Int) -> Tensor? {
    guard !keyValuePrefix.isEmpty else { return nil }
    precondition(prefixesTaken < keyValuePrefix.count, "a prefix for \(keyValuePrefix.count) attention layers, and there are more")
    let prefix = keyValuePrefix[prefixesTaken]
    prefixesTaken += 1
    let (length, inner) = (prefix.shape[0], 2 * keyValueHeads * size)
    precondition(prefix.width == inner, "a prefix of width \(prefix.width); keys and values side by side have \(inner)")
    let repeated = prefix.gathered((0..<tokens.count * length).map { Int32($0 % length) })
    // Queries of these positions are asked for by nobody.
    let width = inner + heads * size
    return Tensor(repeating: 0, shape: [tokens.count * length, width]).adding(repeated, atColumn: heads * size)
      .reshaped(to: [tokens.count, length, width])
  }

  /// Keeps keys and values, which lie behind the queries, of the first sequence.
  func keep(_ joined: Tensor, from column: Int) {
    guard keptKeysAndValues != nil else { return }
    let (time, width) = (joined.shape[1], joined.shape[2])
    let elements = joined.elements
    let kept = (0..<time).flatMap { elements[($0 * width + column)..<($0 + 1) * width] }
    keptKeysAndValues?.append(Tensor(kept, shape: [time, width - column]))
  }

  /// Whether the run is for training: dropout drops.
  public var isTraining: Bool { random != nil }

  /// A stream for the next dropout of this run; nil in evaluation.
  public func nextDropout() -> RandomSource? {
    dropouts += 1
    return random?.child("dropout", dropouts)
  }
}

/// Sequences of tokens, padded to one length.
///
/// ```swift
/// let batch = TokenBatch([[5, 6, 7], [8]])
/// batch.time       // 3
/// batch.lengths    // [3, 1]
/// ```
/// Padding stands behind the tokens; nothing attends to it.
public struct TokenBatch: Sendable {
  /// Number of sequences.
  public let count: Int
  /// Length of the longest sequence.
  public let time: Int
  /// Length of each sequence.
  public let lengths: [Int]
  /// Tokens row by row, `count · time`, with 0 as padding.
  public let ids: [Int32]
  /// The segment of each token (0 or 1 in BERT), row by row.
  public let segments: [Int32]

  /// - Parameters:
  ///   - sequences: tokens, each sequence with at least one.
  ///   - segments: for each token the number of its segment; none: 0.
  public init(_ sequences: [[Int]], segments: [[Int]]? = nil) {
    precondition(!sequences.isEmpty && sequences.allSatisfy { !$0.isEmpty }, "a batch has at least one sequence of at least one token")
    precondition(
      segments == nil || segments!.map(\.count) == sequences.map(\.count), "segments have the lengths of their sequences")
    count = sequences.count
    lengths = sequences.map(\.count)
    let time = lengths.max()!
    self.time = time
    func padded(_ rows: [[Int]]) -> [Int32] {
      rows.flatMap { $0.map { Int32(clamping: $0) } + Array(repeating: 0, count: time - $0.count) }
    }
    ids = padded(sequences)
    self.segments = segments.map(padded) ?? Array(repeating: 0, count: sequences.count * time)
  }

  /// Whether some sequences are shorter than others.
  var hasPadding: Bool { lengths.contains { $0 != time } }

  /// The keys that hold tokens, when `prefix` vectors stand before them.
  func visibleKeys(prefix: Int) -> [Range<Int>]? { hasPadding ? lengths.map { 0..<($0 + prefix) } : nil }
}
