import Checkpoints
import Inference
import Testing

/// Files that make_gguf_fixtures.py made of the folders beside them: the numbers of transformers are the same.
@Suite("GGUF files of other architectures than Llama", .serialized)
struct GGUFModelTests {
  @Test("GPT-2 agrees with transformers in float64")
  func gpt2() throws {
    let model = try CausalTransformer(path: fixture("gpt2.gguf"))
    let expected = try json(fixture("gpt2/expected.json"))
    for index in 0..<3 {
      let rows = try model.forward([(model.start, expected["prompts"]![index]!.integers)], everyRow: true).logits
      let oracle = expected["logits"]![index]!.numbers
      #expect(distance(rows.suffix(oracle.count), oracle) < 2e-5)
    }
    #expect(model.beginToken == 0 && model.shape.contextLength == 128)
  }

  @Test("BERT agrees with transformers in float64, and has no heads")
  func bert() throws {
    let model = try BERT(path: fixture("bert.gguf"))
    let expected = try json(fixture("bert/expected.json"))
    let inputs = (0..<3).map { expected["inputs"]![$0]!.integers }
    let encoded = try model.encode(inputs, segments: (0..<3).map { expected["types"]![$0]!.integers })
    for index in 0..<3 { #expect(distance(encoded[index].values, expected["hidden"]![index]!.numbers) < 1e-5) }
    #expect(try model.maskedWordLogits([1, 2], at: [0]) == nil)
    #expect(try model.nextSentenceLogits([[1, 2]], segments: [[0, 1]]) == nil)
  }

  @Test("T5 1.1 gives the numbers that its folder gives")
  func t5() throws {
    let (model, folder) = (try EncoderDecoder(path: fixture("t5-v1_1.gguf")), try EncoderDecoder(path: fixture("t5-v1_1")))
    // The file does not say up to which distance positions have buckets of their own: texts so short that it does not matter.
    let texts = [[5, 1], [17, 1]]
    #expect(try model.encode(texts).map(\.values) == folder.encode(texts).map(\.values))
    let (source, twin) = (try model.read(texts), try folder.read(texts))
    let outputs = [[0, 8, 9], [0, 3]]
    let logits = try model.decoder.forward([(source[0], outputs[0]), (source[1], outputs[1])], everyRow: true).logits
    #expect(try folder.decoder.forward([(twin[0], outputs[0]), (twin[1], outputs[1])], everyRow: true).logits == logits)
    #expect(model.beginToken == folder.beginToken && model.decoder.endTokens == [1])
  }

  @Test("A file of another architecture, or without a setting, is refused by its own words")
  func refusals() throws {
    func sentence(_ body: () throws -> Void) -> String {
      do {
        try body()
        return "accepted"
      } catch { return "\(error)" }
    }
    let (gpt2, bert) = (fixture("gpt2.gguf"), fixture("bert.gguf"))
    #expect(
      sentence { _ = try CausalTransformer(path: bert) }
        == "\(bert): setting «general.architecture» is \"bert\"; allowed: \"gpt2\", \"llama\".")
    #expect(sentence { _ = try BERT(path: gpt2) } == "\(gpt2): setting «general.architecture» is \"gpt2\"; allowed: \"bert\".")
    #expect(sentence { _ = try EncoderDecoder(path: gpt2) } == "\(gpt2): setting «general.architecture» is \"gpt2\"; allowed: \"t5\".")
  }
}
