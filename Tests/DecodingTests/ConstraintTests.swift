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
