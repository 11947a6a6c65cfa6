/// Nucleus sampling: keeps the fewest most probable tokens whose probabilities add up to p. The token that crosses p is kept.
///
/// Of equally probable tokens the one with the lower number comes first. Reaching p is meant up to 10⁻⁶, the precision of logits.
///
/// Source: Holtzman et al. 2020, «The curious case of neural text degeneration».
public struct TopP: Adapter, Equatable {
  public let mass: Double

  /// - Parameter mass: above 0, at most 1; 1 keeps everything.
  public init(_ mass: Double) {
    require(mass > 0 && mass <= 1, TopP.refusal(mass))
    self.mass = mass
  }

  static func refusal(_ mass: Double) -> String { "TopP(\(mass)): the mass is above 0 and at most 1." }

  public func adapt(_ candidates: inout Candidates, at position: Position) {
    guard mass < 1 else { return }
    let probabilities = candidates.probabilities
    // The nucleus is mostly small: sorting all tokens is the last resort.
    var count = 64
    while true {
      let order = candidates.byScore(first: count)
      let nucleus = candidates.first(order, untilMass: mass, probabilities)
      if nucleus.count < order.count || order.count == candidates.count {
        candidates.keep(nucleus)
        return
      }
      count *= 8
    }
  }

  public var description: String { "TopP(\(mass))" }
}
