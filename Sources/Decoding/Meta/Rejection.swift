/// Draws texts one after the other until a verifier accepts one, or the budget is used up.
///
/// ```swift
/// let outcome = try await model.generate(using: nucleus.untilAccepted(by: Check("short") { $0.count < 80 }, budget: 64), seed: 7)
/// outcome.selections[0].acceptanceRate
/// ```
/// The law of what is accepted is the law of the draws, restricted to accepted texts and scaled up by the acceptance rate: see
/// ``Law/accepted(where:)``. Where the budget ends first there is no text: a text that was not accepted is never returned.
///
/// Complexity: 1 / (acceptance rate) draws on average, at most the budget.
public struct UntilAccepted<Base: TextSource>: Combination {
  public typealias Outcome = MetaGeneration
  public let base: Base
  public let verifier: any Verifier
  /// How many texts are drawn at most for one that is accepted.
  public let budget: Int

  init(_ base: Base, _ verifier: any Verifier, budget: Int) {
    require(budget >= 1, "untilAccepted(by:budget: \(budget)): the budget is at least 1 text.")
    self.base = base
    self.verifier = verifier
    self.budget = budget
  }

  func run(_ drawing: Drawing) async throws -> MetaGeneration {
    let clock = Clock()
    var calls = 0
    var drawn: [any DrawnTexts] = []
    var entries = [[Selection.Entry]](repeating: [], count: drawing.numbers.count)
    var open = Array(drawing.numbers.indices)
    for turn in 0..<budget where !open.isEmpty {
      // The samples that still have nothing draw together, each its own next number.
      let draws = try await drawing.draw(open.map { drawing.numbers[$0] * budget + turn }, [])
      drawn.append(draws)
      let candidates = draws.samples
      let judgements = try await verifier.judgements(of: candidates.compactMap { $0?.text }, for: drawing.problem, calls: &calls)
      var next = judgements.makeIterator()
      for (index, candidate) in zip(open, candidates) {
        guard let candidate, let judgement = next.next() else { continue }
        entries[index].append(Selection.Entry(candidate: candidate, judgement: judgement))
      }
      open.removeAll { entries[$0].last?.judgement?.isAccepted ?? false }
    }
    let selections = entries.map { entries in
      guard let last = entries.last, last.judgement?.isAccepted == true else {
        return Selection(entries, winner: nil, reason: "none of \(budget) was accepted")
      }
      return Selection(entries, winner: entries.count - 1, reason: "the first that was accepted, after \(entries.count - 1) that were not")
    }
    return MetaGeneration(
      strategy: description, seed: drawing.seed, selections: selections, ledger: clock.ledger(drawn, verifierCalls: calls), drawn: drawn)
  }

  public var description: String { "\(base).untilAccepted(by: \(verifier), budget: \(budget))" }
}

extension UntilAccepted: Strategy, RandomStrategy where Base: RandomStrategy {
  public func generate(_ request: GenerationRequest) async throws -> MetaGeneration { try await run(request) }
}

extension TextSource {
  /// Rejection sampling: draws until the verifier accepts, at most `budget` texts.
  public func untilAccepted(by verifier: some Verifier, budget: Int) -> UntilAccepted<Self> {
    UntilAccepted(self, verifier, budget: budget)
  }
}
