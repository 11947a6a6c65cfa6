internal import Glibc

/// Locally typical sampling: keeps the tokens whose surprise is closest to the entropy, until their probabilities add up to the mass.
///
/// The most probable token may be dropped: being too predictable is not typical either. Of tokens equally far from the entropy
/// the one with the lower number comes first.
///
/// Source: Meister, Pimentel, Wiher and Cotterell 2023, «Locally typical sampling».
public struct Typical: Adapter, Equatable {
  public let mass: Double

  /// - Parameter mass: above 0, at most 1; 1 keeps everything.
  public init(_ mass: Double) {
    require(mass > 0 && mass <= 1, Typical.refusal(mass))
    self.mass = mass
  }

  static func refusal(_ mass: Double) -> String { "Typical(\(mass)): the mass is above 0 and at most 1." }

  public func adapt(_ candidates: inout Candidates, at position: Position) {
    guard mass < 1 else { return }
    let probabilities = candidates.probabilities
    let entropy = candidates.entropy
    let distances = candidates.logProbabilities.map { abs(-$0 - entropy) }
    let order = distances.indices.sorted { distances[$0] < distances[$1] || (distances[$0] == distances[$1] && $0 < $1) }
    candidates.keep(candidates.first(order, untilMass: mass, probabilities))
  }

  public var description: String { "Typical(\(mass))" }
}

extension Candidates {
  /// The expected surprise of a draw, in nats.
  public var entropy: Double {
    zip(probabilities, logProbabilities).reduce(0) { $1.0 > 0 ? $0 - $1.0 * $1.1 : $0 }
  }
}
