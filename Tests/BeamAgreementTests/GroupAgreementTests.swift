import Decoding
import Display
import Inference
import LanguageModels
import Testing

/// `make_groups.py` makes Fixtures/groups.json.
@Suite("Diverse beam search agrees with the last transformers that had it, token for token")
struct GroupAgreementTests {
  @Test("Groups, penalties, length penalties, stopping rules and end tokens: every text and every score")
  func groups() async throws {
    let network = try CausalTransformer(path: fixture("../../InferenceTests/Fixtures/gpt2"))
    let cases = try json(fixture("groups.json"))["cases"]?.arrayValue ?? []
    #expect(cases.count == 90)
    var agreeing = 0
    for (index, expected) in cases.enumerated() {
      var model = TransformerLanguageModel(network, vocabulary: Numbers(count: 101))
      model.endTokens = expected["eos"]?.integers ?? []
      let prompt = expected["prompt"]?.integers.map(String.init).joined(separator: " ") ?? ""
      let alpha = try #require(expected["alpha"]?.doubleValue)
      let search = try await model.generate(
        prompt,
        using: DiverseBeamSearch(
          width: try #require(expected["width"]?.intValue), groups: try #require(expected["groups"]?.intValue),
          penalty: try #require(expected["penalty"]?.doubleValue), maximumNewTokens: try #require(expected["new"]?.intValue),
          lengthPenalty: alpha == 0 ? .sum : .average(exponent: alpha),
          stopping: try #require(["first": .firstEnded, "heuristic": .heuristic, "never": .never][expected["stop"]?.stringValue ?? ""])))
      let texts = (expected["texts"]?.arrayValue ?? []).map(\.integers)
      guard search.continuations.map(\.tokens) == texts else { continue }
      agreeing += 1
      for (node, score) in zip(search.results, expected["scores"]?.numbers ?? []) {
        #expect(abs(search.nodes[node].score - score) < 2e-4 * max(1, abs(score)), "case \(index)")
      }
    }
    // In one, transformers 4 counts a group as done at the last step, before it takes the texts that the limit cuts; transformers 5 and
    // this search let both compete.
    #expect(agreeing == 89)
  }
}
