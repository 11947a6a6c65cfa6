import Grammars
import LanguageModels
import Testing

@testable import Decoding

@Suite("Searches by steps")
struct StepSearchTests {
  /// The probability of a text by the model: the best complete text is the optimum.
  private let probability = ValueFunction("p") { text in exp(text.logProbability) }

  @Test("REBASE shares its budget by the softmax of the values, rounded")
  func shares() {
    #expect(Rebase.shares([1, 0], budget: 10, temperature: 1) == [7, 3])
    #expect(Rebase.shares([0.9, 0.5, 0.1], budget: 8, temperature: 0.1) == [8, 0, 0])
    #expect(Rebase.shares([0.5, 0.5, 0.5], budget: 9, temperature: 0.2) == [3, 3, 3])
    #expect(Rebase.shares([2], budget: 5, temperature: 3) == [5])
  }

  @Test("REBASE keeps within its budget, ranks by value, and counts every call of the value function")
  func rebase() async throws {
    for seed in 0..<20 as Range<UInt64> {
      let model = randomTable(words: 4, depth: 3, seed: seed, end: true)
      let run = try await model.generate(
        using: Rebase(budget: 8, temperature: 0.1, step: .tokens(1), by: probability, maximumNewTokens: 5), seed: seed)
      let search = run.searches[0]
      let values = search.results.map { search.nodes[$0].value! }
      #expect(values == values.sorted(by: >) && !values.isEmpty)
      let different = Set(search.nodes.indices.map { search.tokens(to: $0) })
      #expect(run.ledger.verifierCalls == different.count)
      for step in search.steps { #expect(step.candidates.count <= 8 + 4) }
      for (continuation, node) in zip(search.continuations, search.results) {
        #expect(close([exp(continuation.logProbability)], [search.nodes[node].value!]))
      }
    }
  }

  @Test("With enough simulations, UCT and PUCT find the optimum of a small table", arguments: [true, false])
  func optimum(uct: Bool) async throws {
    for seed in 0..<12 as Range<UInt64> {
      let model = randomTable(words: 3, depth: 3, seed: seed, end: seed % 2 == 0)
      let best = try await model.generate(using: Exhaustive(maximumNewTokens: 4)).best
      let strategy = MonteCarloTreeSearch(
        simulations: 400, branching: 3, by: probability, selection: uct ? .uct(exploration: 1.4) : .puct(exploration: 2),
        maximumNewTokens: 4)
      let run = try await model.generate(using: strategy, seed: seed)
      #expect(run.best.tokens == best.tokens, "seed \(seed)")
    }
  }

  @Test("Every simulation is counted once at the prompt's children, and parents have the visits of their children")
  func visits() async throws {
    let strategy = MonteCarloTreeSearch(simulations: 60, branching: 2, by: probability, maximumNewTokens: 3)
    let search = try await course.generate(using: strategy, seed: 5).searches[0]
    let first = search.nodes.filter { $0.parent == nil && $0.fate != .rollout }
    #expect(first.reduce(0) { $0 + ($1.visits ?? 0) } == 59 || first.reduce(0) { $0 + ($1.visits ?? 0) } == 60)
    for (index, node) in search.nodes.enumerated() where node.visits ?? 0 > 0 && !node.isFinished && node.length < 3 {
      let below = search.nodes.filter { $0.parent == index && $0.fate != .rollout }.reduce(0) { $0 + ($1.visits ?? 0) }
      #expect(node.visits! - below <= 1)
    }
    #expect(search.nodes.contains { $0.fate == .rollout })
  }

  @Test("Without rollouts, values of beginnings lead")
  func values() async throws {
    let networks = ValueFunction("networks") { text in Double(text.tokens.filter { $0 == 1 }.count) }
    let strategy = MonteCarloTreeSearch(simulations: 40, branching: 2, by: networks, evaluation: .value, maximumNewTokens: 3)
    let run = try await course.generate(using: strategy, seed: 5)
    #expect(run.text == "network network network")
    #expect(run.ledger.verifierCalls <= 2 + 4 + 8)
  }

  @Test("The same seed gives the same search, whatever other samples are drawn", arguments: 0..<3)
  func determinism(kind: Int) async throws {
    let model = randomTable(words: 5, depth: 3, seed: 2, end: true)
    func searches(_ samples: Int, seed: UInt64) async throws -> [[[Int]]] {
      let runs =
        switch kind {
        case 0:
          try await model.generate(
            using: StepwiseBeamSearch(width: 2, proposals: 3, step: .tokens(2), by: probability, maximumNewTokens: 6), samples: samples,
            seed: seed)
        case 1:
          try await model.generate(
            using: Rebase(budget: 6, temperature: 0.2, step: .tokens(2), by: probability, maximumNewTokens: 6), samples: samples, seed: seed
          )
        default:
          try await model.generate(
            using: MonteCarloTreeSearch(simulations: 20, branching: 3, step: .tokens(2), by: probability, maximumNewTokens: 6),
            samples: samples,
            seed: seed)
        }
      return runs.searches.map { search in search.nodes.indices.map { search.tokens(to: $0) } }
    }
    let three = try await searches(3, seed: 1)
    #expect(three == (try await searches(3, seed: 1)))
    #expect(Array(three.prefix(1)) == (try await searches(1, seed: 1)))
    #expect(three != (try await searches(3, seed: 2)))
  }

  @Test("Stepwise beams keep the k of highest value; what was drawn twice counts once")
  func stepwise() async throws {
    let model = randomTable(words: 3, depth: 3, seed: 4)
    let run = try await model.generate(
      using: StepwiseBeamSearch(width: 2, proposals: 12, step: .tokens(2), by: probability, maximumNewTokens: 4), seed: 1)
    let search = run.searches[0]
    #expect(search.nodes.contains { if case .duplicate = $0.fate { true } else { false } })
    for step in search.steps {
      #expect(step.kept.count == 2)
      let values = step.candidates.map { search.nodes[$0.node].value! }
      #expect(values == values.sorted(by: >))
    }
    let best = try await model.generate(using: Exhaustive(maximumNewTokens: 4)).best
    #expect(run.best.logProbability <= best.logProbability)
    #expect(search.nodes.allSatisfy { $0.tokens.count == 2 })
    let sum = search.tokens(to: search.results[0]).count
    #expect(sum == 4)
  }

  @Test("Where everything ends dead, the result is a dead end, not a trap", arguments: 0..<3)
  func deadEnds(kind: Int) async throws {
    let model = try TableModel(["": ["a": 0.6, "b": 0.4], "a": ["b": 1], "b": ["a": 1]])
    let onlyC = Choices("a c", "b c")
    let value = probability
    let runs =
      switch kind {
      case 0:
        try await model.generate(
          using: StepwiseBeamSearch(width: 2, proposals: 3, step: .tokens(1), by: value, maximumNewTokens: 4).checked(by: onlyC), seed: 1)
      case 1:
        try await model.generate(
          using: Rebase(budget: 4, temperature: 1, step: .tokens(1), by: value, maximumNewTokens: 4).checked(by: onlyC), seed: 1)
      default:
        try await model.generate(
          using: MonteCarloTreeSearch(simulations: 9, branching: 2, by: value, maximumNewTokens: 4).checked(by: onlyC), seed: 1)
      }
    #expect(["a", "b", ""].contains(runs.text))
    #expect(runs.searches[0].nodes.contains { $0.fate == .deadEnd })
    let nothing = try await model.generate(
      using: StepwiseBeamSearch(width: 2, proposals: 3, step: .tokens(1), maximumNewTokens: 4).checked(by: Choices("c", "d")), seed: 1)
    #expect(nothing.text == "" && nothing.best.tokens.isEmpty)
  }

  @Test("Steps end where lines and sentences end")
  func units() throws {
    let words = TextVocabulary(words: ["Yes", ".", " no", "\n", "!”", "3"], unit: .characters)
    #expect(!StepUnit.line.ends([0, 1], words) && StepUnit.line.ends([0, 3], words))
    #expect(StepUnit.sentence.ends([0, 1], words) && StepUnit.sentence.ends([0, 4], words) && StepUnit.sentence.ends([0, 3], words))
    #expect(!StepUnit.sentence.ends([0, 2], words))
    #expect(StepUnit.tokens(2).ends([0, 2], words) && !StepUnit.tokens(3).ends([0, 2], words))
  }
}
