public import LanguageModels

/// A neural decoder with its vocabulary, as every decoding strategy takes it.
///
///     let model = TransformerLanguageModel(try CausalTransformer(path: "gpt2"), vocabulary: tokenizer)
///     let start = try await model.read([model.vocabulary.tokens(of: "Today is")])
///
/// States are places in a cache of keys and values that all hypotheses share: forking copies nothing, and a prompt is read once.
/// A decoder that belongs to an encoder has read a text before: `T5` translating one sentence is one such model.
public struct TransformerLanguageModel: LanguageModel {
  public let network: CausalTransformer
  public let vocabulary: any Vocabulary
  public var endTokens: [Int]
  /// The state before the first token.
  private let beginning: CacheState
  /// What stands before every prompt.
  private let prefix: [Int]

  /// A decoder that reads prompts as they are; where a prompt is empty, the token that begins texts takes its place.
  public init(_ network: CausalTransformer, vocabulary: any Vocabulary) {
    self.network = network
    self.vocabulary = vocabulary
    endTokens = network.endTokens
    beginning = network.start
    prefix = []
  }

  /// The decoder of an encoder that has read a text: its prompts are beginnings of the output, most often empty.
  ///
  /// - Parameter source: the tokens of the text, with the end token in place.
  /// - Throws: `InferenceError` when the encoder cannot read the text.
  public init(_ network: EncoderDecoder, reading source: [Int], vocabulary: any Vocabulary) throws(InferenceError) {
    self.network = network.decoder
    self.vocabulary = vocabulary
    endTokens = network.decoder.endTokens
    beginning = try network.read([source])[0]
    prefix = [network.beginToken]
  }

  public func read(_ prompts: [[Int]]) async throws -> ForwardOutput {
    let inputs = prompts.map { prompt -> (state: CacheState, tokens: [Int]) in
      let isEmpty = prompt.isEmpty && prefix.isEmpty
      return (beginning, isEmpty ? [network.beginToken].compactMap { $0 } : prefix + prompt)
    }
    return output(try network.forward(inputs), readingSources: inputs.count)
  }

  public func forward(_ inputs: [ForwardInput], rows: ForwardRows) async throws -> ForwardOutput {
    let inputs = try inputs.map { input -> (state: CacheState, tokens: [Int]) in
      guard let state = input.state.content as? CacheState else { throw InferenceError.otherModel }
      return (state, input.tokens)
    }
    return output(try network.forward(inputs, everyRow: rows == .all))
  }

  /// - Parameter count: how many times the encoder's reading is part of the cost.
  public func state(_ state: ModelState, droppingLast count: Int) -> ModelState? {
    (state.content as? CacheState)?.droppingLast(count).map { ModelState($0) }
  }

  private func output(_ result: (logits: [Float], states: [CacheState], operations: Int), readingSources count: Int = 0) -> ForwardOutput {
    ForwardOutput(
      logits: Logits(vocabularySize: network.shape.vocabularySize, values: result.logits), states: result.states.map { ModelState($0) },
      cost: ForwardCost(
        operations: result.operations + count * (beginning.source?.operations ?? 0), cacheBytes: network.cacheBytes))
  }
}
