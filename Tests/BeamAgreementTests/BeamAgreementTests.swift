import Checkpoints
import Decoding
import Display
import Inference
import LanguageModels
import Testing

/// `make_fixtures.py` makes Fixtures/beams.json.
@Suite("Beam search agrees with transformers, token for token")
struct BeamAgreementTests {
  private static let file = try! json(fixture("beams.json"))
  private static let gpt2 = try! CausalTransformer(path: fixture("../../InferenceTests/Fixtures/gpt2"))
  private static let t5 = try! EncoderDecoder(path: fixture("../../InferenceTests/Fixtures/t5"))

  @Test("Widths, length penalties, stopping rules, end tokens, n-best: every text and every score")
  func plain() async throws { try await check { $0.processors.isEmpty } }

  @Test("Minimum length, repetition penalty, no repeated n-grams, forced and suppressed tokens")
  func processors() async throws { try await check { !$0.processors.isEmpty } }

  private func check(where isWanted: (Case) -> Bool) async throws {
    var compared = 0
    for (index, json) in (Self.file["cases"]?.arrayValue ?? []).enumerated() {
      let expected = try Case(json)
      guard isWanted(expected) else { continue }
      let search = try await model(for: expected).generate(prompt(of: expected), using: strategy(of: expected))
      #expect(search.continuations.map(\.tokens) == expected.texts, "case \(index): \(expected)")
      if expected.width > 1, search.continuations.map(\.tokens) == expected.texts {
        let scores = search.results.map { search.nodes[$0].score }
        for (score, other) in zip(scores, expected.scores) {
          #expect(abs(score - other) < 2e-4 * max(1, abs(other)), "case \(index): \(expected)")
        }
      }
      compared += 1
    }
    #expect(compared > 50)
  }

  private func model(for expected: Case) throws -> any LanguageModel {
    var model =
      expected.model == "gpt2"
      ? TransformerLanguageModel(Self.gpt2, vocabulary: Numbers(count: 101))
      : try TransformerLanguageModel(Self.t5, reading: expected.prompt, vocabulary: Numbers(count: 90))
    model.endTokens = expected.ends
    return model
  }

  private func prompt(of expected: Case) -> String {
    expected.model == "gpt2" ? expected.prompt.map(String.init).joined(separator: " ") : ""
  }

  private func strategy(of expected: Case) -> BeamSearch {
    BeamSearch.transformers(
      width: expected.width, maximumNewTokens: expected.new, lengthPenalty: expected.alpha, stopping: expected.stopping,
      texts: expected.texts.count
    ) {
      for adapter in expected.adapters { adapter }
    }
  }
}

/// One search of transformers.
private struct Case: CustomStringConvertible {
  let description: String
  let model: String
  let prompt: [Int], ends: [Int]
  let width: Int, new: Int
  let alpha: Double
  let stopping: StoppingRule
  let texts: [[Int]]
  let scores: [Double]
  let processors: JSON.Object

  init(_ json: JSON) throws {
    description = "\(json)"
    model = try #require(json["model"]?.stringValue)
    prompt = json["prompt"]?.integers ?? []
    ends = json["eos"]?.integers ?? []
    width = try #require(json["width"]?.intValue)
    new = try #require(json["new"]?.intValue)
    alpha = try #require(json["alpha"]?.doubleValue)
    stopping = try #require(["first": .firstEnded, "heuristic": .heuristic, "never": .never][json["stop"]?.stringValue ?? ""])
    texts = (json["texts"]?.arrayValue ?? []).map(\.integers)
    scores = json["scores"]?.numbers ?? []
    var object = try #require(json.objectValue)
    for key in ["model", "prompt", "eos", "width", "new", "alpha", "stop", "texts", "scores"] { object[key] = nil }
    processors = object
  }

  /// In the order of transformers.
  var adapters: [any Adapter] {
    var adapters: [any Adapter] = []
    if let factor = processors["repetition_penalty"]?.doubleValue { adapters.append(RepetitionPenalty(factor)) }
    if let length = processors["no_repeat_ngram_size"]?.intValue { adapters.append(NoRepeatNGram(length)) }
    if let length = processors["min_new_tokens"]?.intValue { adapters.append(MinimumLength(length, before: ends)) }
    if let token = processors["forced_bos_token_id"]?.intValue { adapters.append(ForcedToken(token, at: 1)) }
    if let token = processors["forced_eos_token_id"]?.intValue { adapters.append(ForcedToken(token, at: new)) }
    if let tokens = processors["suppress"]?.integers {
      adapters.append(LogitBias(Dictionary(uniqueKeysWithValues: tokens.map { ($0, -.infinity) })))
    }
    return adapters
  }
}
