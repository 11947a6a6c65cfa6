import LanguageModels
import Testing

@testable import Decoding

/// A generator of texts without a server: what it says is a function of the prompt and the sample's number.
struct Parrot: TextGenerator {
  let say: @Sendable (TextPrompt, Int) -> String

  func write(_ request: TextRequest, _ settings: TextSampling) -> TextGeneration {
    var ledger = Ledger()
    ledger.batches = request.numbers.count
    let texts = request.numbers.map { DrawnText(text: say(request.prompt, $0)) }
    return TextGeneration(strategy: "\(settings)", seed: request.seed, texts: texts, ledger: ledger)
  }

  var description: String { "Parrot" }
}

@Suite("Generators that give texts only")
struct TextOnlyTests {
  private let numbers = Parrot { _, number in "the answer is \([4, 5, 5, 7, 5][number % 5])" }

  @Test("Votes, best of N, rejection, minimum Bayes risk and refinement work on texts alone")
  func combinations() async throws {
    let drawing = TextSampling(temperature: 0.8)
    #expect(
      try await numbers.generate("?", using: drawing, samples: 2, seed: 1).texts.map(\.text) == ["the answer is 4", "the answer is 5"])
    let voted = try await numbers.generate("?", using: drawing.majority(of: 5, answer: .integer), seed: 1)
    #expect(voted.answer == "5" && voted.text == "the answer is 5" && voted.selections[0].reason == "3 of 5 votes")
    #expect(voted.ledger.batches == 5)
    let best = try await numbers.generate("?", using: drawing.best(of: 5) { $0.text.hasSuffix("7") ? 1 : 0 }, seed: 1)
    #expect(best.text == "the answer is 7" && best.selections[0].winnerIndex == 3)
    let accepted = try await numbers.generate("?", using: drawing.untilAccepted(by: Check("7") { $0.hasSuffix("7") }, budget: 5), seed: 1)
    #expect(accepted.selections[0].entries.count == 4)
    let risk = try await numbers.generate("?", using: drawing.minimumBayesRisk(of: 5, utility: .exactMatch), seed: 1)
    #expect(risk.text == "the answer is 5")
    let both = try await numbers.generate("?", using: drawing.majority(of: 5, answer: .integer).best(of: 2) { _ in 1 }, seed: 1)
    #expect(both.ledger.batches == 10)
    #expect(
      voted.description == """
        TextSampling(temperature: 0.8).majority(of: 5, answer: .integer), seed 1: 3 of 5 votes. 0 forward calls in 5 batches, 0 tokens read, 0 written
           candidate  text             answer
        ─  ─────────  ───────────────  ──────
                   1  the answer is 4       4
        ★          2  the answer is 5       5
                   3  the answer is 5       5
                   4  the answer is 7       7
                   5  the answer is 5       5
        """)
  }

  @Test("Refinement goes on with the conversation, or with the text")
  func refinement() async throws {
    let strategy = TextSampling().refined(
      by: Check("even") { $0 == "2" }, rounds: 2, prompt: .plain { _, judgement in judgement.feedback! })
    let chat = Parrot { prompt, _ in "\(prompt.messages.count - 1)" }
    let outcome = try await chat.generate([.system("Count."), .user("Begin.")], using: strategy, seed: 1)
    #expect(outcome.selections[0].entries.map(\.candidate.text) == ["1", "3", "5"])
    let echo = Parrot { prompt, _ in prompt.text == "Begin.3\n\nExpected: even.\n\n" ? "2" : "3" }
    let repaired = try await echo.generate("Begin.", using: strategy, seed: 1)
    #expect(repaired.text == "2" && repaired.selections[0].reason == "accepted after 1 repair")
    #expect(TextPrompt([.user("x")]).text == nil)
  }

  @Test("A choice by what is not known is refused with a sentence")
  func unknown() async throws {
    let error = await #expect(throws: MetaGenerationError.self) {
      try await numbers.generate("?", using: TextSampling().best(of: 2, by: \.logProbability), seed: 1)
    }
    #expect(
      error?.description
        == "The generator does not say \\.logProbability of its texts, so they cannot be chosen by it: use a verifier, a reward or a vote.")
  }

  @Test("Every text of a model with logits and of one without is drawn by its number")
  func numbering() async throws {
    let strategy = TextSampling().best(of: 4) { Double($0.text.last!.wholeNumberValue!) }
    let many = try await numbers.generate("?", using: strategy, samples: 3, seed: 1)
    #expect(many.samples.map { $0!.text.last! } == ["7", "5", "7"])
  }
}
