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

  @Test("A share has Wilson's interval for one text per prompt, Student's over the prompts for more")
  func shares() {
    guard case .interval(0.8, let low, let high) = Statistics.share((0..<10).map { [$0 < 8 ? 1 : 0] }) else {
      Issue.record("no interval")
      return
    }
    // As statsmodels has it: proportion_confint(8, 10, method="wilson").
    #expect(abs(low - 0.490162) < 1e-6 && abs(high - 0.943318) < 1e-6)
    #expect(Statistics.wilson(0, of: 5).low == 0 && Statistics.wilson(1, of: 5).high == 1)
    guard case .interval(0.5, let left, let right) = Statistics.share([[1, 0], [1, 1], [0, 0], [1, 0]]) else {
      Issue.record("no interval")
      return
    }
    guard case .estimate(0.5, let half) = Statistics.estimate([0.5, 1, 0, 0.5]) else { return }
    #expect(left == max(0, 0.5 - half) && right == min(1, 0.5 + half))
    #expect(Statistics.share([]) == .undefined)
  }

  @Test("With answers: accuracy, agreement, costs, a curve for each family, equal budgets and paired differences")
  func answers() async throws {
    // After «a» the answer is 1 with probability .6, after «b» with .8.
    let model = try TableModel([
      "": ["a": 0.5, "b": 0.5], "a": ["1": 0.6, "2": 0.4], "b": ["1": 0.8, "2": 0.2], "1": ["1": 1], "2": ["1": 1],
    ])
    let draw = Sampling(maximumNewTokens: 1)
    let comparison = try await StrategyComparison(of: model, on: ["a": "1", "b": "1"], samples: 200, seed: 3) {
      Greedy(maximumNewTokens: 1)
      for count in [1, 3, 9] { draw.majority(of: count, answer: .integer) }
      BeamSearch(width: 2, maximumNewTokens: 1)
    } measuring: {
      Accuracy(.integer)
      MajorityAgreement(.integer)
      ForwardCalls()
      TokensRead()
      TokensWritten()
      VerifierCalls()
      Operations()
    }
    #expect(comparison.isComplete)
    // The law of the majority, for each prompt.
    for (run, count) in zip(comparison.runs[1...3], [1, 3, 9]) {
      for (accuracy, p) in zip(Accuracy(.integer).values(for: run), [0.6, 0.8]) {
        let law = AnswerLaw([("1", p), ("2", 1 - p)], withoutAnswer: 0).majority(of: count).probability(of: "1")
        #expect(abs(accuracy! - law) < 4 * (law * (1 - law) / 200).squareRoot(), "\(count), \(p)")
      }
    }
    #expect(Accuracy(.integer).value(for: comparison.runs[0]) == .interval(1, low: Statistics.wilson(1, of: 2).low, high: 1))
    #expect(MajorityAgreement(.integer).values(for: comparison.runs[1]) == [1, 1])
    #expect(comparison.runs[1].costPerText { Double($0.tokensWritten) } == 1)
    #expect(comparison.runs[3].costPerText { Double($0.tokensWritten) } == 9)
    let plot = comparison.plot(Accuracy(.integer), against: TokensWritten())
    #expect(plot.series.map(\.title) == ["Greedy", "Sampling.majority(of: N, answer: .integer)", "BeamSearch, width 2"])
    #expect(plot.series[1].points.map(\.x) == [1, 3, 9] && plot.series[1].isLine && !plot.series[0].isLine)
    let equal = comparison.table(atBudget: .tokens(6))
    #expect(equal.rows.map { $0[0] } == ["Greedy", "Sampling.majority(of: 3, answer: .integer)", "BeamSearch, width 2"])
    let differences = comparison.differences(in: Accuracy(.integer))
    #expect(differences.rows.count == 4 && differences.rows[3] == ["BeamSearch, width 2", .estimate(0, plusMinus: 0), 0, 0, 2])
    #expect(differences.rows[0][3] == 2, "greedy is always right here, a draw is not")
    #expect(
      comparison.table(atBudget: .tokens(1)).caption == "at most 1 tokens read and written per text; 3 strategies cost more at its smallest"
    )
  }

  @Test("An interrupt leaves finished rows; the table says what is missing")
  func interrupt() async throws {
    /// Cancels its own task after some prompts, as an interrupt does.
    struct Interrupted: DeterministicStrategy {
      func generate(_ request: GenerationRequest) async throws -> Generation {
        if request.prompt.count == 2 { withUnsafeCurrentTask { $0?.cancel() } }
        return try await Greedy(maximumNewTokens: 3).generate(request)
      }
      var description: String { "Interrupted" }
    }
    let comparison = try await StrategyComparison(of: course, on: ["", "neural", "neural network"], seed: 7) {
      Greedy(maximumNewTokens: 3)
      Interrupted()
      BeamSearch(width: 3, maximumNewTokens: 3)
    } measuring: {
      ForwardCalls()
    }
    #expect(!comparison.isComplete && comparison.missing == ["BeamSearch, width 3"])
    #expect(
      comparison.description == """
        3 prompts, 1 samples where drawn, seed 7; interrupted: 2 of 3 strategies are not finished
        strategy                       forward calls
        ─────────────────────────────  ───────────────
        Greedy                                     9
        Interrupted (2 of 3 prompts)               6 *
        BeamSearch, width 3 (not run)              –
        * best of its column
        """)
    #expect(comparison.plot(MeanLogProbability(), against: ForwardCalls()).series.map(\.title) == ["Greedy"])
  }

  @Test("Problems have tests of their own, some of which a strategy may look at")
  func tests() async throws {
    let problem = Problem("network", tests: Accepts { $0.hasSuffix("neural") }, examples: Accepts { $0.hasPrefix("neural") })
    let comparison = try await StrategyComparison(of: course, on: [problem], samples: 50, seed: 1) {
      Sampling(maximumNewTokens: 2)
      Sampling(maximumNewTokens: 2).best(of: 4, by: ProblemExamples())
      Sampling(maximumNewTokens: 2).untilAccepted(by: Check("never") { _ in false }, budget: 2)
    } measuring: {
      TestsPassed()
      VerifierCalls()
    }
    let passed = comparison.runs.map { TestsPassed().values(for: $0)[0]! }
    let share = Double(comparison.runs[0].continuations.count { $0.text.hasSuffix("neural") }) / 50
    #expect(passed[0] == share)
    #expect(comparison.runs[1].textsByPrompt[0].count { $0!.text.hasPrefix("neural") } > 45)
    #expect(passed[2] == 0 && comparison.runs[2].continuations.isEmpty && comparison.runs[2].textsByPrompt[0].count == 50)
    #expect(comparison.runs[0].ledger.verifierCalls == 0, "what a measure asks is not the strategy's cost")
    #expect(
      TestsPassed().refusal(for: [Problem("x")]) == "TestsPassed(): the problem «x» has no tests: give Problem(…, tests: TestCases(…)).")
    #expect(
      Accuracy(.integer).refusal(for: [problem])
        == "Accuracy(.integer): the prompt «network» has no answer: give on: [\"prompt\": \"answer\"].")
  }

  @Test("Strategies on a server are compared as well")
  func server() async throws {
    let parrot = Parrot { _, number in "the answer is \([4, 5, 5, 7, 5][number % 5])" }
    let comparison = try await StrategyComparison(of: parrot, on: ["2 + 3": "5"], samples: 5, seed: 1) {
      TextSampling()
      TextSampling().majority(of: 5, answer: .integer)
    } measuring: {
      Accuracy(.integer)
      MajorityAgreement(.integer)
      DifferentTexts()
    }
    #expect(comparison.runs.map { Accuracy(.integer).values(for: $0)[0] } == [0.6, 1])
    #expect(comparison.runs.map { MajorityAgreement(.integer).values(for: $0)[0] } == [0.6, 0.6])
    #expect(comparison.runs.map { DifferentTexts().values(for: $0)[0] } == [3, 1])
  }
}
