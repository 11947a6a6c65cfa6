import LanguageModels
import Testing

@testable import Decoding

@Suite("Adapters keep their laws, whatever the logits")
struct AdapterLawTests {
  private static let filters: [any Adapter] = [
    TopK(1), TopK(3), TopK(1_000), TopP(0.1), TopP(0.5), TopP(0.95), TopP(1), MinP(0), MinP(0.1), MinP(1), EpsilonCutoff(0.01),
    EtaCutoff(0.01), TopNSigma(1), TopNSigma(0.1), Mirostat(target: 2),
  ]

  private func apply(_ adapter: any Adapter, _ candidates: Candidates) -> Candidates {
    var result = candidates
    var adapter = adapter
    adapter.adapt(&result, at: Position(prompt: [], generated: []))
    return result
  }

  @Test("A filter keeps the most probable token, keeps the proportions, and changes nothing when applied to what top-k has left")
  func filters() {
    for seed in 0..<200 as Range<UInt64> {
      var generator = Generator(state: seed)
      let candidates = Candidates(randomLogits(Int.random(in: 1...300, using: &generator), &generator), row: 0)
      let best = candidates.tokens[candidates.indexOfBest!]
      for filter in Self.filters {
        let kept = apply(filter, candidates)
        #expect(kept.tokens.contains(best), "\(filter), seed \(seed)")
        #expect(kept.tokens == kept.tokens.sorted())
        #expect(kept.tokens.enumerated().allSatisfy { kept.scores[$0] == candidates.scores[$1] })
        #expect(abs(kept.probabilities.reduce(0, +) - 1) < 1e-9)
      }
    }
  }

  @Test("Top-k keeps exactly k, and they are the k highest")
  func topK() {
    for seed in 0..<300 as Range<UInt64> {
      var generator = Generator(state: seed)
      let candidates = Candidates(randomLogits(Int.random(in: 1...400, using: &generator), &generator), row: 0)
      let k = Int.random(in: 1...50, using: &generator)
      let kept = apply(TopK(k), candidates)
      #expect(kept.count == min(k, candidates.count))
      #expect(kept.scores.sorted() == candidates.scores.sorted().suffix(k))
    }
  }

  @Test("Top-p reaches the mass, and would not reach it without its least probable token")
  func topP() {
    for seed in 0..<300 as Range<UInt64> {
      var generator = Generator(state: seed)
      let candidates = Candidates(randomLogits(Int.random(in: 2...3_000, using: &generator), &generator), row: 0)
      let mass = Double.random(in: 0.01...0.99, using: &generator)
      let kept = apply(TopP(mass), candidates)
      let before = Dictionary(uniqueKeysWithValues: zip(candidates.tokens, candidates.probabilities))
      let probabilities = kept.tokens.map { before[$0]! }
      #expect(probabilities.reduce(0, +) >= mass - 2e-6)
      #expect(probabilities.reduce(0, +) - probabilities.min()! < mass)
      let least = probabilities.min()!
      #expect(candidates.tokens.filter { before[$0]! > least }.allSatisfy { kept.tokens.contains($0) })
    }
  }

  @Test("Temperature 1 changes nothing; the colder, the likelier the most probable token; near 0 it is certain")
  func temperature() {
    for seed in 0..<100 as Range<UInt64> {
      var generator = Generator(state: seed)
      let candidates = Candidates(randomLogits(50, &generator), row: 0)
      #expect(apply(Temperature(1), candidates).scores == candidates.scores)
      let best = candidates.indexOfBest!
      let chances = [5.0, 2, 1, 0.5, 0.1, 1e-6].map { apply(Temperature($0), candidates).probabilities[best] }
      #expect(chances == chances.sorted())
      #expect(chances.last! > 0.999)
    }
  }

  @Test("The highest of many are those of a full sort, ties by the lower index")
  func selection() {
    for seed in 0..<300 as Range<UInt64> {
      var generator = Generator(state: seed)
      let values = (0..<Int.random(in: 1...200, using: &generator)).map { _ in Float(Int.random(in: 0...30, using: &generator)) }
      let count = Int.random(in: 1...20, using: &generator)
      let expected = values.indices.sorted { values[$0] > values[$1] || (values[$0] == values[$1] && $0 < $1) }.prefix(count)
      #expect(values.withUnsafeBufferPointer { highest(count, of: $0) } == Array(expected))
    }
    #expect([Float.nan, 1, .nan, 2].withUnsafeBufferPointer { highest(3, of: $0) } == [3, 1])
  }

  @Test("A chain is printed in the order of its application")
  func printed() {
    let sampling = Sampling {
      Temperature(0.8)
      TopK(50)
      TopP(0.9)
    }
    #expect(sampling.description == "Sampling { Temperature(0.8); TopK(50); TopP(0.9) }")
    #expect(Sampling().description == "Sampling")
  }
}
