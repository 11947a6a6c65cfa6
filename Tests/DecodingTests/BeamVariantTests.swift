import Grammars
import LanguageModels
import Testing

@testable import Decoding

@Suite("Variants of beam search")
struct BeamVariantTests {
  private let penalties = [LengthPenalty.sum, .average(exponent: 0.75), .average(exponent: -0.5), .gnmt(exponent: 1)]

  @Test("With «never» and a width of M^(T−1) the search is exhaustive whatever the length penalty: its bound is exact")
  func never() async throws {
    for seed in 0..<60 as Range<UInt64> {
      let penalty = penalties[Int(seed % 4)]
      let model = randomTable(words: 3, depth: 3, seed: seed, end: true)
      let beam = BeamSearch(width: 27, maximumNewTokens: 4, lengthPenalty: penalty, stopping: .never)
      let all = Exhaustive(maximumNewTokens: 4, lengthPenalty: penalty)
      let (found, exhaustive) = (try await model.generate(using: beam), try await model.generate(using: all))
      #expect(found.score == exhaustive.score && found.best.tokens == exhaustive.best.tokens, "seed \(seed)")
    }
  }

  @Test("«never» stops early only where going on changes nothing: no unfinished text that it gave up could have been among the k")
  func bound() async throws {
    var stopped = 0
    for seed in 0..<80 as Range<UInt64> {
      let penalty = penalties[Int(seed % 4)]
      let model = randomTable(words: 4, depth: 4, seed: seed, end: true)
      let search = try await model.generate(
        using: BeamSearch(width: 2, maximumNewTokens: 6, lengthPenalty: penalty, stopping: .never))
      let all = try await model.generate(using: Exhaustive(maximumNewTokens: 6, lengthPenalty: penalty))
      for (index, node) in search.nodes.enumerated() {
        guard case .bounded(let reachable, let needed) = node.fate else { continue }
        stopped += 1
        #expect(reachable <= needed)
        let beginning = search.tokens(to: index)
        for (text, leaf) in zip(all.continuations, all.results)
        where text.tokens.starts(with: beginning) && text.tokens.count > beginning.count {
          #expect(all.nodes[leaf].score <= reachable + 1e-9)
        }
      }
    }
    #expect(stopped > 20)
  }

  @Test("One group, or no penalty, is beam search; groups with a penalty differ")
  func diverse() async throws {
    for seed in 0..<30 as Range<UInt64> {
      let model = randomTable(words: 5, depth: 3, seed: seed)
      let beam = try await model.generate(using: BeamSearch(width: 2, maximumNewTokens: 5))
      let one = try await model.generate(using: DiverseBeamSearch(width: 2, groups: 1, penalty: 3, maximumNewTokens: 5))
      #expect(one.continuations.map(\.tokens) == beam.continuations.map(\.tokens))
      let alike = try await model.generate(using: DiverseBeamSearch(width: 6, groups: 3, penalty: 0, maximumNewTokens: 5))
      #expect(Set(alike.continuations.map(\.tokens)) == Set(beam.continuations.map(\.tokens)))
      let apart = try await model.generate(using: DiverseBeamSearch(width: 2, groups: 2, penalty: 20, maximumNewTokens: 5))
      #expect(zip(apart.continuations[0].tokens, apart.continuations[1].tokens).allSatisfy { $0 != $1 })
    }
  }

  @Test("The Hamming penalty by hand: the second group loses .2 at «neural», and its score says so")
  func hamming() async throws {
    let search = try await course.generate(using: DiverseBeamSearch(width: 2, groups: 2, penalty: 0.3, maximumNewTokens: 1))
    #expect(search.continuations.map(\.text) == ["neural", "network"])
    let mild = try await course.generate(using: DiverseBeamSearch(width: 2, groups: 2, penalty: 0.2, maximumNewTokens: 1))
    #expect(mild.continuations.map(\.text) == ["neural", "neural"])
    #expect(close(mild.results.map { mild.nodes[$0].score }, [log(0.55), log(0.55) - 0.2]))
    let dropped = try #require(search.nodes.indices.last { search.nodes[$0].token == 0 })
    #expect(
      search.explanation(ofNode: dropped)
        == "«neural» was dropped at step 1 because groups before chose its token: less 0.3000, it has rank 2 of 2 in group 2.")
  }

  @Test("Stochastic beams draw without replacement: pairs have the law p(i) p(j) / (1 − p(i))")
  func stochastic() async throws {
    let all = try await course.generate(using: Exhaustive(maximumNewTokens: 3))
    let p = Dictionary(uniqueKeysWithValues: all.continuations.map { ($0.tokens, exp($0.logProbability)) })
    let count = 6_000
    var drawn: [[[Int]]: Int] = [:]
    for seed in 0..<UInt64(count) {
      let run = try await course.generate(using: StochasticBeamSearch(width: 2, maximumNewTokens: 3), seed: seed)
      drawn[run.continuations.map(\.tokens), default: 0] += 1
    }
    var statistic = 0.0
    var cells = 0
    for (first, p1) in p {
      for (second, p2) in p where second != first {
        let expected = Double(count) * p1 * p2 / (1 - p1)
        let difference = Double(drawn[[first, second]] ?? 0) - expected
        statistic += difference * difference / expected
        cells += 1
      }
    }
    #expect(cells == 56)
    #expect(statistic < 55 + 4 * (2.0 * 55).squareRoot())
  }

  @Test("A wider stochastic beam begins with the texts of a narrower one; as wide as there are texts, it draws all of them")
  func stochasticWidths() async throws {
    for seed in 0..<40 as Range<UInt64> {
      let narrow = try await course.generate(using: StochasticBeamSearch(width: 3, maximumNewTokens: 3), seed: seed)
      let wide = try await course.generate(using: StochasticBeamSearch(width: 8, maximumNewTokens: 3), seed: seed)
      #expect(Array(wide.continuations.map(\.tokens).prefix(3)) == narrow.continuations.map(\.tokens))
      #expect(Set(wide.continuations.map(\.tokens)).count == 8)
      let keys = wide.searches[0].results.map { wide.searches[0].nodes[$0].key! }
      #expect(keys == keys.sorted(by: >))
    }
  }

  @Test("Sampled beams: the same seed the same texts, another seed others; with top-k 1 they are greedy")
  func sampled() async throws {
    let model = randomTable(words: 5, depth: 3, seed: 3)
    let strategy = SampledBeamSearch(width: 3, maximumNewTokens: 6) { Temperature(1.2) }
    let first = try await model.generate(using: strategy, samples: 5, seed: 1)
    let again = try await model.generate(using: strategy, samples: 5, seed: 1)
    #expect(first.continuations.map(\.tokens) == again.continuations.map(\.tokens))
    #expect(first.ledger == again.ledger)
    let two = try await model.generate(using: strategy, samples: 2, seed: 1)
    #expect(Array(first.continuations.map(\.tokens).prefix(2)) == two.continuations.map(\.tokens))
    let other = try await model.generate(using: strategy, samples: 5, seed: 2)
    #expect(first.continuations.map(\.tokens) != other.continuations.map(\.tokens))
    let greedy = try await model.generate(using: Greedy(maximumNewTokens: 6))
    let narrow = try await model.generate(using: SampledBeamSearch(width: 3, maximumNewTokens: 6) { TopK(1) }, seed: 9)
    #expect(narrow.best.tokens == greedy.best.tokens)
  }

  @Test("The candidates of a sampled beam have the law of draws without replacement: the first that ends has the model's")
  func sampledLaw() async throws {
    let model = randomTable(words: 4, depth: 1, seed: 12)
    let p = try await model.read([[]]).logits.values.map { exp(Double($0)) }
    let count = 6_000
    let runs = try await model.generate(using: SampledBeamSearch(width: 1, maximumNewTokens: 1), samples: count, seed: 3)
    var statistic = 0.0
    for token in p.indices {
      let expected = p[token] * Double(count)
      let difference = Double(runs.continuations.filter { $0.tokens == [token] }.count) - expected
      statistic += difference * difference / expected
    }
    #expect(statistic < 21)
  }

  @Test("A value that guides: weight 0 changes nothing but the cost; a large one finds the text that it favours")
  func guided() async throws {
    let networks = ValueFunction("networks") { text in Double(text.tokens.filter { $0 == 1 }.count) }
    let plain = try await course.generate(using: BeamSearch(width: 2, maximumNewTokens: 3))
    let idle = try await course.generate(using: BeamSearch(width: 2, maximumNewTokens: 3).guided(by: networks, weight: 0))
    #expect(idle.continuations.map(\.tokens) == plain.continuations.map(\.tokens))
    #expect(idle.ledger.verifierCalls == 2 + 4 + 4)
    let led = try await course.generate(using: BeamSearch(width: 2, maximumNewTokens: 3).guided(by: networks, weight: 10))
    #expect(led.text == "network network network")
    #expect(led.nodes[led.results[0]].value == 3)
    #expect(
      try led.explanation(for: "neural neural")
        == "«neural neural» was dropped at step 2 because of its value 0.0000: by score it would have stayed, with the value it has rank 4 of 4."
    )
    await #expect(throws: DecodingError.notAValue("broken", of: "neural")) {
      try await course.generate(using: BeamSearch(width: 1, maximumNewTokens: 1).guided(by: ValueFunction("broken") { _ in .nan }))
    }
  }

  @Test("Adapters in beams: ranked by what they leave, shown beside the model's own")
  func adapted() async throws {
    let search = try await course.generate(using: BeamSearch(width: 3, maximumNewTokens: 3) { Temperature(0.5) })
    let best = search.nodes[search.results[0]]
    let law = try await course.law(of: Sampling(maximumNewTokens: 3) { Temperature(0.5) })
    #expect(close([best.adaptedTotal], [law.entries[0].adaptedLogProbability], within: 1e-5))
    #expect(close([best.total], [law.entries[0].logProbability], within: 1e-5))
    #expect(search.best.adaptedLogProbabilities?.count == 3)
    let banned = try await course.generate(using: BeamSearch(width: 2, maximumNewTokens: 3) { LogitBias([0: -.infinity]) })
    #expect(banned.continuations.map(\.text) == ["network network network"])
  }

  @Test("A wide checked beam finds the best of the texts that the checker calls complete")
  func checked() async throws {
    for seed in 0..<40 as Range<UInt64> {
      let model = randomTable(words: 4, depth: 3, seed: seed, end: true)
      let all = try await model.generate(using: Exhaustive(maximumNewTokens: 4))
      func isRight(_ text: Continuation) -> Bool { !text.text.contains("b a") && text.text.hasSuffix("c") }
      let wanted = all.continuations.first(where: isRight)
      for stopping in [StoppingRule.allEnded, .never] {
        let search = try await model.generate(
          using: BeamSearch(width: 64, maximumNewTokens: 4, stopping: stopping).checked(by: EndsWithC()))
        #expect(search.best.tokens == wanted?.tokens, "seed \(seed)")
        #expect(search.best.check?.ending == .complete)
        #expect(search.best.logProbability == wanted?.logProbability)
        #expect(search.nodes.contains { $0.fate == .rejected } && search.nodes.contains { $0.fate == .cannotEnd })
      }
    }
  }

  @Test("A checker's refusals, ends and dead ends are explained")
  func checkedWords() async throws {
    let model = try TableModel(
      ["": ["a": 0.5, "b": 0.5], "a": ["b": 0.6, ".": 0.4], "b": ["a": 1.0], "a b": ["a": 0.5, "c": 0.4, ".": 0.1], "c": [".": 1]], end: "."
    )
    let search = try await model.generate(using: BeamSearch(width: 2, maximumNewTokens: 5).checked(by: EndsWithC()))
    #expect(search.text == "a b c")
    #expect(
      try search.explanation(for: "b a")
        == "«b a» was refused at step 2 by EndsWithC(): no text that it allows begins so.")
    #expect(try search.explanation(for: "b") == "«b» is a dead end: EndsWithC() allows nothing after it.")
    let end = try #require(search.nodes.firstIndex { $0.fate == .cannotEnd })
    #expect(search.explanation(ofNode: end) == "«a .» must not end at step 2: for EndsWithC() the text is not complete.")
    let pruned = try #require(search.nodes.first { $0.token == 0 && $0.step == 1 }?.prunedMass)
    #expect(close([pruned], [0.4]))
  }

  @Test("Settings out of range stop the program with a sentence that says the range")
  func refusals() async throws {
    let groups = try await #require(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      _ = DiverseBeamSearch(width: 5, groups: 2)
    }
    #expect(words(groups).contains("DiverseBeamSearch(width: 5, groups: 2): the groups are 1 to 5, all of the same width."))
    let texts = try await #require(processExitsWith: .failure, observing: [\.standardErrorContent]) { _ = BeamSearch(width: 2, texts: 3) }
    #expect(words(texts).contains("BeamSearch(texts: 3): of 2 texts, 1 to 2 are returned."))
    let random = try await #require(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      _ = BeamSearch(width: 2) { XTC(threshold: 0.1, probability: 0.5) }
    }
    #expect(words(random).contains("the adapter draws at random, and a beam search has no seed"))
    let guided = try await #require(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      _ = BeamSearch(width: 2, stopping: .never).guided(by: ValueFunction("none") { _ in 0 })
    }
    #expect(words(guided).contains("a value has no bound that could stop the search"))
  }

  private func words(_ result: ExitTest.Result) -> String { String(decoding: result.standardErrorContent, as: UTF8.self) }
}

/// Texts without «b a» that end with «c».
private struct EndsWithC: Checker, CheckerState {
  var text: [UInt8] = []
  var continuesPrompt: Bool { false }
  var verdict: Verdict {
    let words = String(decoding: text, as: UTF8.self)
    return words.contains("b a") ? .wrong : words.hasSuffix("c") ? .complete : .open
  }
  func begin() -> EndsWithC { self }
  mutating func accept(_ bytes: ArraySlice<UInt8>) { text += bytes }
  var description: String { "EndsWithC()" }
}
