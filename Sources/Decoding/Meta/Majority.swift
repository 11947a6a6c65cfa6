internal import Glibc

/// Draws N texts, looks for the answer in each, and takes the answer with the most votes: self-consistency.
///
/// ```swift
/// nucleus.majority(of: 8, answer: .integer)
/// nucleus.weightedMajority(of: 8, answer: .integer, by: .probability)
/// ```
/// A text in which no answer is found has no vote. The result is the first text with the winning answer. Where no text has an answer,
/// there is no result. The law of the winner is a sum over the multinomial distribution: see ``AnswerLaw/majority(of:)``.
///
/// Complexity: N draws.
///
/// Source: Wang et al. 2023, «Self-consistency improves chain of thought reasoning in language models».
public struct Majority<Base: TextSource>: Combination {
  public typealias Outcome = MetaGeneration
  public let base: Base
  /// N.
  public let count: Int
  public let answer: AnswerExtraction
  public let weight: VoteWeight
  public let ties: TieRule

  init(_ base: Base, count: Int, answer: AnswerExtraction, weight: VoteWeight, ties: TieRule, name: String) {
    require(count >= 1, "\(name)(of: \(count)): at least 1 text is drawn.")
    self.base = base
    self.count = count
    self.answer = answer
    self.weight = weight
    self.ties = ties
  }

  func run(_ drawing: Drawing) async throws -> MetaGeneration {
    let clock = Clock()
    let (groups, drawn) = try await drawing.groups(of: count)
    var calls = 0
    var selections: [Selection] = []
    for group in groups {
      var entries = try await weight.entries(of: group.compactMap { $0 }, for: drawing.problem, calls: &calls)
      for index in entries.indices { entries[index].answer = answer.answer(in: entries[index].candidate.text) }
      selections.append(try Majority.selection(entries, weight: weight, ties: ties))
    }
    return MetaGeneration(
      strategy: description, seed: drawing.seed, selections: selections, ledger: clock.ledger([drawn], verifierCalls: calls), drawn: [drawn]
    )
  }

  /// The choice among candidates that have their answers and what their votes weigh.
  static func selection(_ entries: [Selection.Entry], weight: VoteWeight, ties rule: TieRule) throws -> Selection {
    let voters = entries.indices.filter { entries[$0].answer != nil }
    guard !voters.isEmpty else { return Selection(entries, winner: nil, reason: "none of \(entries.count) texts has an answer") }
    let weights = try weight.weights(of: voters.map { entries[$0] })
    // In the order in which the answers were first drawn.
    var votes: [(answer: String, weight: Double, first: Int, logProbability: Double)] = []
    for (voter, weight) in zip(voters, weights) {
      let answer = entries[voter].answer!
      let logProbability = entries[voter].candidate.logProbability ?? -.infinity
      if let index = votes.firstIndex(where: { $0.answer == answer }) {
        votes[index].weight += weight
        votes[index].logProbability = max(votes[index].logProbability, logProbability)
      } else {
        votes.append((answer, weight, voter, logProbability))
      }
    }
    let most = votes.map(\.weight).max()!
    // Sums of the same weights in another order may differ by a rounding.
    let tied = votes.filter { $0.weight >= most - 1e-12 * abs(most) }
    let winner: (answer: String, weight: Double, first: Int, logProbability: Double)
    switch rule {
    case .firstDrawn: winner = tied[0]
    case .mostProbable:
      guard tied.allSatisfy({ $0.logProbability > -.infinity }) || tied.count == 1 else {
        throw MetaGenerationError.notKnown(property: "\\.logProbability")
      }
      winner = tied.dropFirst().reduce(tied[0]) { $1.logProbability > $0.logProbability ? $1 : $0 }
    }
    var reason = weight.reason(winner.weight, of: weights.reduce(0, +), voters: voters.count)
    if tied.count > 1 { reason += ", \(rule == .firstDrawn ? "drawn first" : "most probable") of \(tied.count) answers that tie" }
    if voters.count < entries.count { reason += "; \(entries.count - voters.count) without an answer" }
    let order = votes.enumerated().sorted { ($1.element.weight, $0.offset) < ($0.element.weight, $1.offset) }.map(\.element)
    return Selection(entries, winner: winner.first, reason: reason, votes: order.map { ($0.answer, $0.weight) })
  }

  public var description: String {
    let ties = ties == .firstDrawn ? "" : ", ties: .\(ties)"
    if case .one = weight.kind { return "\(base).majority(of: \(count), answer: \(answer)\(ties))" }
    return "\(base).weightedMajority(of: \(count), answer: \(answer), by: \(weight)\(ties))"
  }
}

extension Majority: Strategy, RandomStrategy where Base: RandomStrategy {
  public func generate(_ request: GenerationRequest) async throws -> MetaGeneration { try await run(request) }
}

/// Which of the answers wins that have equally many votes.
public enum TieRule: Sendable, Equatable {
  /// The one that was drawn first.
  case firstDrawn
  /// The one with the most probable text; of equally probable ones the one that was drawn first.
  case mostProbable
}

extension TextSource {
  /// Self-consistency: N texts vote, each for the answer that is found in it.
  public func majority(of count: Int, answer: AnswerExtraction, ties: TieRule = .firstDrawn) -> Majority<Self> {
    Majority(self, count: count, answer: answer, weight: VoteWeight(kind: .one, name: ""), ties: ties, name: "majority")
  }

  /// The same with votes that do not weigh the same.
  public func weightedMajority(
    of count: Int, answer: AnswerExtraction, by weight: VoteWeight, ties: TieRule = .firstDrawn
  ) -> Majority<Self> {
    Majority(self, count: count, answer: answer, weight: weight, ties: ties, name: "weightedMajority")
  }
}

/// What a text's vote weighs.
public struct VoteWeight: Sendable, CustomStringConvertible {
  enum Kind: Sendable {
    case one
    case exponential(Score)
    case score(Score)
  }

  let kind: Kind
  let name: String

  /// The probability of the text under the model.
  public static let probability = VoteWeight(kind: .exponential(Score(\.logProbability)), name: ".probability")
  /// The probability per token, its geometric mean: a long text weighs as much as a short one.
  ///
  /// Source: Wang et al. 2023, equation 1.
  public static let meanProbability = VoteWeight(kind: .exponential(Score(\.meanLogProbability)), name: ".meanProbability")
  /// A verifier's score, at least 0.
  public static func verifier(_ verifier: some Verifier) -> VoteWeight {
    VoteWeight(kind: .score(Score(verifier)), name: ".verifier(\(verifier))")
  }
  /// A reward, at least 0.
  public static func reward(_ reward: @escaping @Sendable (DrawnText) async throws -> Double) -> VoteWeight {
    VoteWeight(kind: .score(Score(reward)), name: ".reward")
  }

  func entries(of candidates: [DrawnText], for problem: Problem?, calls: inout Int) async throws -> [Selection.Entry] {
    switch kind {
    case .one: candidates.map { Selection.Entry(candidate: $0) }
    case .exponential(let score), .score(let score): try await score.entries(of: candidates, for: problem, calls: &calls)
    }
  }

  func weights(of voters: [Selection.Entry]) throws -> [Double] {
    switch kind {
    case .one: return voters.map { _ in 1 }
    case .exponential:
      // Relative to the largest: long texts have probabilities that no Double holds.
      let largest = voters.map { $0.score! }.max()!
      return voters.map { $0.score! == largest ? 1 : exp($0.score! - largest) }
    case .score:
      for voter in voters where voter.score! < 0 {
        throw MetaGenerationError.negativeWeight(voter.score!, by: name)
      }
      return voters.map { $0.score! }
    }
  }

  func reason(_ weight: Double, of total: Double, voters: Int) -> String {
    if case .one = kind { return "\(Int(weight)) of \(voters) votes" }
    let share = total > 0 ? (weight / total * 1_000).rounded() / 10 : 0
    return "\(share) % of the weight of \(voters) votes"
  }

  public var description: String { name }
}
