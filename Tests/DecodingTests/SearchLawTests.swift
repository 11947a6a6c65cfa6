import LanguageModels
import Testing

@testable import Decoding

@Suite("Searches keep their laws on random tables")
struct SearchLawTests {
  @Test("Width 1 is greedy")
  func greedy() async throws {
    for seed in 0..<60 as Range<UInt64> {
      let model = randomTable(words: 4, depth: 3, seed: seed, end: seed % 2 == 0)
      let beam = try await model.generate(using: BeamSearch(width: 1, maximumNewTokens: 6)).best
      let greedy = try await model.generate(using: Greedy(maximumNewTokens: 6)).best
      #expect(beam.tokens == greedy.tokens)
      #expect(beam.logProbabilities == greedy.logProbabilities)
    }
  }

  @Test("A width of M^(T−1) is exhaustive, with and without ends and penalties")
  func exhaustive() async throws {
    for seed in 0..<60 as Range<UInt64> {
      let penalty = [LengthPenalty.sum, .average(exponent: 0.75), .gnmt(exponent: 1)][Int(seed % 3)]
      let model = randomTable(words: 3, depth: 3, seed: seed, end: seed % 2 == 0)
      let beam = try await model.generate(using: BeamSearch(width: 27, maximumNewTokens: 4, lengthPenalty: penalty))
      let all = try await model.generate(using: Exhaustive(maximumNewTokens: 4, lengthPenalty: penalty))
      #expect(beam.score == all.score && beam.best.tokens == all.best.tokens, "seed \(seed)")
    }
  }

  @Test("A certificate's optimum is the exhaustive one, its gap and its smallest width are right")
  func certificate() async throws {
    for seed in 0..<60 as Range<UInt64> {
      let penalty = [LengthPenalty.sum, .average(exponent: 0.75), .gnmt(exponent: 1)][Int(seed % 3)]
      let model = randomTable(words: 3, depth: 3, seed: seed, end: seed % 2 == 0)
      let all = try await model.generate(using: Exhaustive(maximumNewTokens: 4, lengthPenalty: penalty))
      let search = try await model.generate(using: BeamSearch(width: 2, maximumNewTokens: 4, lengthPenalty: penalty))
      let certificate = try await search.certificate(budget: .forwardCalls(10_000))
      #expect(certificate.isProven && certificate.bound == all.score, "seed \(seed)")
      #expect(certificate.gap == all.score - search.score && certificate.gap >= 0)
      #expect(certificate.isOptimal == (search.score == all.score))
      let smallest = try #require(certificate.smallestWidth)
      for width in 1...smallest {
        let beam = try await model.generate(using: BeamSearch(width: width, maximumNewTokens: 4, lengthPenalty: penalty))
        #expect((beam.score == all.score) == (width == smallest))
      }
    }
  }

  @Test("When the budget ends first, the bound is above every text and falls as the budget grows")
  func budgets() async throws {
    for seed in 0..<20 as Range<UInt64> {
      let model = randomTable(words: 4, depth: 4, seed: seed)
      let all = try await model.generate(using: Exhaustive(maximumNewTokens: 5))
      let search = try await model.generate(using: BeamSearch(width: 1, maximumNewTokens: 5))
      var bounds: [Double] = []
      for calls in [1, 2, 5, 20, 400] {
        let certificate = try await search.certificate(budget: .forwardCalls(calls))
        #expect(certificate.bound >= all.score)
        #expect(certificate.ledger.forwardCalls <= calls)
        bounds.append(certificate.bound)
      }
      #expect(bounds == bounds.sorted(by: >))
      #expect(bounds.last == all.score)
    }
  }

  @Test("Every search is consistent: sums add up, kept nodes hang on kept nodes, ranks follow the order, k texts are stored")
  func invariants() async throws {
    for seed in 0..<60 as Range<UInt64> {
      let width = Int(seed % 5) + 1
      let model = randomTable(words: 5, depth: 3, seed: seed, end: seed % 2 == 0)
      let search = try await model.generate(using: BeamSearch(width: width, maximumNewTokens: 6, lengthPenalty: .gnmt(exponent: 0.5)))
      for node in search.nodes {
        let parent = node.parent.map { search.nodes[$0] }
        #expect(node.total == (parent?.total ?? 0) + node.logProbability)
        #expect(node.step == (parent?.step ?? 0) + 1)
        #expect(parent?.isFinished != true)
        #expect(parent?.isKept ?? true)
      }
      for step in search.steps {
        #expect(step.candidates.map(\.rank) == Array(1...step.candidates.count))
        #expect(step.kept.count == min(width, step.candidates.count))
        #expect(step.candidates.count <= width * width)
        let scores = step.candidates.map { search.nodes[$0.node].score }
        #expect(scores == scores.sorted(by: >))
      }
      #expect(search.continuations.count == search.steps.last!.kept.count)
      for (continuation, node) in zip(search.continuations, search.results) {
        #expect(continuation.tokens == search.tokens(to: node))
        #expect(continuation.logProbability == search.nodes[node].total)
        let scored = try await model.logProbabilities(of: continuation.tokens)
        #expect(scored == continuation.logProbabilities)
      }
    }
  }

  @Test("A certificate says in words what it knows")
  func words() async throws {
    let search = try await course.generate(using: BeamSearch(width: 2, maximumNewTokens: 3))
    #expect(
      try await search.certificate(budget: .forwardCalls(100)).description == """
        The optimum is «network neural network» with -1.501705.
        The result, «neural network neural» with -1.909024, misses it by 0.407319 nats.
        The smallest width that finds the optimum is 3.
        Cost: 20 forward calls.
        """)
    #expect(
      try await search.certificate(budget: .forwardCalls(2)).description == """
        The budget ended first: no text has a higher score than -0.798508.
        The result, «neural network neural» with -1.909024, misses the optimum by at most 1.110516 nats.
        Cost: 2 forward calls.
        """)
    let wide = try await course.generate(using: BeamSearch(width: 3, maximumNewTokens: 3))
    #expect(
      try await wide.certificate(budget: .forwardCalls(9)).description == """
        The result is the optimum: no text has a higher score than -1.501705.
        No width up to 1 finds it; the budget ended there.
        Cost: 9 forward calls.
        """)
  }

  @Test("A vocabulary too large for an exhaustive search is refused with its size")
  func tooLarge() async {
    await #expect(throws: DecodingError.tooManySequences(vocabularySize: 2, length: 30, limit: 100_000)) {
      try await course.generate(using: Exhaustive(maximumNewTokens: 30))
    }
  }

  @Test("A model that gives no distribution stops the search with a sentence, not a trap")
  func notANumber() async {
    let expected = DecodingError.noDistribution(afterTokens: 0)
    await #expect(throws: expected) { try await Broken().generate(using: Greedy()) }
    await #expect(throws: expected) { try await Broken().generate(using: BeamSearch(width: 2)) }
    await #expect(throws: expected) { try await Broken().generate(using: Exhaustive(maximumNewTokens: 2)) }
    await #expect(throws: expected) { try await Broken().generate(using: Sampling(), seed: 1) }
    await #expect(throws: DecodingError.notAToken(9, vocabularySize: 2)) {
      try await Greedy().generate(GenerationRequest(model: course, prompt: [9]))
    }
  }

  @Test("Cancelling the task stops a search at the next forward call")
  func cancellation() async {
    let task = Task {
      withUnsafeCurrentTask { $0?.cancel() }
      return try await course.generate(using: BeamSearch(width: 2, maximumNewTokens: 3))
    }
    await #expect(throws: CancellationError.self) { try await task.value }
  }
}

/// A model whose network has diverged.
private struct Broken: LanguageModel {
  var vocabulary: any Vocabulary { course.words }
  var endTokens: [Int] { [] }
  func read(_ prompts: [[Int]]) async throws -> ForwardOutput {
    ForwardOutput(logits: Logits(vocabularySize: 2, values: [.nan, 1]), states: [ModelState(0)])
  }
  func forward(_ inputs: [ForwardInput], rows: ForwardRows) async throws -> ForwardOutput { try await read([]) }
}
