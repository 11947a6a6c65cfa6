public import Checkpoints
internal import CKernels

/// An encoder and a decoder that run: T5.
///
///     let t5 = try EncoderDecoder(path: "flan-t5-small")
///     let source = try t5.read([[13959, 1566, 12, 2968, 10, …, 1]])       // the encoder reads, once
///     let output = try t5.decoder.forward([(source[0], [t5.beginToken])])    // one row of logits
///
/// A state that `read` gives is a state of the decoder before its first token, which looks at the text that was read; it forks like any
/// other, and all forks share the text.
public final class EncoderDecoder: Sendable {
  /// What continues the states that `read` gives.
  public let decoder: CausalTransformer
  /// The token that every output begins with.
  public let beginToken: Int
  private let architecture: T5

  /// Loads a model from a Hugging Face folder of `model_type: t5`, or a GGUF file of that architecture.
  public convenience init(path: String, precision: WeightPrecision = .float32, cache: CachePrecision? = nil) throws(CheckpointError) {
    try self.init(Checkpoint(path: path), precision: precision, cache: cache)
  }

  /// Loads a model from a checkpoint of `model_type: t5`, or a GGUF file of that architecture.
  public init(_ checkpoint: Checkpoint, precision: WeightPrecision = .float32, cache: CachePrecision? = nil) throws(CheckpointError) {
    let checkpoint = try checkpoint.asTransformers("t5")
    let _: Int = try checkpoint.setting("model_type", default: "missing", ["t5": 0])
    architecture = try T5(checkpoint, precision: precision)
    beginToken = try checkpoint.setting("decoder_start_token_id", 0...architecture.shape.vocabularySize - 1, default: 0)
    decoder = CausalTransformer(
      architecture, cache: cache ?? (precision == .float32 ? .float32 : .float16), beginToken: beginToken, endTokens: checkpoint.endTokens)
  }

  /// The sizes of the decoder; the encoder has the same width, heads and vocabulary.
  public var shape: CausalShape { architecture.shape }

  /// Lets the encoder read texts.
  ///
  /// - Parameter texts: `[batch][time]`, with the end token in place; none may be empty.
  /// - Returns: for each text the state before the first token of an output.
  public func read(_ texts: [[Int]]) throws(InferenceError) -> [CacheState] {
    try check(texts)
    return decoder.exclusively { pool, space in
      architecture.sources(EncoderBatch(texts), pool, space).map { CacheState(source: $0) }
    }
  }

  /// The encoder's last states of texts.
  public func encode(_ texts: [[Int]]) throws(InferenceError) -> [EncodedText] {
    try check(texts)
    return decoder.exclusively { _, space in
      let batch = EncoderBatch(texts)
      let x = architecture.encode(batch, space)
      return batch.texts.map { EncodedText(values: Array(x.rows($0)), count: $0.count, width: shape.width) }
    }
  }

  private func check(_ texts: [[Int]]) throws(InferenceError) {
    for text in texts {
      guard !text.isEmpty else { throw .noTokens }
      for token in text where token < 0 || token >= shape.vocabularySize {
        throw .unknownToken(token, vocabularySize: shape.vocabularySize)
      }
    }
  }
}
