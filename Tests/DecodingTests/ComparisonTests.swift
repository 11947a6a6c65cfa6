import LanguageModels
import Testing

@testable import Decoding

@Suite("Strategies are compared on the same prompts with the same seeds")
struct ComparisonTests {
  @Test("The table says what each strategy reached and what it cost")
  func table() async throws {
    let comparison = try await StrategyComparison(of: course, on: ["", "neural"], samples: 10, seed: 7) {
      Greedy(maximumNewTokens: 3)
      Sampling(maximumNewTokens: 3) { TopK(1) }
      BeamSearch(width: 3, maximumNewTokens: 3)
    } measuring: {
      MeanLogProbability()
      DistinctNGrams(2)
      MeanLength()
      ForwardCalls()
    }
    #expect(
      comparison.description.replacing("\u{A0}", with: " ") == """
        2 prompts, 10 samples where drawn, seed 7
        strategy              log p per token    distinct 2-grams  tokens ± 95 %  forward calls
                                       ± 95 %              ± 95 %
        ────────────────────  ─────────────────  ────────────────  ─────────────  ───────────────
        Greedy                 -0.671 ± 0.202       0.500 ± 0.000      3.0 ± 0.0              6 *
        Sampling { TopK(1) }   -0.671 ± 0.202       0.500 ± 0.000      3.0 ± 0.0             42
        BeamSearch, width 3    -0.486 ± 0.180 *     1.000 ± 0.000      3.0 ± 0.0             12
        * best of its column
        """)
  }

  @Test("A run holds the samples of the same request, and the result only where nothing is drawn")
  func runs() async throws {
    let sampling = Sampling(maximumNewTokens: 3) { TopP(0.9) }
    let comparison = try await StrategyComparison(of: course, on: ["", "neural"], samples: 5, seed: 7) {
      sampling
      BeamSearch(width: 2, maximumNewTokens: 3)
    } measuring: {
      ForwardCalls()
    }
    let alone = try await course.generate("neural", using: sampling, samples: 5, seed: 7)
    #expect(comparison.runs[0].continuations.map(\.tokens).suffix(5) == alone.continuations.map(\.tokens)[...])
    #expect(comparison.runs[1].continuations.count == 2)
  }

  @Test("The interval is Student's")
  func interval() {
    #expect(Statistics.estimate([]) == .undefined)
    #expect(Statistics.estimate([1]) == .number(1))
    #expect(Statistics.estimate([1, 3]) == .estimate(2, plusMinus: 12.706204736432095))
    for (freedom, quantile) in [(3, 3.18245), (4, 2.77645), (5, 2.57058), (10, 2.22814), (19, 2.09302), (100, 1.98397)] {
      #expect(abs(Statistics.studentQuantile(freedom: freedom) / quantile - 1) < 0.002, "\(freedom)")
    }
  }
}
