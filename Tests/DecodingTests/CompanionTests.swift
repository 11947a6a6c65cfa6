import Glibc
import LanguageModels
import Testing

@testable import Decoding

@Suite("Adapters that compare models")
struct CompanionTests {
  private let expert = try! TableModel(["": ["a": 0.1, "b": 0.2, "c": 0.3, "d": 0.4]])
  private let amateur = try! TableModel(["": ["a": 0.4, "b": 0.3, "c": 0.2, "d": 0.1]])
  private let flat = try! TableModel(["": ["a": 0.25, "b": 0.25, "c": 0.25, "d": 0.25]])

  private func adapted(_ model: TableModel, @AdapterBuilder _ adapters: () -> [any Adapter]) async throws -> [Double] {
    try await model.distribution(after: "", adapters).probabilities
  }

  @Test("Contrastive decoding: plausible tokens by the ratio of the two probabilities")
  func contrastive() async throws {
    // .1, .2, .3, .4 over .4, .3, .2, .1: 1/4, 2/3, 3/2, 4; with α = .6 only the last two are plausible.
    #expect(try await close(adapted(expert) { Contrastive(amateur, plausibility: 0.6) }, [0, 0, 1.5 / 5.5, 4 / 5.5]))
    let sum = 0.25 + 2.0 / 3 + 1.5 + 4
    #expect(try await close(adapted(expert) { Contrastive(amateur, plausibility: 0.01) }, [0.25 / sum, 2 / 3 / sum, 1.5 / sum, 4 / sum]))
    // An amateur at temperature 1/2 counts twice: p / p′².
    let squares = [0.1 / 0.16, 0.2 / 0.09, 0.3 / 0.04, 0.4 / 0.01]
    let total = squares.reduce(0, +)
    #expect(try await close(adapted(expert) { Contrastive(amateur, plausibility: 0.01, temperature: 0.5) }, squares.map { $0 / total }))
    #expect(try await close(adapted(expert) { Contrastive(expert, plausibility: 0.01) }, [0.25, 0.25, 0.25, 0.25]))
  }

  @Test("Experts: p · (p₊ / p₋)^α")
  func experts() async throws {
    let weights = [0.25 * 0.0625, 0.25 * 4.0 / 9, 0.25 * 2.25, 0.25 * 16]
    let sum = weights.reduce(0, +)
    #expect(try await close(adapted(flat) { Experts(towards: expert, awayFrom: amateur, strength: 2) }, weights.map { $0 / sum }))
    #expect(try await close(adapted(expert) { Experts(towards: flat, awayFrom: amateur, strength: 0) }, [0.1, 0.2, 0.3, 0.4]))
  }

  @Test("Guidance: log p₀ + γ (log p − log p₀)")
  func guidance() async throws {
    let model = try TableModel([
      "": ["a": 0.5, "b": 0.5], "a": ["a": 0.8, "b": 0.2], "b a": ["a": 0.6, "b": 0.4], "b": ["a": 0.5, "b": 0.5],
    ])
    let after = try await model.distribution(after: "b a") { Guidance(2, awayFrom: "a") }.probabilities
    let weights = [0.6 * 0.6 / 0.8, 0.4 * 0.4 / 0.2]
    #expect(close(after, weights.map { $0 / (weights[0] + weights[1]) }))
    // Without a prompt to move away from it is the last token alone, here «a» as well.
    let alone = try await model.distribution(after: "b a") { Guidance(2) }.probabilities
    #expect(close(after, alone))
    let same = try await model.distribution(after: "b a") { Guidance(1) }.probabilities
    #expect(close(same, [0.6, 0.4]))
    let other = try await model.distribution(after: "b a") { Guidance(0, awayFrom: "a") }.probabilities
    #expect(close(other, [0.8, 0.2]))
  }

  @Test("A base that equals the untuned model has, tuned by proxy, the law of the tuned one, over whole texts")
  func proxy() async throws {
    for seed in 0..<10 as Range<UInt64> {
      let base = randomTable(words: 3, depth: 2, seed: seed, end: true)
      let tuned = randomTable(words: 3, depth: 2, seed: seed + 100, end: true)
      let law = try await base.law(of: Sampling(maximumNewTokens: 3) { ProxyTuning(tuned: tuned, untuned: base) })
      let expected = try await tuned.law(of: Sampling(maximumNewTokens: 3))
      #expect(law.entries.count == expected.entries.count)
      for entry in expected.entries {
        let found = try #require(law.entries.first { $0.tokens == entry.tokens })
        #expect(abs(found.adaptedLogProbability - entry.adaptedLogProbability) < 1e-5)
        // The model's own score stays that of the base.
        let own = try await base.logProbabilities(of: entry.tokens).reduce(0, +)
        #expect(abs(found.logProbability - own) < 1e-12)
      }
    }
  }

  @Test("Samples come from the law, whatever their number; companions' calls are in the ledger")
  func samples() async throws {
    let base = randomTable(words: 3, depth: 2, seed: 1)
    let other = randomTable(words: 3, depth: 2, seed: 2)
    let strategy = Sampling(maximumNewTokens: 3) {
      Temperature(0.8)
      Experts(towards: other, awayFrom: base, strength: 0.5)
      Contrastive(other, plausibility: 0.05)
    }
    let few = try await base.generate(using: strategy, samples: 3, seed: 5)
    let many = try await base.generate(using: strategy, samples: 40, seed: 5)
    #expect(few.continuations.map(\.tokens) == many.continuations.prefix(3).map(\.tokens))
    // The model and three companions: one prompt each, then two steps of three texts.
    #expect(few.ledger.forwardCalls == 4 * (1 + 3 * 2))
    #expect(few.ledger.batches == 4 * 3)
    let law = try await base.law(of: strategy)
    for sample in many.continuations {
      let entry = try #require(law.entries.first { $0.tokens == sample.tokens })
      let drawn = try #require(sample.adaptedLogProbabilities).reduce(0, +)
      #expect(abs(drawn - entry.adaptedLogProbability) < 1e-12)
    }
  }

  @Test("A token that the other model rules out is a finite one")
  func ruledOut() async throws {
    let none = try TableModel(["": ["a": 0, "b": 0, "c": 0.5, "d": 0.5]])
    let result = try await adapted(expert) { Contrastive(none, plausibility: 0.1) }
    #expect(result.allSatisfy { $0.isFinite })
    #expect(abs(result[0] + result[1] - 1) < 1e-12)
  }

  @Test("Another vocabulary is refused with what differs; one distribution alone cannot be compared")
  func refusals() async throws {
    let small = try TableModel(["": ["a": 0.5, "b": 0.5]])
    let renamed = try TableModel(["": ["a": 0.25, "x": 0.25, "c": 0.25, "d": 0.25]])
    func sentence(_ other: TableModel) async -> String {
      do {
        _ = try await adapted(expert) { Contrastive(other) }
        return ""
      } catch { return "\(error)" }
    }
    #expect(
      await sentence(small)
        == "Contrastive(plausibility: 0.1) needs another model with the same vocabulary as the model: it has 2 tokens, the model 4.")
    #expect(
      await sentence(renamed).hasPrefix("Contrastive(plausibility: 0.1) needs another model with the same vocabulary as the model: token "))
    #expect(throws: DecodingError.needsModels(adapter: "Guidance(2.0)")) { try Distribution([0.5, 0.5]).adapted { Guidance(2) } }
  }
}
