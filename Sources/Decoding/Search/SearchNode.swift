/// A token at a place in the tree of texts that a search has looked at.
public struct SearchNode: Sendable {
  /// What became of a node.
  public enum Fate: Sendable, Equatable {
    /// Its text stayed in the beam: it was continued, or it is a result.
    case kept
    /// Its text was a candidate, and not among the best.
    case outranked(step: Int, rank: Int, candidates: Int)
    /// It was not among the best continuations of its parent, so that it never was a candidate.
    case notProposed(rank: Int)
  }

  /// The place of the node before it in ``Search/nodes``; nil for the first token after the prompt.
  public let parent: Int?
  /// Which token of the text it is, from 1.
  public let step: Int
  public let token: Int
  /// The log-probability of the token after what stands before it, in nats.
  public let logProbability: Double
  /// The log-probability of the text up to here, in nats.
  public let total: Double
  /// What the text was ranked by: the total after the length penalty.
  public let score: Double
  /// Whether the text ends here with an end token.
  public let isFinished: Bool
  public internal(set) var fate: Fate

  /// Whether the text stayed in the beam.
  public var isKept: Bool { fate == .kept }
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
