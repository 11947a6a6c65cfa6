import Checkpoints
import Inference
import Testing

/// Version 1.0 and version 1.1 (which flan is, too).
let encoderDecoders = ["t5", "t5-v1_1"]

@Suite("T5", .serialized)
struct EncoderDecoderTests {
  @Test("The encoder's states agree with transformers in float64", arguments: encoderDecoders)
  func encoder(name: String) throws {
    let model = try EncoderDecoder(path: fixture(name))
    let expected = try json(fixture("\(name)/expected.json"))
    let encoded = try model.encode((0..<2).map { expected["sources"]![$0]!.integers })
    for index in 0..<2 { #expect(distance(encoded[index].values, expected["encoded"]![index]!.numbers) < 1e-5) }
  }

  @Test("Logits of a batch agree with transformers in float64", arguments: encoderDecoders)
  func logits(name: String) throws {
    let model = try EncoderDecoder(path: fixture(name))
    let expected = try json(fixture("\(name)/expected.json"))
    let sources = try model.read((0..<2).map { expected["sources"]![$0]!.integers })
    let targets = (0..<2).map { expected["targets"]![$0]!.integers }
    let rows = try model.decoder.forward([(sources[0], targets[0]), (sources[1], targets[1])], everyRow: true).logits
    let split = targets[0].count * model.shape.vocabularySize
    #expect(distance(rows[..<split], expected["logits"]![0]!.numbers) < 2e-5)
    #expect(distance(rows[split...], expected["logits"]![1]!.numbers) < 2e-5)
  }

  @Test("Greedy outputs agree with transformers token for token", arguments: encoderDecoders)
  func greedy(name: String) throws {
    let model = try EncoderDecoder(path: fixture(name))
    let expected = try json(fixture("\(name)/expected.json"))
    for index in 0..<2 {
      let source = try model.read([expected["sources"]![index]!.integers])[0]
      #expect(try model.decoder.greedy([model.beginToken], 20, from: source) == expected["greedy"]![index]!.integers)
    }
  }

  @Test("The numbers of a row do not depend on the other hypotheses, of its own text or another", arguments: encoderDecoders)
  func independence(name: String) throws {
    let model = try EncoderDecoder(path: fixture(name))
    let sources = try model.read([[5, 6, 7, 1], Array(2...40), [9, 1]])
    let inputs = (0..<40).map { index -> (state: CacheState, tokens: [Int]) in
      let rest: [Int] = (0..<index % 5).map { ($0 * 11 + index) % 90 }
      return (sources[index / 14], [0] + rest)
    }
    let together = try model.decoder.forward(inputs).logits
    #expect(try inputs.flatMap { try model.decoder.forward([$0]).logits } == together)
  }

  @Test("A state without a text is not the decoder's, and a state with one is no other decoder's")
  func foreignStates() throws {
    let model = try EncoderDecoder(path: fixture("t5"))
    #expect(throws: InferenceError.otherModel) { try model.decoder.forward([(model.decoder.start, [0])]) }
    let decoder = try CausalTransformer(path: fixture("gpt2"))
    #expect(throws: InferenceError.otherModel) { try decoder.forward([(try model.read([[1]])[0], [0])]) }
  }
}
