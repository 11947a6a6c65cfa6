internal import Checkpoints
public import Decoding
public import Display
internal import Inference
public import LanguageModels
internal import Tokenizers

/// A decoder with its tokenizer, loaded from a checkpoint: GPT-2 or a model of Llama's kind (SmolLM2, Llama, Mistral's dense models).
///
/// ```swift
/// let model = try GPT("SmolLM2-135M-Instruct.gguf")
/// try await model.generate("The capital of France is", using: Greedy(maximumNewTokens: 8))
/// ```
/// Every decoding strategy takes it. All hypotheses share one cache of keys and values: a prompt is read once, and forking copies nothing.
/// Logits agree with transformers on the same weights; results do not depend on the number of threads.
public struct GPT: LanguageModel, SoftmaxBottleneck {
  private let model: TransformerLanguageModel
  let tokenizer: Tokenizer
  /// What the model was loaded from, as the caller named it.
  public let name: String
  private let weights: Weights

  /// Loads a decoder.
  ///
  /// - Parameters:
  ///   - name: a Hugging Face folder, a GGUF file, or a model of the hub, `owner/name` or `owner/name/file.gguf`, which is downloaded unless it is in
  ///     the hub's cache on this machine.
  ///   - revision: a branch, a tag or a commit of a model of the hub; nil: `main`.
  ///   - weights: how the weights are kept while the model runs; nil keeps GGUF as stored and everything else in single precision.
  /// - Throws: one sentence: which file, what is wrong with it, what is allowed.
  public init(_ name: String, revision: String? = nil, weights: Weights? = nil) throws {
    let checkpoint = try Checkpoint(path: CheckpointLocation(name, revision: revision).path)
    self.weights = weights ?? (checkpoint.isGGUF ? .asStored : .float32)
    tokenizer = try Tokenizer(of: checkpoint)
    let network = try CausalTransformer(checkpoint, precision: self.weights.precision)
    model = TransformerLanguageModel(
      network, vocabulary: TokenizerVocabulary(tokenizer: tokenizer, addsSpecialTokens: true, count: network.shape.vocabularySize))
    self.name = name
  }

  public var vocabulary: any Vocabulary { model.vocabulary }
  public var endTokens: [Int] { model.endTokens }
  public func read(_ prompts: [[Int]]) async throws -> ForwardOutput { try await model.read(prompts) }
  public func forward(_ inputs: [ForwardInput], rows: ForwardRows) async throws -> ForwardOutput {
    try await model.forward(inputs, rows: rows)
  }

  /// The output layer's vectors, unpacked: 4 bytes for every weight of it.
  public var outputVectors: (values: [Float], width: Int) { (model.network.outputVectors, model.network.shape.width) }

  public func state(_ state: ModelState, droppingLast count: Int) -> ModelState? { model.state(state, droppingLast: count) }

  /// The most tokens that a prompt and its continuation may have together.
  public var contextLength: Int { model.network.shape.contextLength }
}

/// How a model keeps its weights while it runs.
///
/// | | bytes a weight |
/// |---|---|
/// | `.float32` | 4 |
/// | `.bfloat16` | 2 |
/// | `.int8` | 1.06: 8 bits, and a scale for every 32 |
/// | `.fourBit` | 0.56: 4 bits, and a scale for every 32 |
/// | `.asStored` | as the file has them |
public enum Weights: String, Sendable, CaseIterable {
  case float32, bfloat16, int8, fourBit, asStored

  var precision: WeightPrecision {
    switch self {
    case .float32: .float32
    case .bfloat16: .bfloat16
    case .int8: .int8
    case .fourBit: .fourBit
    case .asStored: .asStored
    }
  }
}

extension GPT: Displayable, CustomStringConvertible {
  /// The model's sizes, as a table.
  public var table: Table {
    let shape = model.network.shape
    return Table(
      columns: ["", "decoder"],
      rows: [
        ["layers", .integer(shape.layers)], ["width", .integer(shape.width)], ["heads", .integer(shape.heads)],
        ["heads of keys and values", .integer(shape.keyValueHeads)], ["width inside the layers", .integer(shape.hiddenWidth)],
        ["context, tokens", .integer(shape.contextLength)], ["vocabulary, tokens", .integer(shape.vocabularySize)],
        ["weights", .text(weights.rawValue)],
      ], caption: "GPT(\"\(name)\")")
  }
  public var mimeBundle: MIMEBundle { table.mimeBundle }
  public var description: String { "GPT(\"\(name)\")" }
}
