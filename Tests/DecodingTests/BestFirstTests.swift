import Display
import Grammars
import LanguageModels
import Testing

@testable import Decoding

@Suite("Best-first search, certificates of adapted searches, alternatives and strips")
struct BestFirstTests {
  @Test("With enough budget best-first search finds the optimum of an exhaustive search and proves it")
  func optimum() async throws {
    for seed in 0..<60 as Range<UInt64> {
      let penalty = [LengthPenalty.sum, .average(exponent: 0.75), .average(exponent: -0.5), .gnmt(exponent: 1)][Int(seed % 4)]
      let model = randomTable(words: 3, depth: 3, seed: seed, end: seed % 2 == 0)
      let all = try await model.generate(using: Exhaustive(maximumNewTokens: 4, lengthPenalty: penalty))
      let search = try await model.generate(
        using: BestFirstSearch(maximumNewTokens: 4, budget: .forwardCalls(500), lengthPenalty: penalty))
      #expect(search.score == all.score && search.bound == all.score, "seed \(seed)")
      #expect(search.ledger.forwardCalls <= 1 + 3 + 9 + 27 + 4)
      #expect(search.tokens(to: search.results[0]) == search.best.tokens)
    }
  }

  @Test("When the budget ends first, the result is a text and the bound is above the optimum")
  func budget() async throws {
    for seed in 0..<20 as Range<UInt64> {
      let model = randomTable(words: 4, depth: 4, seed: seed)
      let all = try await model.generate(using: Exhaustive(maximumNewTokens: 5))
      let search = try await model.generate(using: BestFirstSearch(maximumNewTokens: 5, budget: .forwardCalls(8)))
      #expect(search.ledger.forwardCalls <= 8)
      #expect(search.best.tokens.count == 5)
      #expect(search.bound! >= all.score && search.score <= all.score)
    }
  }

  @Test("A certificate of a search with adapters is about the adapted scores; one with a checker about what it allows")
  func adapted() async throws {
    for seed in 0..<30 as Range<UInt64> {
      let model = randomTable(words: 3, depth: 3, seed: seed)
      let law = try await model.law(
        of: Sampling(maximumNewTokens: 4) {
          Temperature(0.5); TopK(2)
        })
      let beam = try await model.generate(
        using: BeamSearch(width: 1, maximumNewTokens: 4) {
          Temperature(0.5); TopK(2)
        })
      let certificate = try await beam.certificate(budget: .forwardCalls(2_000))
      #expect(certificate.isProven && close([certificate.bound], [law.entries[0].adaptedLogProbability], within: 1e-5), "seed \(seed)")
      let smallest = try #require(certificate.smallestWidth)
      #expect((smallest == 1) == (beam.score >= certificate.bound))
    }
    let checked = try await course.generate(
      using: BeamSearch(width: 1, maximumNewTokens: 3).checked(by: Choices("network neural neural", "neural network network")))
    let certificate = try await checked.certificate(budget: .forwardCalls(200))
    #expect(certificate.isOptimal == (checked.text == "neural network network"))
    #expect(certificate.bestKnown.text == "neural network network")
  }

  @Test("Searches whose scores have no bound refuse a certificate with a sentence")
  func refusal() async throws {
    let guided = try await course.generate(
      using: BeamSearch(width: 2, maximumNewTokens: 2).guided(by: ValueFunction("none") { _ in 0 }))
    await #expect(throws: DecodingError.self) { try await guided.certificate(budget: .forwardCalls(10)) }
    do {
      _ = try await guided.certificate(budget: .forwardCalls(10))
    } catch {
      #expect(
        "\(error)"
          == "BeamSearch, width 2, guided by 1.0 · «none» has no certificate: it ranks by more than log-probabilities, of which a beginning's sum is no bound."
      )
    }
  }

  @Test("Alternatives by hand: tokens, ranks, entropies; the log-probabilities are those of the text")
  func alternatives() async throws {
    let search = try await course.generate(using: BeamSearch(width: 2, maximumNewTokens: 3))
    let alternatives = try await course.alternatives(to: search.best)
    #expect(
      alternatives.description == """
        place  token        p  rank  entropy  instead
        ─────  ───────  ─────  ────  ───────  ─────────────
            1  neural   0.550     1    0.688  network 0.450
            2  network  0.490     2    0.693  neural 0.510
            3  neural   0.550     1    0.688  network 0.450
        """)
    #expect(alternatives.places.map { $0.first(where: \.isChosen)!.logProbability } == search.best.logProbabilities)
    let narrow = try await course.alternatives(to: search.best, count: 1)
    #expect(narrow.places[1].map(\.label) == ["neural", "network"] && narrow.places[1][1].rank == 2)
    let long = randomTable(words: 5, depth: 2, seed: 1)
    let text = try await long.generate(using: Greedy(maximumNewTokens: 80)).best
    let all = try await long.alternatives(to: text, count: 2)
    #expect(all.places.map { $0[0].logProbability } == text.logProbabilities)
  }

  @Test("A strip shows every token with its probability, as text with bars and as HTML with colours")
  func strip() async throws {
    let strip = try await course.generate(using: BeamSearch(width: 2, maximumNewTokens: 3)).best.strip
    #expect(
      strip.description == """
        neural▅ network▄ neural▅
        p of each token by the model: ▁ below 1/8 … █ from 7/8
        """)
    #expect(strip.html.contains(#"<span title="network: p = 0.4900" style="background:#f3f4f6;"#))
    let drawn = try await course.generate(using: Sampling(maximumNewTokens: 2) { TopK(1) }, seed: 1).best
    #expect(drawn.adaptedStrip?.probabilities == [1, 1])
  }
}
