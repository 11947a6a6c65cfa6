/// A token at a place in the tree of texts that a search has looked at; in searches by steps, the tokens of a line or a sentence.
public struct SearchNode: Sendable {
  /// What became of a node.
  public enum Fate: Sendable, Equatable {
    /// Its text stayed in the search: it was continued, or it is a result.
    case kept
    /// Its text was a candidate, and not among the best.
    case outranked(step: Int, rank: Int, candidates: Int)
    /// It was not among the best continuations of its parent, so that it never was a candidate.
    case notProposed(rank: Int)
    /// Its text was among the best by the model's probability; the value that guides the search put others before it.
    case undervalued(step: Int, rank: Int, candidates: Int)
    /// Its token would have been kept, had the groups before not chosen it.
    case penalized(step: Int, rank: Int, candidates: Int, penalty: Double)
    /// No text that the checker allows begins so.
    case rejected
    /// An end token where the text must not end.
    case cannotEnd
    /// The text ended, but its rank among all candidates was too low for an end to count.
    case endedTooLow(step: Int, rank: Int)
    /// The same text is at another node.
    case duplicate(of: Int)
    /// Everything that may come next is wrong.
    case deadEnd
    /// No continuation could reach what was needed, and the search stopped.
    case bounded(reachable: Double, needed: Double)
    /// The search stopped when enough texts had ended, or when its budget was spent.
    case unfinished
    /// Its share of the budget was rounded to no step at all.
    case noBudget
    /// No simulation came through it.
    case unvisited
    /// A text that a simulation wrote to its end, to be judged; not a node of the tree that is searched.
    case rollout
    /// It was not among those that chance chose.
    case notDrawn(step: Int, rank: Int, candidates: Int)
  }

  /// The place of the node before it in ``Search/nodes``; nil for the first after the prompt.
  public let parent: Int?
  /// How many nodes lead to it from the prompt, itself included: in a search token by token, which token of the text it is.
  public let step: Int
  /// How many tokens the text has up to here.
  public let length: Int
  /// The tokens after the first one with their log-probabilities, in searches by steps.
  let rest: [ScoredToken]
  let first: ScoredToken
  /// The log-probability of the node's tokens after what stands before them, in nats, by the model's own distribution.
  public let logProbability: Double
  /// The model's own log-probability of the text up to here, in nats.
  public let total: Double
  /// The same after adapters: what the search adds up. Equal to the total where there are none.
  public let adaptedTotal: Double
  /// What the text is ranked by: the sum after adapters, divided by the length penalty.
  public let score: Double
  /// Whether the text ends here.
  public internal(set) var isFinished: Bool
  public internal(set) var fate: Fate
  /// What a value function said of the text up to here, where one was asked.
  public internal(set) var value: Double?
  /// How often a tree search went through the node; in a reward-balanced search, how many steps were drawn after it.
  public internal(set) var visits: Int?
  /// What is known of the tokens that the checker does not allow after this node: their probability together.
  public internal(set) var prunedMass: Double?
  /// The group of the beam that the node belongs to, from 1, where there are groups.
  public internal(set) var group: Int?
  /// What the node was ranked by where that is not its score: a value, a penalty or chance is part of it.
  public internal(set) var key: Double?

  /// The node's last token.
  public var token: Int { rest.last?.token ?? first.token }
  /// The node's tokens: one, but in searches by steps.
  public var tokens: [Int] { [first.token] + rest.map(\.token) }
  var scoredTokens: [ScoredToken] { [first] + rest }

  /// Whether the text stayed in the search.
  public var isKept: Bool { fate == .kept }
}

/// A token with its log-probabilities, in nats: the model's own, and the one after adapters.
struct ScoredToken: Sendable, Equatable {
  var token: Int
  var logProbability: Double
  var adapted: Double
}

/// One step of a search: the candidates, ranked, and which of them were kept.
public struct SearchStep: Sendable {
  public struct Candidate: Sendable {
    /// The node, by its place in ``Search/nodes``.
    public let node: Int
    /// From 1; the order is by score, then by the token's number, then by the rank of the text that it continues.
    public let rank: Int
    public let isKept: Bool
    /// Whether the text was finished at an earlier step and only keeps its place.
    public let isCarried: Bool
  }

  /// From 1.
  public let number: Int
  /// From the best down.
  public let candidates: [Candidate]

  /// The texts that are stored after the step, from the best down.
  public var kept: [Candidate] { candidates.filter(\.isKept) }
}
