internal import Checkpoints
public import Decoding
public import Display
internal import Inference
public import LanguageModels
internal import Tokenizers

/// An encoder and a decoder with their tokenizer, loaded from a checkpoint: T5, T5 1.1 and flan-T5, which turn a text into a text.
///
/// ```swift
/// let t5 = try T5("flan-t5-small")
/// try await t5.generate("translate English to German: The house is wonderful.", using: BeamSearch(width: 4))
/// ```
public struct T5: Sendable {
  private let network: EncoderDecoder
  private let tokenizer: Tokenizer
  /// What the model was loaded from, as the caller named it.
  public let name: String
  private let weights: Weights

  /// Loads a model.
  ///
  /// - Parameters:
  ///   - name: a Hugging Face folder, a GGUF file, or a model of the hub, `owner/name`, which is downloaded unless it is in the hub's cache on this machine.
  ///   - revision: a branch, a tag or a commit of a model of the hub; nil: `main`.
  ///   - weights: how the weights are kept while the model runs.
  /// - Throws: one sentence: which file, what is wrong with it, what is allowed.
  public init(_ name: String, revision: String? = nil, weights: Weights = .float32) throws {
    let checkpoint = try Checkpoint(path: CheckpointLocation(name, revision: revision).path)
    tokenizer = try Tokenizer(of: checkpoint)
    network = try EncoderDecoder(checkpoint, precision: weights.precision)
    self.name = name
    self.weights = weights
  }

  /// The decoder after the encoder has read a text: a language model of its output, for every strategy; its prompt is a beginning of the output.
  public func reading(_ text: String) throws -> some LanguageModel {
    let tokens = tokenizer.encode(text).ids
    // Tokenizers of T5 end a text with `</s>`; some files leave that to the caller, and the model was never trained without.
    let end = network.decoder.endTokens.first
    let source = end.map { tokens.last == $0 ? tokens : tokens + [$0] } ?? tokens
    return try TransformerLanguageModel(
      network, reading: source,
      vocabulary: TokenizerVocabulary(tokenizer: tokenizer, addsSpecialTokens: false, count: network.shape.vocabularySize))
  }

  /// Lets the encoder read a text and the decoder write one.
  public func generate<S: DeterministicStrategy>(_ text: String, using strategy: S) async throws -> S.Outcome {
    try await reading(text).generate(using: strategy)
  }

  /// The same for a strategy that draws at random.
  public func generate<S: RandomStrategy>(_ text: String, using strategy: S, samples: Int = 1, seed: UInt64) async throws -> S.Outcome {
    try await reading(text).generate("", using: strategy, samples: samples, seed: seed)
  }
}

extension T5: Displayable, CustomStringConvertible {
  /// The model's sizes, as a table.
  public var table: Table {
    let shape = network.shape
    return Table(
      columns: ["", "encoder and decoder"],
      rows: [
        ["layers of each", .integer(shape.layers)], ["width", .integer(shape.width)], ["heads", .integer(shape.heads)],
        ["width inside the layers", .integer(shape.hiddenWidth)], ["vocabulary, tokens", .integer(shape.vocabularySize)],
        ["weights", .text(weights.rawValue)],
      ], caption: "T5(\"\(name)\")")
  }
  public var mimeBundle: MIMEBundle { table.mimeBundle }
  public var description: String { "T5(\"\(name)\")" }
}
