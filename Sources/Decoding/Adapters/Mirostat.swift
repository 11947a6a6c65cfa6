internal import Glibc

/// Mirostat, version 2: keeps the tokens whose surprise is at most μ, and moves μ so that the surprise of the text stays near τ.
///
/// μ begins at 2τ; after each token μ ← μ − η · (surprise − τ), the surprise being that of the drawn token after truncation.
/// Where no token is that unsurprising, the most probable one stays.
///
/// Source: Basu et al. 2021, «Mirostat: a neural text decoding algorithm that directly controls perplexity», algorithm 2, as in
/// llama.cpp.
public struct Mirostat: Adapter, Equatable {
  /// The surprise to hold, in bits.
  public let target: Double
  /// How fast μ follows.
  public let rate: Double
  /// The largest surprise that is kept now, in bits.
  public private(set) var limit: Double

  /// - Parameters:
  ///   - target: τ in bits, above 0.
  ///   - rate: η, above 0, at most 1.
  public init(target: Double, rate: Double = 0.1) {
    require(target > 0 && target.isFinite, "Mirostat(target: \(target)): the target is a number of bits above 0.")
    require(rate > 0 && rate <= 1, "Mirostat(rate: \(rate)): the rate is above 0 and at most 1.")
    self.target = target
    self.rate = rate
    limit = 2 * target
  }

  public func adapt(_ candidates: inout Candidates, at position: Position) {
    guard let best = candidates.indexOfBest else { return }
    let surprises = candidates.logProbabilities.map { -$0 / log(2) }
    candidates.keep { $0 == best || surprises[$0] <= limit }
  }

  public mutating func accept(_ token: Int, logProbability: Double) {
    limit -= rate * (-logProbability / log(2) - target)
  }

  public var description: String { "Mirostat(target: \(target), rate: \(rate))" }
}
