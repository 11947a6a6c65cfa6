/// Keeps the tokens whose logit is at most n standard deviations of all logits below the highest one.
///
/// The set does not depend on the temperature. The deviation is that of the population of candidates, as in llama.cpp.
///
/// Source: Tang et al. 2024, «Top-nσ: not all logits are you need».
public struct TopNSigma: Adapter, Equatable {
  public let deviations: Double

  /// - Parameter deviations: above 0.
  public init(_ deviations: Double) {
    require(deviations > 0 && deviations.isFinite, TopNSigma.refusal(deviations))
    self.deviations = deviations
  }

  static func refusal(_ deviations: Double) -> String { "TopNSigma(\(deviations)): the number of standard deviations is above 0." }

  public func adapt(_ candidates: inout Candidates, at position: Position) {
    let scores = candidates.scores
    let mean = scores.reduce(0, +) / Double(scores.count)
    let variance = scores.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(scores.count)
    let threshold = (scores.max() ?? 0) - deviations * variance.squareRoot()
    candidates.keep { scores[$0] >= threshold }
  }

  public var description: String { "TopNSigma(\(deviations))" }
}
