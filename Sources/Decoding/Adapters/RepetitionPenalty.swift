/// Makes tokens that have occurred less likely: a logit below 0 is multiplied by θ, one above divided.
///
/// Once per distinct token; the prompt counts unless it is told not to. It changes logits, not probabilities: models that give log-probabilities have no
/// logit above 0.
///
/// Source: Keskar et al. 2019, «CTRL», section 4.1, in the form of transformers.
public struct RepetitionPenalty: Adapter, Equatable {
  public let factor: Double
  public let occurrences: Occurrences

  /// - Parameters:
  ///   - factor: above 0; 1 changes nothing, below 1 rewards repetition.
  ///   - occurrences: where it looks for the token.
  public init(_ factor: Double, in occurrences: Occurrences = .all) {
    require(factor > 0 && factor.isFinite, RepetitionPenalty.refusal(factor))
    self.factor = factor
    self.occurrences = occurrences
  }

  static func refusal(_ factor: Double) -> String { "RepetitionPenalty(\(factor)): the factor is a number above 0." }

  public func adapt(_ candidates: inout Candidates, at position: Position) {
    let seen = Set(occurrences.tokens(at: position))
    for index in candidates.tokens.indices where seen.contains(candidates.tokens[index]) {
      let score = candidates.scores[index]
      candidates.scores[index] = score < 0 ? score * factor : score / factor
    }
  }

  public var description: String { "RepetitionPenalty(\(factor)\(occurrences == .all ? "" : ", in: .\(occurrences)"))" }
}
