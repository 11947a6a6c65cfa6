import Grammars
import LanguageModels
import Testing

@testable import Decoding

/// Texts that are one of a few, byte by byte: the plainest checker that can be.
struct OneOf: Checker, CheckerState {
  let texts: [String]
  var read: [UInt8] = []
  func begin() -> OneOf { self }
  mutating func accept(_ bytes: ArraySlice<UInt8>) { read += bytes }
  var verdict: Verdict {
    texts.contains { $0.utf8.elementsEqual(read) } ? .complete : texts.contains { $0.utf8.starts(with: read) } ? .open : .wrong
  }
  var problem: String? { "«\(String(decoding: read, as: UTF8.self))» begins none of the texts." }
  var description: String { "OneOf(\(texts.map { "\"\($0)\"" }.joined(separator: ", ")))" }
}

@Suite("Constrained decoding") struct ConstraintTests {
  @Test("Greedy takes the most probable allowed token and says what was kept of the probability")
  func greedy() async throws {
    let generation = try await book.generate(using: Greedy(maximumNewTokens: 5).checked(by: OneOf(texts: ["B A", "C"])))
    // After «C» the row of the empty beginning holds: A .5, B .2, C .2, end .1.
    #expect(generation.best.tokens.map { book.vocabulary.label(of: $0) } == ["B", "A", "end"])
    #expect(close(generation.best.check!.keptMasses, [0.4, 0.5, 0.2]))
    #expect(generation.best.check?.ending == .complete)
    #expect(generation.best.isFinished)
    #expect(generation.strategy == "Greedy, checked by OneOf(\"B A\", \"C\")")
  }

  @Test("A dead end is an outcome: the text up to there is kept")
  func deadEnd() async throws {
    let generation = try await book.generate(using: Greedy(maximumNewTokens: 5).checked(by: OneOf(texts: ["A xB"])))
    #expect(generation.text == "A")
    #expect(generation.best.check?.ending == .deadEnd)
    #expect(!generation.best.isFinished)
    let samples = try await book.generate(
      using: Sampling(maximumNewTokens: 5).checked(by: OneOf(texts: ["A xB", "C"])), samples: 20, seed: 3)
    for sample in samples.continuations { #expect(sample.check?.ending == (sample.text == "A" ? .deadEnd : .complete)) }
    #expect(Set(samples.continuations.map(\.text)) == ["A", "C"])
    #expect(try await book.generate(using: Greedy().checked(by: OneOf(texts: ["x"]))).best.tokens == [])
  }

  @Test("Without end tokens a text ends when it is complete and nothing may follow")
  func closed() async throws {
    let generation = try await course.generate(using: Greedy(maximumNewTokens: 9).checked(by: OneOf(texts: ["network neural"])))
    #expect(generation.text == "network neural")
    #expect(generation.best.isFinished)
    #expect(generation.ledger.forwardCalls == 2)
  }

  @Test("Each step's distribution is the model's own, without what is wrong, renormalised")
  func law() async throws {
    let checker = OneOf(texts: ["A B", "A C B", "B", "C A"])
    let law = try await book.law(of: Sampling(maximumNewTokens: 4).checked(by: checker))
    #expect(Set(law.entries.map(\.text)) == Set(checker.texts))
    let total = law.entries.reduce(0) { $0 + exp($1.adaptedLogProbability) }
    #expect(close([total], [1]))
    // First A .5, B .2, C .2 of .9; after A, B .4 and C .3 of .7; after «A C» only B, then the end; after «C» only A.
    let expected: [Double] = [20.0 / 63, 15.0 / 63, 2.0 / 9, 2.0 / 9]
    #expect(close(checker.texts.map { law.probability(of: $0) }, expected))
  }

  @Test("Cut-offs count only what is allowed")
  func adaptersAfterMask() async throws {
    let law = try await book.law(of: Sampling(maximumNewTokens: 4) { TopK(1) }.checked(by: OneOf(texts: ["C A", "B"])))
    #expect(law.entries.map(\.text) == ["B"])
  }
}

@Suite("The distance to the true conditional") struct ConditionalTests {
  /// The texts that a model draws without a checker, with their probabilities, and which of them the checker calls complete.
  private func right(_ model: TableModel, _ checker: some Checker, length: Int) async throws -> [String: Double] {
    var texts: [String: Double] = [:]
    for entry in try await model.law(of: Sampling(maximumNewTokens: length)).entries {
      if checker.begin().verdict(after: Array(entry.text.utf8)[...]) == .complete, model.endTokens.contains(entry.tokens.last!) {
        texts[entry.text, default: 0] += exp(entry.logProbability)
      }
    }
    return texts
  }

  @Test("By hand: a choice that seldom can be completed is drawn too often")
  func byHand() async throws {
    let law = try await book.law(of: Sampling(maximumNewTokens: 4).checked(by: Choices("A C B", "B")))
    let conditional = try #require(law.conditional)
    // p(A C B end) = .5 · .3 · .6 · .6 = .054; p(B end) = .2 · .1 = .02, whose end is only the row of the empty beginning.
    let expected = ["A C B": 0.054, "B": 0.02]
    #expect(close([conditional.rightProbability], [0.074]))
    for entry in conditional.entries { #expect(close([entry.conditional], [expected[entry.text]! / 0.074])) }
    // Drawn: A with .5/.7, then all is forced; the true conditional is .054/.074.
    #expect(close([law.probability(of: "A C B"), law.probability(of: "B")], [5.0 / 7, 2.0 / 7]))
    let difference: Double = abs(5.0 / 7 - 0.054 / 0.074)
    #expect(close([conditional.totalVariation], [difference]))
  }

  @Test(
    "Drawn texts are the right ones; the conditional is the model's own law of them; weights lead from one to the other", arguments: 0..<20)
  func law(seed: UInt64) async throws {
    let model = randomTable(words: 4, depth: 3, seed: seed, end: true)
    let checker = try Pattern("a( b)* c?|( ?[bc]){2,3}|c a( a| b)")
    let law = try await model.law(of: Sampling(maximumNewTokens: 5).checked(by: checker))
    let right = try await right(model, checker, length: 5)
    let complete = law.entries.filter { $0.ending == .complete }
    #expect(Set(complete.map(\.text)).isSuperset(of: right.keys))
    let conditional = try #require(law.conditional)
    // Beside what ended with the end token, the limit leaves texts that are complete as they stand.
    let ended = complete.filter { model.endTokens.contains($0.tokens.last!) }
    for entry in ended { #expect(close([exp(entry.logProbability)], [right[entry.text]!])) }
    #expect(close([conditional.entries.reduce(0) { $0 + $1.drawn }], [1]))
    #expect(close([conditional.entries.reduce(0) { $0 + $1.conditional }], [1]))
    // E[w] = Z, with w = p/q for what is complete.
    let mean = law.entries.reduce(0.0) { sum, entry in
      sum + (entry.ending == .complete ? exp(entry.adaptedLogProbability) * exp(entry.logProbability - entry.adaptedLogProbability) : 0)
    }
    #expect(close([mean], [conditional.rightProbability]))
    #expect(conditional.divergence > -1e-9)
  }

  @Test("A sample's weight is the product of the masses that were kept, and reports are means of weights")
  func weights() async throws {
    let samples = try await book.generate(
      using: Sampling(maximumNewTokens: 4).checked(by: Choices("A C B", "B", "A x")), samples: 50, seed: 2)
    for sample in samples.continuations {
      let check = try #require(sample.check)
      let ratio = exp(sample.logProbability - sample.adaptedLogProbabilities!.reduce(0, +))
      #expect(close([ratio], [check.weight]))
    }
    let report = try #require(samples.constraintReport)
    #expect(report.complete + report.deadEnds + report.cutOff == 50)
    let mean = samples.continuations.reduce(0.0) { $0 + ($1.check!.ending == .complete ? $1.check!.weight : 0) } / 50
    #expect(close([report.rightProbability!], [mean]))
    // By hand: two samples of the weights 1 and 3 have the mean 2, the effective size 16/10 and the total variation 1/4.
    let estimate = WeightedEstimate([1, 3])!
    #expect(close([estimate.mean, estimate.standardError, estimate.effectiveSamples!, estimate.totalVariation!], [2, 1, 1.6, 0.25]))
  }
}
