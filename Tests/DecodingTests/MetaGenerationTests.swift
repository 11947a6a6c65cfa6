import LanguageModels
import Testing

@testable import Decoding

/// A verifier for tests: what it accepts, and how often it was asked about which text.
struct Accepts: Verifier {
  let isAccepted: @Sendable (String) -> Bool
  func judge(_ texts: [String], for problem: Problem?) -> [Judgement] {
    texts.map { isAccepted($0) ? Judgement(isAccepted: true) : Judgement(isAccepted: false, feedback: "not \($0)") }
  }
}

private let ancestral = Sampling(maximumNewTokens: 3)

/// Every list of `count` texts that a law can draw, with its probability.
private func draws(of law: Law, count: Int) -> [(texts: [DrawnText], probability: Double)] {
  (0..<count).reduce([([], 1.0)]) { lists, _ in
    lists.flatMap { list in
      law.entries.map { entry in
        let text = DrawnText(text: entry.text, logProbability: entry.logProbability, tokenCount: entry.tokens.count)
        return (list.0 + [text], list.1 * exp(entry.adaptedLogProbability))
      }
    }
  }.map { (texts: $0.0, probability: $0.1) }
}

@Suite("Meta-generation: combinations of strategies")
struct MetaGenerationTests {
  @Test("Best of four by log-probability: every text with its score, and why one of them won")
  func example() async throws {
    let outcome = try await course.generate(using: ancestral.best(of: 4, by: \.logProbability), seed: 1)
    let drawn = try await course.generate(using: ancestral, samples: 4, seed: 1)
    #expect(outcome.selections[0].entries.map(\.candidate.text) == drawn.continuations.map(\.text))
    #expect(outcome.best.logProbability == drawn.continuations.map(\.logProbability).max())
    #expect(outcome.text == outcome.best.text)
    #expect(outcome.ledger == drawn.ledger)
    #expect(
      outcome.description == """
        Sampling.best(of: 4, by: \\.logProbability), seed 1: the first of 2 with the highest score of 4. 9 forward calls in 3 batches, 8 tokens read, 12 written
           candidate  text                       score    log p
        ─  ─────────  ───────────────────────  ───────  ───────
                   1  neural neural neural     -1.9643  -1.9643
        ★          2  network neural network   -1.5017  -1.5017
                   3  network neural network   -1.5017  -1.5017
                   4  network network network  -2.5133  -2.5133
        """)
  }

  @Test("Best of N has the law F(y)^N − F(y⁻)^N, ties shared: the choice among every list of draws adds up to it", arguments: [1, 2, 3])
  func bestOfLaw(count: Int) async throws {
    let law = try await course.law(of: ancestral)
    // By log-probability two of the eight texts tie; by the number of «neural» nearly all do.
    let scores: [@Sendable (String, Double) -> Double] = [
      { _, logProbability in logProbability }, { text, _ in Double(text.split(separator: " ").count { $0 == "neural" }) },
    ]
    for score in scores {
      let closed = law.best(of: count) { score($0.text, $0.logProbability) }
      var counted: [String: Double] = [:]
      for (texts, probability) in draws(of: law, count: count) {
        let entries = texts.map { Selection.Entry(candidate: $0, score: score($0.text, $0.logProbability!)) }
        counted[BestOf<Sampling>.selection(entries).winner!.candidate.text, default: 0] += probability
      }
      for entry in law.entries { #expect(abs(counted[entry.text, default: 0] - closed.probability(of: entry.text)) < 1e-12) }
      #expect(abs(closed.entries.reduce(0) { $0 + exp($1.adaptedLogProbability) } - 1) < 1e-12)
    }
  }

  @Test("Draws of best of N come close to its law")
  func bestOfFrequencies() async throws {
    let law = try await course.law(of: ancestral).best(of: 4)
    let outcome = try await course.generate(using: ancestral.best(of: 4, by: \.logProbability), samples: 5_000, seed: 3)
    for entry in law.entries {
      let p = exp(entry.adaptedLogProbability)
      let share = Double(outcome.continuations.count { $0.tokens == entry.tokens }) / 5_000
      #expect(abs(share - p) < 4 * (p * (1 - p) / 5_000).squareRoot() + 1e-3, "\(entry.text): \(share), law \(p)")
    }
  }

  @Test("The first N of best of 2N are best of N, and other samples change nothing")
  func prefix() async throws {
    let model = randomTable(words: 4, depth: 2, seed: 5, end: true)
    for seed in 0..<20 as Range<UInt64> {
      let large = try await model.generate(using: Sampling(maximumNewTokens: 5).best(of: 16, by: \.logProbability), seed: seed)
      let small = try await model.generate(using: Sampling(maximumNewTokens: 5).best(of: 8, by: \.logProbability), seed: seed)
      let entries = Array(large.selections[0].entries.prefix(8))
      #expect(entries.map(\.candidate.text) == small.selections[0].entries.map(\.candidate.text))
      #expect(BestOf<Sampling>.selection(entries).winner!.candidate.text == small.text)
      let many = try await model.generate(using: Sampling(maximumNewTokens: 5).best(of: 8, by: \.logProbability), samples: 3, seed: seed)
      #expect(many.samples[0]!.text == small.text)
    }
  }

  @Test("Majority has the law of a multinomial sum: the vote over every list of draws adds up to it", arguments: [1, 2, 3, 4])
  func majorityLaw(count: Int) async throws {
    let law = try await course.law(of: ancestral)
    let second = AnswerExtraction.custom("second word, where the first is neural") { text in
      let words = text.split(separator: " ")
      return words[0] == "neural" || words[2] == "neural" ? String(words[1] + words[2]) : nil
    }
    let closed = law.answers(second).majority(of: count)
    var counted: [String?: Double] = [:]
    for (texts, probability) in draws(of: law, count: count) {
      let entries = texts.map { Selection.Entry(candidate: $0, answer: second.answer(in: $0.text)) }
      let weight = ancestral.majority(of: 1, answer: second).weight
      let chosen = try Majority<Sampling>.selection(entries, weight: weight, ties: .firstDrawn).answer
      counted[chosen, default: 0] += probability
    }
    #expect(law.answers(second).entries.count >= 3)
    for (answer, probability) in closed.entries { #expect(abs(counted[answer, default: 0] - probability) < 1e-9, "\(answer)") }
    #expect(abs(counted[nil, default: 0] - closed.withoutAnswer) < 1e-12)
  }

  @Test("A majority of many finds the more probable of two answers; the law of 1 is the law of one draw")
  func majorityLimits() {
    let law = AnswerLaw([("4", 0.4), ("5", 0.6)], withoutAnswer: 0)
    #expect(abs(law.majority(of: 1).probability(of: "5") - 0.6) < 1e-12)
    #expect(abs(law.majority(of: 3).probability(of: "5") - (0.216 + 3 * 0.36 * 0.4)) < 1e-12)
    #expect(law.majority(of: 101).probability(of: "5") > 0.97)
    #expect(abs(law.majority(of: 2).probability(of: "5") - 0.6) < 1e-12, "a tie goes to what was drawn first")
  }

  @Test("Minimum Bayes risk with 0/1 utility is the majority vote of whole texts")
  func exactMatchIsMajority() async throws {
    for seed in 0..<200 as Range<UInt64> {
      let voted = try await course.generate(using: ancestral.majority(of: 7, answer: .wholeText), seed: seed)
      let risk = try await course.generate(using: ancestral.minimumBayesRisk(of: 7, utility: .exactMatch), seed: seed)
      #expect(voted.text == risk.text)
      #expect(voted.selections[0].winnerIndex == risk.selections[0].winnerIndex)
    }
  }

  @Test("Minimum Bayes risk takes the highest mean utility")
  func risk() async throws {
    let outcome = try await course.generate(using: ancestral.minimumBayesRisk(of: 12, utility: .unigramF1), seed: 4)
    let texts = outcome.selections[0].entries.map(\.candidate.text)
    let expected = texts.map { text in texts.reduce(0) { $0 + TextOverlap.unigramF1(text, $1) } / 12 }
    #expect(close(outcome.selections[0].entries.map { $0.score! }, expected, within: 1e-12))
    #expect(outcome.selections[0].winnerIndex == expected.indices.max { (expected[$0], $1) < (expected[$1], $0) })
    // With all draws there are, the choice is that of the law.
    let law = try await course.law(of: ancestral)
    let many = try await course.generate(using: ancestral.minimumBayesRisk(of: 2_000, utility: .unigramF1), seed: 1)
    #expect(try await law.minimumBayesRisk(.unigramF1).expectedUtility - many.selections[0].winner!.score! < 0.02)
  }

  @Test("What rejection accepts has the law of the draws, restricted; its acceptance rate is the mass of what is accepted")
  func rejectionLaw() async throws {
    let verifier = Accepts { $0.hasSuffix("neural") }
    let outcome = try await course.generate(using: ancestral.untilAccepted(by: verifier, budget: 200), samples: 4_000, seed: 2)
    let (law, rate) = try await course.law(of: ancestral).accepted { $0.text.hasSuffix("neural") }
    #expect(outcome.continuations.count == 4_000)
    for entry in law.entries {
      let p = exp(entry.adaptedLogProbability)
      let share = Double(outcome.continuations.count { $0.tokens == entry.tokens }) / 4_000
      #expect(abs(share - p) < 4 * (p * (1 - p) / 4_000).squareRoot(), "\(entry.text): \(share), law \(p)")
    }
    let draws = outcome.selections.reduce(0) { $0 + $1.entries.count }
    #expect(abs(4_000 / Double(draws) - rate) < 4 * (rate * (1 - rate) / Double(draws)).squareRoot())
    #expect(outcome.passRate == PassRate(passed: 4_000, of: draws))
    // Each sample draws as if it were alone, and no more than it needs.
    #expect(outcome.ledger.tokensWritten == 3 * draws)
    let alone = try await course.generate(using: ancestral.untilAccepted(by: verifier, budget: 200), seed: 2)
    #expect(alone.selections[0].entries.map(\.candidate.text) == outcome.selections[0].entries.map(\.candidate.text))
  }

  @Test("When the budget ends first there is no text, and the outcome says so")
  func budget() async throws {
    let never = ancestral.untilAccepted(by: Check("never") { _ in false }, budget: 5)
    let outcome = try await course.generate(using: never, seed: 1)
    #expect(outcome.continuations.isEmpty && outcome.samples[0] == nil)
    #expect(outcome.selections[0].reason == "none of 5 was accepted")
    #expect(outcome.selections[0].acceptanceRate == 0)
    // A combination of nothing is nothing.
    let best = try await course.generate(using: never.best(of: 3, by: \.logProbability), seed: 1)
    #expect(best.samples[0] == nil && best.selections[0].reason == "nothing was drawn")
    #expect("\(never)" == "Sampling.untilAccepted(by: Check(\"never\"), budget: 5)")
  }

  @Test("A weighted vote adds up weights: by probability, by a verifier, by a reward")
  func weights() throws {
    func entry(_ answer: String, _ score: Double) -> Selection.Entry {
      Selection.Entry(candidate: DrawnText(text: answer, logProbability: score), score: score, answer: answer)
    }
    // 0.1 + 0.1 < 0.25, though two votes are more than one.
    let entries = [entry("4", log(0.1)), entry("5", log(0.25)), entry("4", log(0.1))]
    let byProbability = try Majority<Sampling>.selection(entries, weight: .probability, ties: .firstDrawn)
    #expect(byProbability.answer == "5")
    #expect(byProbability.reason == "55.6 % of the weight of 3 votes")
    let even = VoteWeight(kind: .one, name: "")
    #expect(try Majority<Sampling>.selection(entries, weight: even, ties: .firstDrawn).answer == "4")
    let scored = [entry("4", 0.5), entry("5", 0.9), entry("4", 0.3)]
    let byReward = try Majority<Sampling>.selection(scored, weight: .reward { _ in 0 }, ties: .firstDrawn)
    #expect(byReward.answer == "5")
    #expect(byReward.votes.map(\.answer) == ["5", "4"])
    #expect(throws: MetaGenerationError.negativeWeight(-1, by: ".reward")) {
      try Majority<Sampling>.selection([entry("4", -1)], weight: .reward { _ in 0 }, ties: .firstDrawn)
    }
  }

  @Test("Ties go to what was drawn first, or to what is most probable")
  func ties() throws {
    func entry(_ answer: String?, _ logProbability: Double) -> Selection.Entry {
      Selection.Entry(candidate: DrawnText(text: answer ?? "?", logProbability: logProbability), answer: answer)
    }
    let entries = [entry("1", -3), entry("2", -1), entry("2", -2), entry(nil, 0), entry("1", -2)]
    let even = VoteWeight(kind: .one, name: "")
    let first = try Majority<Sampling>.selection(entries, weight: even, ties: .firstDrawn)
    #expect(first.winnerIndex == 0)
    #expect(first.reason == "2 of 4 votes, drawn first of 2 answers that tie; 1 without an answer")
    let probable = try Majority<Sampling>.selection(entries, weight: even, ties: .mostProbable)
    #expect(probable.winnerIndex == 1)
    let none = try Majority<Sampling>.selection([entry(nil, 0)], weight: even, ties: .firstDrawn)
    #expect(none.winner == nil && none.reason == "none of 1 texts has an answer")
  }

  @Test("Combinations combine: best of majorities of N·M draws, each draw numbered")
  func composition() async throws {
    let inner = ancestral.majority(of: 5, answer: .wholeText)
    let strategy = inner.best(of: 3, by: \.logProbability)
    #expect("\(strategy)" == "Sampling.majority(of: 5, answer: .wholeText).best(of: 3, by: \\.logProbability)")
    let outcome = try await course.generate(using: strategy, seed: 6)
    let parts = try await course.generate(using: inner, samples: 3, seed: 6)
    #expect(outcome.selections[0].entries.map(\.candidate.text) == parts.continuations.map(\.text))
    #expect(outcome.best.logProbability == parts.continuations.map(\.logProbability).max())
    #expect((outcome.drawn[0] as? MetaGeneration)?.selections.count == 3)
    #expect(outcome.ledger == parts.ledger)
    let all = try await course.generate(using: ancestral, samples: 15, seed: 6)
    #expect(outcome.ledger.tokensRead == all.ledger.tokensRead)
  }

  @Test("A verifier sees every different text once, a reward every text; both are in the ledger")
  func calls() async throws {
    let verified = try await course.generate(using: ancestral.best(of: 20, by: Accepts { $0.hasPrefix("neural") }), seed: 1)
    let different = Set(verified.selections[0].entries.map(\.candidate.text)).count
    #expect(different < 20)
    #expect(verified.ledger.verifierCalls == different)
    let rewarded = try await course.generate(using: ancestral.best(of: 20, by: { Double($0.text.count) }), seed: 1)
    #expect(rewarded.ledger.verifierCalls == 20)
  }

  @Test("Refinement puts the attempt and what is wrong with it into the next prompt")
  func refinement() async throws {
    // A model that says «a» first, and «b» after it has been told.
    let model = try TableModel(
      ["": ["a": 1], "a": ["wrong": 1], "wrong": ["b": 1], "a wrong": ["b": 1], "b": ["a": 0.5, "b": 0.5]])
    let strategy = Sampling(maximumNewTokens: 1).refined(
      by: Accepts { $0 == "b" }, rounds: 2,
      prompt: .plain { attempt, judgement in
        #expect(judgement.feedback == "not a" && attempt.text == "a")
        return "wrong"
      })
    let outcome = try await model.generate(using: strategy, seed: 1)
    #expect(outcome.text == "b")
    #expect(outcome.selections[0].reason == "accepted after 1 repair")
    #expect(outcome.continuations[0].prompt == [0, 1], "the attempt's own tokens, then the words")
    #expect(outcome.ledger.verifierCalls == 2)
    let hopeless = Sampling(maximumNewTokens: 1).refined(by: Accepts { _ in false }, rounds: 2, prompt: .plain { _, _ in "wrong" })
    let failed = try await model.generate(using: hopeless, seed: 1)
    #expect(failed.selections[0].entries.count == 3)
    #expect(failed.selections[0].reason == "none of 3 was accepted; this has the highest score")
  }

  @Test("What cannot be ranked is refused with a sentence")
  func refusals() async throws {
    let error = await #expect(throws: MetaGenerationError.self) {
      try await course.generate(using: ancestral.best(of: 2, by: { _ in .nan }), seed: 1)
    }
    #expect(error?.description.hasPrefix("a reward gave «") ?? false)
    let missing = await #expect(throws: MetaGenerationError.self) {
      try await course.generate(using: ancestral.best(of: 2, by: ProblemExamples()), seed: 1)
    }
    #expect(
      missing?.description == "ProblemExamples() was asked about a prompt that is from no problem: give Problem(…, examples: …).")
  }

  @Test("pass@k is without bias: its mean over all outcomes of n draws is the coverage of k", arguments: [0.1, 0.5, 0.9])
  func passAtK(probability: Double) {
    for k in 1...6 {
      var mean = 0.0
      for passed in 0...6 {
        let ways = [1.0, 6, 15, 20, 15, 6, 1][passed]
        let weight = ways * (0..<passed).reduce(1) { p, _ in p * probability } * (passed..<6).reduce(1) { p, _ in p * (1 - probability) }
        mean += weight * PassRate(passed: passed, of: 6).at(k)
      }
      #expect(abs(mean - PassRate.coverage(probability, of: k)) < 1e-12)
    }
    #expect(abs(PassRate(passed: 3, of: 20).at(1) - 0.15) < 1e-12)
    #expect(PassRate(passed: 18, of: 20).at(3) == 1)
  }
}

@Suite("Answers are found in texts")
struct AnswerExtractionTests {
  @Test(
    "Integers",
    arguments: [
      ("17 + 25 = 42", "42"), ("The answer is 42. Or 43?", "42"), ("#### 1,024", "1024"), ("It costs $1,234.50 for 3", "3"),
      ("3.5", nil), ("3.0", "3"), ("-7", "-7"), ("x = −7", "-7"), ("17-25", "25"), ("17 - 25", "25"), ("(-3)", "-3"), ("B2", nil),
      ("007", "7"),
      ("", nil), ("The answer is unclear: 5 or 6", "5"), ("answer: none. 9", "9"), ("1,23", "23"), ("-0", "0"), ("is 12.", "12"),
      ("7, 8", "8"),
    ] as [(String, String?)])
  func integers(text: String, answer: String?) { #expect(AnswerExtraction.integer.answer(in: text) == answer) }

  @Test(
    "Numbers, boxes, letters and patterns",
    arguments: [
      (.number, "about 3.50 or 4.25", "4.25"), (.number, "0.500", "0.5"), (.number, "1,024.0", "1024"),
      (.boxed, #"so \boxed{\frac{1}{2}} and \boxed{ 4 }"#, "4"), (.boxed, #"\boxed{\frac{1}{2}}"#, #"\frac{1}{2}"#),
      (.boxed, #"\boxed{1"#, nil), (.choice(), "A man walks. The answer is (C), not D.", "C"), (.choice(), "I think it is B.", "B"),
      (.choice("AB"), "C or D", nil), (.choice(), "A", "A"), (.choice(), "(A) no; (B) yes", "B"),
      (.regex(#"x = (\d+)"#), "x = 1, x = 23", "23"), (.regex(#"\d+"#), "1 22", "22"), (.regex(#"z"#), "1", nil),
      (.wholeText, "  a b \n", "a b"), (.wholeText, " ", nil),
      (.custom("first word") { $0.split(separator: " ").first.map(String.init) }, "a b", "a"),
    ] as [(AnswerExtraction, String, String?)])
  func others(extraction: AnswerExtraction, text: String, answer: String?) {
    #expect(extraction.answer(in: text) == answer, "\(extraction)")
  }
}
