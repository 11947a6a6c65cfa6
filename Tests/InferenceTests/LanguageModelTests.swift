import Inference
import LanguageModels
import Testing

/// Tokens that stand for their own numbers.
struct Numbers: Vocabulary {
  let count: Int
  func tokens(of text: String) -> [Int] { text.split(separator: " ").compactMap { Int($0) } }
  func text(of tokens: [Int]) -> String { tokens.map(String.init).joined(separator: " ") }
  func label(of token: Int) -> String { "\(token)" }
}

@Suite("A transformer as a language model")
struct LanguageModelTests {
  @Test("Reading and advancing give the network's own rows, for the last tokens or for all")
  func rows() async throws {
    let network = try CausalTransformer(path: fixture("gpt2"))
    let model = TransformerLanguageModel(network, vocabulary: Numbers(count: 101))
    let start = try await model.read([[5, 6, 7], [8]])
    #expect(try start.logits.values == network.forward([(network.start, [5, 6, 7]), (network.start, [8])]).logits)
    let next = try await model.forward([ForwardInput(start.states[1], 9, 10)], rows: .all)
    #expect(next.logits.rowCount == 2)
    let whole = try network.forward([(network.start, [8, 9, 10])], everyRow: true).logits
    #expect(distance(next.logits.values, whole[101...].map(Double.init)) < 2e-5)
    #expect(model.endTokens == [0])
  }

  @Test("An empty prompt begins with the token that begins texts")
  func emptyPrompt() async throws {
    let network = try CausalTransformer(path: fixture("llama"))
    let model = TransformerLanguageModel(network, vocabulary: Numbers(count: 101))
    #expect(try await model.read([[]]).logits.values == network.forward([(network.start, [1])]).logits)
  }

  @Test("The log-probability of a text is the sum over its tokens, read at once or one by one")
  func scoring() async throws {
    let network = try CausalTransformer(path: fixture("gpt2"))
    let model = TransformerLanguageModel(network, vocabulary: Numbers(count: 101))
    let text = (0..<40).map { $0 * 7 % 100 }
    let scores = try await model.logProbabilities(of: text, after: [3])
    var state = try await model.read([[3]])
    for (index, token) in text.enumerated() {
      #expect(abs(Double(state.logits.logProbabilities(ofRow: 0)[token]) - scores[index]) < 1e-4)
      state = try await model.forward([ForwardInput(state.states[0], token)])
    }
  }

  @Test("The operations of a call are those of its matrix products and of attention, counted by hand")
  func operations() async throws {
    let network = try CausalTransformer(path: fixture("gpt2"))
    let model = TransformerLanguageModel(network, vocabulary: Numbers(count: 101))
    let shape = network.shape
    let weights = shape.layers * (4 * shape.width * shape.width + 2 * shape.width * shape.hiddenWidth)
    let head = shape.width * shape.vocabularySize
    func attention(keys: Int) -> Int { 4 * shape.layers * shape.width * keys }
    let start = try await model.read([[5, 6, 7]])
    #expect(start.cost.operations == 2 * (3 * weights + head) + attention(keys: 1 + 2 + 3))
    let next = try await model.forward([ForwardInput(start.states[0], 8), ForwardInput(start.states[0], 9, 10)], rows: .all)
    #expect(next.cost.operations == 2 * 3 * (weights + head) + attention(keys: 4 + 4 + 5))
    #expect(next.cost.cacheBytes == network.cacheBytes)
    #expect(network.cacheBytes > 0)
  }

  @Test("What an encoder reads is part of the cost of reading a prompt")
  func encoderOperations() async throws {
    let network = try EncoderDecoder(path: fixture("t5"))
    func cost(_ source: [Int]) async throws -> Int {
      let model = try TransformerLanguageModel(network, reading: source, vocabulary: Numbers(count: 90))
      return try #require(try await model.read([[]]).cost.operations)
    }
    let (short, long) = (try await cost([3, 1]), try await cost([3, 4, 5, 1]))
    let shape = network.shape
    let attentionWidth = shape.heads * shape.headSize
    // Two tokens more: in every layer of the encoder its products, the keys and values of the decoder's layer, and attention to them.
    let layer = 6 * shape.width * attentionWidth + 2 * shape.width * shape.hiddenWidth
    let attention = 4 * attentionWidth * (4 * 4 - 2 * 2 + 2)
    #expect(long - short == shape.layers * (2 * 2 * layer + attention))
  }

  @Test("An encoder's text is read once and stands behind every output")
  func encoderDecoder() async throws {
    let network = try EncoderDecoder(path: fixture("t5"))
    let expected = try json(fixture("t5/expected.json"))
    let model = try TransformerLanguageModel(network, reading: expected["sources"]![1]!.integers, vocabulary: Numbers(count: 90))
    var output = try await model.read([[]])
    var tokens: [Int] = []
    for _ in 0..<20 {
      tokens.append(best(output.logits.values))
      output = try await model.forward([ForwardInput(output.states[0], tokens[tokens.count - 1])])
    }
    #expect(tokens == expected["greedy"]![1]!.integers)
  }

  @Test("A state of something else is refused")
  func foreignState() async throws {
    let model = TransformerLanguageModel(try CausalTransformer(path: fixture("gpt2")), vocabulary: Numbers(count: 101))
    await #expect(throws: InferenceError.otherModel) { try await model.forward([ForwardInput(ModelState(1), 1)]) }
  }
}
