/// Divides every logit by T: below 1 the probable tokens become more probable, above 1 all become more alike.
///
/// Probabilities become pᵢ^(1/T) / Σ pⱼ^(1/T). As T goes to 0 the choice becomes the greedy one.
///
/// Source: Ackley, Hinton and Sejnowski 1985; Welleck et al. 2024, «From Decoding to Meta-Generation», section 3.
public struct Temperature: Adapter, Equatable {
  public let value: Double

  /// - Parameter value: above 0.
  public init(_ value: Double) {
    require(value > 0 && value.isFinite, Temperature.refusal(value))
    self.value = value
  }

  static func refusal(_ value: Double) -> String {
    "Temperature(\(value)): a temperature is a number above 0; the limit 0 is Greedy()."
  }

  public func adapt(_ candidates: inout Candidates, at position: Position) {
    for index in candidates.scores.indices { candidates.scores[index] /= value }
  }

  public var description: String { "Temperature(\(value))" }
}
