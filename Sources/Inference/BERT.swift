public import Checkpoints
internal import CKernels
internal import Glibc

/// BERT (Devlin et al. 2019): an encoder with learned positions and segments, post-norm blocks and GELU.
///
///     x = norm(wordEmbedding[token] + positionEmbedding[position] + segmentEmbedding[segment])
///     for each layer
///       x = norm₁(x + attention(x))
///       x = norm₂(x + contract(gelu(expand(x))))
///
///     let bert = try BERT(path: "bert-base-uncased")
///     let encoded = try bert.encode([[101, 7592, 2088, 102]])      // one text of 4 tokens, [4, 768]
///
/// Texts of a call may have different lengths: they are laid side by side, not padded, so that a mask is not needed.
public final class BERT: @unchecked Sendable {
  public struct Shape: Sendable, Equatable {
    public var vocabularySize: Int
    /// Tokens that a text may have.
    public var contextLength: Int
    public var segments: Int
    public var layers: Int
    public var width: Int
    public var heads: Int
    public var hiddenWidth: Int
  }

  struct Layer {
    let queriesKeysValues: Linear
    let attentionOutput: Linear
    let attentionNorm: LayerNorm
    let expand: Linear
    let contract: Linear
    let outputNorm: LayerNorm
  }

  /// The head of masked-language modelling: `norm(gelu(transform(x))) · wordEmbeddingᵀ + bias`.
  struct MaskedWordHead {
    let transform: Linear
    let norm: LayerNorm
    let vocabulary: Linear
  }

  public let shape: Shape
  let activation: Activation
  let wordEmbedding: Embedding
  let positionEmbedding: Embedding
  let segmentEmbedding: Embedding
  let embeddingNorm: LayerNorm
  let layers: [Layer]
  let pooler: Linear?
  let maskedWordHead: MaskedWordHead?
  /// The head that scores whether the second text follows the first, on the pooled vector: 0 it does, 1 it does not.
  let nextSentenceHead: Linear?
  private let arena: WeightArena
  private let space = Workspace()
  private var lock = pthread_mutex_t()

  /// The last hidden states of texts.
  ///
  /// - Parameters:
  ///   - texts: `[batch][time]`, tokens with `[CLS]` and `[SEP]` in place; none may be empty.
  ///   - segments: for each token 0 (first sentence) or 1 (second); nil for all 0.
  public func encode(_ texts: [[Int]], segments: [[Int]]? = nil) throws(InferenceError) -> [EncodedText] {
    try check(texts, segments)
    return locked { () -> [EncodedText] in
      let batch = EncoderBatch(texts)
      let x = hiddenStates(batch, segments)
      return batch.texts.map { EncodedText(values: Array(x.rows($0)), count: $0.count, width: shape.width) }
    }
  }

  /// The pooled vectors of texts: `tanh(pooler(x[CLS]))`, `[batch][width]`; nil where the checkpoint has no pooler.
  public func pool(_ texts: [[Int]], segments: [[Int]]? = nil) throws(InferenceError) -> [[Float]]? {
    try check(texts, segments)
    guard let pooler else { return nil }
    return locked { () -> [[Float]] in
      let pooled = self.pooled(texts, segments, pooler)
      return texts.indices.map { Array(pooled.rows($0..<$0 + 1)) }
    }
  }

  /// For pairs of texts the logits of «the second follows the first» and «it does not», `[batch][2]`; nil where the checkpoint has no head
  /// for next sentences.
  ///
  /// - Parameters:
  ///   - pairs: tokens of both texts, with `[CLS]` and `[SEP]` in place.
  ///   - segments: for each token 0 (first sentence) or 1 (second).
  public func nextSentenceLogits(_ pairs: [[Int]], segments: [[Int]]) throws(InferenceError) -> [[Float]]? {
    try check(pairs, segments)
    guard let pooler, let head = nextSentenceHead else { return nil }
    return locked { () -> [[Float]] in
      let pooled = self.pooled(pairs, segments, pooler)
      let logits = space.rows(.projected, count: pairs.count, width: 2)
      head(pooled, into: logits, space)
      return pairs.indices.map { Array(logits.rows($0..<$0 + 1)) }
    }
  }

  private func pooled(_ texts: [[Int]], _ segments: [[Int]]?, _ pooler: Linear) -> Rows {
    let batch = EncoderBatch(texts)
    let x = hiddenStates(batch, segments)
    let first = space.selected(batch.texts.map(\.lowerBound), of: x)
    let pooled = space.rows(.normed, count: texts.count, width: shape.width)
    pooler(first, into: pooled, space)
    for i in 0..<texts.count * shape.width { pooled.base[i] = tanhf(pooled.base[i]) }
    return pooled
  }

  /// The logits of the words at some tokens, `[token][vocabulary]`; nil where the checkpoint has no head for masked words.
  ///
  /// - Parameter tokens: positions in the text, such as that of `[MASK]`.
  public func maskedWordLogits(
    _ text: [Int], segments: [Int]? = nil, at tokens: [Int]
  ) throws(InferenceError) -> [[Float]]? {
    try check([text], segments.map { [$0] })
    precondition(tokens.allSatisfy(text.indices.contains), "positions \(tokens) in a text of \(text.count) tokens")
    guard let head = maskedWordHead else { return nil }
    return locked { () -> [[Float]] in
      let x = hiddenStates(EncoderBatch([text]), segments.map { [$0] })
      let selected = space.selected(tokens, of: x)
      let transformed = space.rows(.normed, count: tokens.count, width: shape.width)
      head.transform(selected, into: transformed, activation: activation, space)
      head.norm(transformed, into: selected)
      let logits = space.rows(.hidden, count: tokens.count, width: shape.vocabularySize)
      head.vocabulary(selected, into: logits, space)
      return tokens.indices.map { Array(logits.rows($0..<$0 + 1)) }
    }
  }

  private func hiddenStates(_ batch: EncoderBatch, _ segments: [[Int]]?) -> Rows {
    let (rows, width) = (batch.count, shape.width)
    let x = space.rows(.stream, count: rows, width: width)
    let sum = space.rows(.normed, count: rows, width: width)
    let projected = space.rows(.projected, count: rows, width: 3 * width)
    let mixed = space.rows(.mixed, count: rows, width: width)
    let hidden = space.rows(.hidden, count: rows, width: shape.hiddenWidth)
    let size = width / shape.heads
    for (index, text) in batch.texts.enumerated() {
      for (position, row) in text.enumerated() {
        wordEmbedding.copy(batch.tokens[row], to: sum[row])
        positionEmbedding.add(position, to: sum[row])
        segmentEmbedding.add(segments?[index][position] ?? 0, to: sum[row])
      }
    }
    embeddingNorm(sum, into: x)
    for layer in layers {
      layer.queriesKeysValues(x, into: projected, space)
      batch.attend(projected, heads: shape.heads, size: size, scale: 1 / Float(size).squareRoot(), into: mixed, space)
      layer.attentionOutput(mixed, into: sum, adding: x, space)
      layer.attentionNorm(sum, into: x)
      layer.expand(x, into: hidden, activation: activation, space)
      layer.contract(hidden, into: sum, adding: x, space)
      layer.outputNorm(sum, into: x)
    }
    return x
  }

  private func check(_ texts: [[Int]], _ segments: [[Int]]?) throws(InferenceError) {
    precondition(
      segments.map { $0.map(\.count) == texts.map(\.count) } ?? true, "segments must have the lengths of the texts, \(texts.map(\.count))")
    for text in texts {
      guard !text.isEmpty else { throw .noTokens }
      guard text.count <= shape.contextLength else { throw .tooLong(tokens: text.count, limit: shape.contextLength) }
      for token in text where token < 0 || token >= shape.vocabularySize {
        throw .unknownToken(token, vocabularySize: shape.vocabularySize)
      }
    }
    for segment in (segments ?? []).joined() {
      precondition((0..<shape.segments).contains(segment), "segment \(segment); allowed: 0 to \(shape.segments - 1)")
    }
  }

  private func locked<Result>(_ body: () -> Result) -> Result {
    pthread_mutex_lock(&lock)
    defer { pthread_mutex_unlock(&lock) }
    return body()
  }

  /// Loads an encoder from a Hugging Face folder of `model_type: bert`, or a GGUF file of that architecture, which has no heads.
  public convenience init(path: String, precision: WeightPrecision = .float32) throws(CheckpointError) {
    try self.init(Checkpoint(path: path), precision: precision)
  }

  /// Loads an encoder from a checkpoint of `model_type: bert`, or a GGUF file of that architecture.
  public init(_ checkpoint: Checkpoint, precision: WeightPrecision = .float32) throws(CheckpointError) {
    let checkpoint = try checkpoint.asTransformers("bert")
    let _: Int = try checkpoint.setting("model_type", default: "missing", ["bert": 0])
    let _: Int = try checkpoint.setting("position_embedding_type", default: "absolute", ["absolute": 0])
    let width = try checkpoint.setting("hidden_size", 1...65536)
    let heads = try checkpoint.setting("num_attention_heads", 1...width)
    guard width % heads == 0, width / heads <= 256 else {
      throw CheckpointError(
        file: checkpoint.configPath,
        .setting(
          name: "num_attention_heads", found: "\(heads)", allowed: "divisors of hidden_size = \(width) that leave heads of up to 256"))
    }
    let shape = Shape(
      vocabularySize: try checkpoint.setting("vocab_size", 1...1 << 24),
      contextLength: try checkpoint.setting("max_position_embeddings", 1...1 << 24),
      segments: try checkpoint.setting("type_vocab_size", 1...65536, default: 2),
      layers: try checkpoint.setting("num_hidden_layers", 1...4096),
      width: width, heads: heads, hiddenWidth: try checkpoint.setting("intermediate_size", 1...1 << 20))
    activation = try checkpoint.setting(
      "hidden_act", default: "gelu",
      ["gelu": Activation.gelu, "gelu_new": .geluTanh, "gelu_pytorch_tanh": .geluTanh, "relu": .relu, "silu": .silu])
    let epsilon = Float(try checkpoint.setting("layer_norm_eps", default: 1e-12))
    var loader = WeightLoader(checkpoint, precision: precision)
    if !loader.has("embeddings.word_embeddings.weight") { loader.prefix = "bert." }
    let name = "embeddings.word_embeddings"
    wordEmbedding = try loader.embedding("\(name).weight", count: shape.vocabularySize, width: width)
    positionEmbedding = try loader.embedding("embeddings.position_embeddings.weight", count: shape.contextLength, width: width)
    segmentEmbedding = try loader.embedding("embeddings.token_type_embeddings.weight", count: shape.segments, width: width)
    embeddingNorm = try loader.layerNorm("embeddings.LayerNorm", width: width, epsilon: epsilon)
    let encoderPrefix = loader.prefix
    var layers: [Layer] = []
    for index in 0..<shape.layers {
      loader.prefix = "\(encoderPrefix)encoder.layer.\(index)."
      let parts = ["query", "key", "value"].map { (name: "attention.self.\($0)", outputs: width) }
      layers.append(
        Layer(
          queriesKeysValues: try loader.linear(parts, inputs: width, hasBias: true),
          attentionOutput: try loader.linear([("attention.output.dense", width)], inputs: width, hasBias: true),
          attentionNorm: try loader.layerNorm("attention.output.LayerNorm", width: width, epsilon: epsilon),
          expand: try loader.linear([("intermediate.dense", shape.hiddenWidth)], inputs: width, hasBias: true),
          contract: try loader.linear([("output.dense", width)], inputs: shape.hiddenWidth, hasBias: true),
          outputNorm: try loader.layerNorm("output.LayerNorm", width: width, epsilon: epsilon)))
    }
    self.layers = layers
    loader.prefix = encoderPrefix
    pooler = loader.has("pooler.dense.weight") ? try loader.linear([("pooler.dense", width)], inputs: width, hasBias: true) : nil
    loader.prefix = ""
    if loader.has("cls.predictions.transform.dense.weight") {
      maskedWordHead = MaskedWordHead(
        transform: try loader.linear([("cls.predictions.transform.dense", width)], inputs: width, hasBias: true),
        norm: try loader.layerNorm("cls.predictions.transform.LayerNorm", width: width, epsilon: epsilon),
        vocabulary: try loader.linear(
          [("\(encoderPrefix)\(name)", shape.vocabularySize)], inputs: width, biasName: "cls.predictions.bias"))
    } else {
      maskedWordHead = nil
    }
    nextSentenceHead =
      loader.has("cls.seq_relationship.weight") && pooler != nil
      ? try loader.linear([("cls.seq_relationship", 2)], inputs: width, hasBias: true) : nil
    self.shape = shape
    arena = loader.arena
    pthread_mutex_init(&lock, nil)
  }

  deinit { pthread_mutex_destroy(&lock) }
}

extension Array<Float> {
  /// The elements of rows, one after another.
  init(_ rows: Rows) { self.init(UnsafeBufferPointer(start: rows.base, count: rows.count * rows.width)) }
}
