internal import Glibc

/// Keeps the tokens with a probability of at least ε; where there is none, the most probable one.
///
/// Source: Hewitt, Manning and Liang 2022, «Truncation sampling as language model desmoothing».
public struct EpsilonCutoff: Adapter, Equatable {
  public let epsilon: Double

  /// - Parameter epsilon: above 0, below 1.
  public init(_ epsilon: Double) {
    require(epsilon > 0 && epsilon < 1, EpsilonCutoff.refusal(epsilon))
    self.epsilon = epsilon
  }

  static func refusal(_ epsilon: Double) -> String { "EpsilonCutoff(\(epsilon)): the cutoff is above 0 and below 1." }

  public func adapt(_ candidates: inout Candidates, at position: Position) {
    candidates.keep(above: epsilon)
  }

  public var description: String { "EpsilonCutoff(\(epsilon))" }
}

/// Keeps the tokens with a probability of at least min(ε, √ε · e^(−entropy)); where there is none, the most probable one.
///
/// Source: Hewitt, Manning and Liang 2022, «Truncation sampling as language model desmoothing».
public struct EtaCutoff: Adapter, Equatable {
  public let epsilon: Double

  /// - Parameter epsilon: above 0, below 1.
  public init(_ epsilon: Double) {
    require(epsilon > 0 && epsilon < 1, EtaCutoff.refusal(epsilon))
    self.epsilon = epsilon
  }

  static func refusal(_ epsilon: Double) -> String { "EtaCutoff(\(epsilon)): the cutoff is above 0 and below 1." }

  public func adapt(_ candidates: inout Candidates, at position: Position) {
    candidates.keep(above: min(epsilon, epsilon.squareRoot() * exp(-candidates.entropy)))
  }

  public var description: String { "EtaCutoff(\(epsilon))" }
}

extension Candidates {
  fileprivate mutating func keep(above threshold: Double) {
    guard let best = indexOfBest else { return }
    let probabilities = probabilities
    keep { $0 == best || probabilities[$0] >= threshold }
  }
}
