/// Draws N texts and takes the one with the highest score.
///
/// ```swift
/// nucleus.best(of: 16, by: \.logProbability)                        // what is known of a text
/// nucleus.best(of: 16, by: TestCases("assert add(2, 3) == 5"))      // a verifier
/// nucleus.best(of: 16) { candidate in -Double(candidate.text.count) } // a reward
/// ```
/// Of equal scores the text that was drawn first. With F the distribution of the score of one draw, a text y wins with probability
/// F(y)^N − F(y⁻)^N: see ``Law/best(of:by:)``.
///
/// Complexity: N draws; a verifier is asked once for each different text, a reward once for each.
///
/// Source: Welleck et al. 2024, «From decoding to meta-generation», section 4.1.1.
public struct BestOf<Base: TextSource>: Combination {
  public typealias Outcome = MetaGeneration
  public let base: Base
  /// N.
  public let count: Int
  let score: Score

  init(_ base: Base, count: Int, score: Score) {
    require(count >= 1, "best(of: \(count)): at least 1 text is drawn.")
    self.base = base
    self.count = count
    self.score = score
  }

  func run(_ drawing: Drawing) async throws -> MetaGeneration {
    let clock = Clock()
    let (groups, drawn) = try await drawing.groups(of: count)
    var calls = 0
    // One batch for all samples: a verifier may run its children side by side.
    let all = try await score.entries(of: groups.flatMap { $0.compactMap { $0 } }, for: drawing.problem, calls: &calls)
    var rest = all[...]
    let selections = groups.map { group in
      let entries = Array(rest.prefix(group.compactMap { $0 }.count))
      rest = rest.dropFirst(entries.count)
      return BestOf.selection(entries)
    }
    return MetaGeneration(
      strategy: description, seed: drawing.seed, selections: selections, ledger: clock.ledger([drawn], verifierCalls: calls), drawn: [drawn]
    )
  }

  /// The first of the highest scores.
  static func selection(_ entries: [Selection.Entry]) -> Selection {
    guard let highest = entries.compactMap(\.score).max() else { return Selection(entries, winner: nil, reason: "nothing was drawn") }
    let ties = entries.count { $0.score == highest }
    let reason = ties == 1 ? "the highest score of \(entries.count)" : "the first of \(ties) with the highest score of \(entries.count)"
    return Selection(entries, winner: entries.firstIndex { $0.score == highest }, reason: reason)
  }

  public var description: String { "\(base).best(of: \(count), by: \(score.name))" }
}

extension BestOf: Strategy, RandomStrategy where Base: RandomStrategy {
  public func generate(_ request: GenerationRequest) async throws -> MetaGeneration { try await run(request) }
}

extension TextSource {
  /// Draws N texts and takes the one for which a property is highest: `\.logProbability`, `\.meanLogProbability`.
  public func best(of count: Int, by path: KeyPath<DrawnText, Double?> & Sendable) -> BestOf<Self> {
    BestOf(self, count: count, score: Score(path))
  }

  /// Draws N texts and takes the one that a verifier gives the highest score.
  public func best(of count: Int, by verifier: some Verifier) -> BestOf<Self> {
    BestOf(self, count: count, score: Score(verifier))
  }

  /// Draws N texts and takes the one with the highest reward.
  public func best(of count: Int, by reward: @escaping @Sendable (DrawnText) async throws -> Double) -> BestOf<Self> {
    BestOf(self, count: count, score: Score(reward))
  }
}

/// The time that a combination takes, and its ledger.
struct Clock {
  private let start = ContinuousClock.now

  /// The draws' costs together, with the seconds since the clock was set up.
  func ledger(_ drawn: [any DrawnTexts], verifierCalls: Int) -> Ledger {
    var ledger = drawn.reduce(Ledger()) { $0 + $1.ledger }
    ledger.verifierCalls += verifierCalls
    let (seconds, attoseconds) = (ContinuousClock.now - start).components
    ledger.seconds = Double(seconds) + Double(attoseconds) * 1e-18
    return ledger
  }
}
