import LanguageModels
import Testing

@testable import Decoding

@Suite("Speculative decoding")
struct SpeculativeTests {
  @Test("Greedy with any draft writes the greedy text, token for token, with the same scores")
  func greedy() async throws {
    for seed in 0..<40 as Range<UInt64> {
      let model = randomTable(words: 5, depth: 3, seed: seed, end: seed % 2 == 0)
      let other = randomTable(words: 5, depth: 2, seed: seed + 1000)
      let plain = try await model.generate("a b a", using: Greedy(maximumNewTokens: 9))
      for draft in [Draft.lookup(longest: 2), .lookup(longest: 1), .model(model), .model(other)] {
        for tokens in [1, 3, 8] {
          let fast = try await model.generate("a b a", using: Greedy(maximumNewTokens: 9).drafted(by: draft, tokens: tokens))
          #expect(fast.best.tokens == plain.best.tokens, "seed \(seed), \(draft)")
          #expect(fast.best.logProbabilities == plain.best.logProbabilities)
          #expect(fast.accepted <= fast.drafted)
          #expect(fast.targetLedger.forwardCalls <= plain.ledger.forwardCalls + 1)
        }
      }
    }
  }

  @Test("A draft that is the model itself is always right: as many tokens a call as can be")
  func perfect() async throws {
    let model = randomTable(words: 5, depth: 3, seed: 1)
    let fast = try await model.generate(using: Greedy(maximumNewTokens: 21).drafted(by: .model(model), tokens: 4))
    #expect(fast.acceptanceRate == 1)
    // The prompt gives one token, each of four calls five.
    #expect(fast.targetLedger.forwardCalls == 1 + 4)
    #expect(fast.tokensPerTargetCall == 21.0 / 5)
    let drawn = try await model.generate(using: Sampling(maximumNewTokens: 21).drafted(by: .model(model), tokens: 4), samples: 3, seed: 2)
    #expect(drawn.acceptanceRate == 1)
  }

  @Test("By hand: accept with min(1, p/q), else draw from max(p − q, 0)")
  func byHand() {
    let (p, q) = ([0.5, 0.3, 0.2], [0.2, 0.6, 0.2])
    #expect(close((0..<3).map { Acceptance.probability(of: $0, target: p, draft: .probabilities(q)) }, [1, 0.5, 1]))
    #expect(close(Acceptance.residual(target: p, draft: .probabilities(q)), [1, 0, 0]))
    #expect(close(Acceptance.residual(target: p, draft: .certain(1)), [0.5 / 0.7, 0, 0.2 / 0.7]))
    #expect(Draft.lookUp(in: [1, 2, 3, 9, 1, 2], longest: 3, count: 2) == [3, 9])
    #expect(Draft.lookUp(in: [1, 2, 3, 1, 2, 4, 2], longest: 3, count: 5) == [4, 2])
    #expect(Draft.lookUp(in: [1, 2, 3], longest: 3, count: 2) == [])
    #expect(Draft.lookUp(in: [], longest: 3, count: 2) == [])
  }

  @Test("Enumerated over all drafts, acceptances and residuals, the law of a token is the target's, exactly")
  func exactLaw() {
    var generator = Generator(state: 3)
    for _ in 0..<200 {
      func law() -> [Double] {
        let weights = (0..<6).map { _ in max(0, Double.random(in: -0.3...1, using: &generator)) }
        return weights.map { $0 / weights.reduce(0, +) }
      }
      let (p, q) = (law(), law())
      var out = [Double](repeating: 0, count: 6)
      for drafted in q.indices where q[drafted] > 0 {
        let taken = Acceptance.probability(of: drafted, target: p, draft: .probabilities(q))
        out[drafted] += q[drafted] * taken
        for (token, share) in Acceptance.residual(target: p, draft: .probabilities(q)).enumerated() {
          out[token] += q[drafted] * (1 - taken) * share
        }
      }
      #expect(close(out, p, within: 1e-12))
      let certain = Int.random(in: 0..<6, using: &generator)
      let residual = Acceptance.residual(target: p, draft: .certain(certain))
      let looked = residual.indices.map { ($0 == certain ? p[certain] : 0) + (1 - p[certain]) * residual[$0] }
      #expect(close(looked, p, within: 1e-12))
    }
  }

  @Test("Texts that are drawn with a draft have the law of texts that are drawn without one", arguments: 0..<4)
  func law(kind: Int) async throws {
    let model = randomTable(words: 3, depth: 3, seed: 8, end: true)
    let other = randomTable(words: 3, depth: 2, seed: 9, end: true)
    let adapters: [any Adapter] = kind < 2 ? [] : [Temperature(0.7), TopK(2)]
    let draft = kind % 2 == 0 ? Draft.model(other) : .lookup(longest: 2)
    let sampling = Sampling(maximumNewTokens: 4) { for adapter in adapters { adapter } }
    let law = try await model.law(of: sampling, after: "a b a")
    let count = 8_000
    let drawn = try await model.generate("a b a", using: sampling.drafted(by: draft, tokens: 2), samples: count, seed: 12)
    var counts: [[Int]: Int] = [:]
    for continuation in drawn.continuations { counts[continuation.tokens, default: 0] += 1 }
    #expect(counts.keys.allSatisfy { tokens in law.entries.contains { $0.tokens == tokens } })
    var statistic = 0.0
    var cells = 0
    var (rest, restCount) = (0.0, 0)
    for entry in law.entries {
      let expected = exp(entry.adaptedLogProbability) * Double(count)
      if expected < 5 {
        rest += expected
        restCount += counts[entry.tokens] ?? 0
      } else {
        let difference = Double(counts[entry.tokens] ?? 0) - expected
        statistic += difference * difference / expected
        cells += 1
      }
    }
    if rest > 0 { statistic += (Double(restCount) - rest) * (Double(restCount) - rest) / max(rest, 1) }
    #expect(cells > 4)
    #expect(statistic < Double(cells) + 5 * (2 * Double(cells)).squareRoot(), "\(statistic) over \(cells) cells")
    #expect(drawn.accepted > 0 && drawn.accepted < drawn.drafted)
    let adapted = try #require(drawn.continuations[0].adaptedLogProbabilities).reduce(0, +)
    let entry = try #require(law.entries.first { $0.tokens == drawn.continuations[0].tokens })
    #expect(close([adapted], [entry.adaptedLogProbability]))
  }

  @Test("The same seed gives the same texts; the first of five samples are those of two")
  func determinism() async throws {
    let model = randomTable(words: 5, depth: 3, seed: 8)
    let strategy = Sampling(maximumNewTokens: 8) { TopP(0.9) }.drafted(by: .model(randomTable(words: 5, depth: 1, seed: 3)), tokens: 3)
    let five = try await model.generate(using: strategy, samples: 5, seed: 1)
    let two = try await model.generate(using: strategy, samples: 2, seed: 1)
    #expect(Array(five.continuations.map(\.tokens).prefix(2)) == two.continuations.map(\.tokens))
  }

  @Test("A draft with another vocabulary is refused with both sizes")
  func vocabularies() async {
    await #expect(throws: DecodingError.draftVocabulary(5, draft: 4)) {
      try await randomTable(words: 5, depth: 1, seed: 1).generate(
        using: Greedy().drafted(by: .model(randomTable(words: 4, depth: 1, seed: 1))))
    }
  }
}
