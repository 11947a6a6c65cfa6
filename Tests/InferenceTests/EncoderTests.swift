import Checkpoints
import Inference
import Testing

@Suite("BERT", .serialized)
struct EncoderTests {
  @Test("Hidden states of a batch agree with transformers' padded and masked batch in float64", arguments: ["bert", "bert-masked"])
  func hidden(name: String) throws {
    let model = try BERT(path: fixture(name))
    let expected = try json(fixture("\(name)/expected.json"))
    let inputs = (0..<3).map { expected["inputs"]![$0]!.integers }
    let encoded = try model.encode(inputs, segments: (0..<3).map { expected["types"]![$0]!.integers })
    for index in 0..<3 {
      #expect(encoded[index].count == inputs[index].count)
      #expect(distance(encoded[index].values, expected["hidden"]![index]!.numbers) < 1e-5)
    }
  }

  @Test("Pooled states agree with transformers")
  func pooled() throws {
    let model = try BERT(path: fixture("bert"))
    let expected = try json(fixture("bert/expected.json"))
    let pooled = try #require(
      try model.pool((0..<3).map { expected["inputs"]![$0]!.integers }, segments: (0..<3).map { expected["types"]![$0]!.integers }))
    for index in 0..<3 { #expect(distance(pooled[index], expected["pooled"]![index]!.numbers) < 1e-5) }
    #expect(try BERT(path: fixture("bert-masked")).pool([[1]]) == nil)
  }

  @Test("Logits of masked words agree with transformers")
  func maskedWords() throws {
    let model = try BERT(path: fixture("bert-masked"))
    let expected = try json(fixture("bert-masked/expected.json"))
    for index in 0..<3 {
      let input = expected["inputs"]![index]!.integers
      let rows = try #require(
        try model.maskedWordLogits(input, segments: expected["types"]![index]!.integers, at: Array(input.indices)))
      #expect(distance(rows.flatMap { $0 }, expected["logits"]![index]!.numbers) < 2e-5)
    }
    #expect(try BERT(path: fixture("bert")).maskedWordLogits([1], at: [0]) == nil)
  }

  @Test("A text has the same numbers alone and in a batch, and unit means have length 1")
  func batches() throws {
    let model = try BERT(path: fixture("bert"))
    let texts = (1...6).map { length in (0..<length * length).map { ($0 * 17 + length) % 90 } }
    let together = try model.encode(texts)
    for (text, encoded) in zip(texts, together) {
      #expect(try model.encode([text])[0].values == encoded.values)
      #expect(abs(encoded.unitMean.reduce(0) { $0 + $1 * $1 } - 1) < 1e-6)
    }
  }

  @Test("Texts that are empty, too long or of unknown words are refused with a sentence")
  func refusals() throws {
    let model = try BERT(path: fixture("bert"))
    #expect(throws: InferenceError.noTokens) { try model.encode([[1], []]) }
    #expect(throws: InferenceError.tooLong(tokens: 65, limit: 64)) { try model.encode([Array(repeating: 1, count: 65)]) }
    #expect(throws: InferenceError.unknownToken(90, vocabularySize: 90)) { try model.encode([[90]]) }
  }
}
