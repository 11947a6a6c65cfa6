internal import Glibc
import LanguageModels

/// The tokens that a step can still choose from, with their scores: what adapters change.
///
/// Scores are logits, known up to a constant; the probabilities are their softmax. Tokens are in the order of their numbers,
/// whatever was taken away. Tokens of probability 0 are not there.
public struct Candidates: Sendable {
  public private(set) var tokens: [Int]
  /// `scores[index]` belongs to `tokens[index]`.
  public var scores: [Double]

  /// All tokens of a row of logits that have any probability.
  public init(_ logits: Logits, row: Int) {
    tokens = []
    scores = []
    tokens.reserveCapacity(logits.vocabularySize)
    scores.reserveCapacity(logits.vocabularySize)
    logits.values.withUnsafeBufferPointer { values in
      let row = UnsafeBufferPointer(rebasing: values[logits.range(ofRow: row)])
      for token in row.indices where row[token] > -.infinity {
        tokens.append(token)
        scores.append(Double(row[token]))
      }
    }
  }

  public var count: Int { tokens.count }

  /// The probability of each candidate; they add up to 1.
  public var probabilities: [Double] {
    guard let largest = scores.max() else { return [] }
    var weights = scores.map { exp($0 - largest) }
    let sum = weights.reduce(0, +)
    for index in weights.indices { weights[index] /= sum }
    return weights
  }

  /// The log-probability of each candidate, in nats.
  public var logProbabilities: [Double] {
    guard let largest = scores.max() else { return [] }
    let normalizer = largest + log(scores.reduce(0) { $0 + exp($1 - largest) })
    return scores.map { $0 - normalizer }
  }

  /// Where the most probable candidate is; of several, the one with the lowest token.
  public var indexOfBest: Int? {
    scores.indices.max { scores[$0] < scores[$1] || (scores[$0] == scores[$1] && $0 > $1) }
  }

  /// Takes away every candidate for which the closure says no; it gets the candidate's index.
  public mutating func keep(where isKept: (Int) -> Bool) {
    var kept = 0
    for index in tokens.indices where isKept(index) {
      tokens[kept] = tokens[index]
      scores[kept] = scores[index]
      kept += 1
    }
    tokens.removeLast(tokens.count - kept)
    scores.removeLast(scores.count - kept)
  }

  /// Takes away every candidate for whose token the closure says no.
  public mutating func keepTokens(where isKept: (Int) -> Bool) {
    let tokens = tokens
    keep { isKept(tokens[$0]) }
  }

  /// Takes away every candidate but those at the indices.
  public mutating func keep(_ indices: some Sequence<Int>) {
    var isKept = [Bool](repeating: false, count: count)
    for index in indices { isKept[index] = true }
    keep { isKept[$0] }
  }

  /// The indices of the candidates that come first in an order, until their probabilities add up to the mass; the one that
  /// reaches it is among them.
  ///
  /// Reached means: up to 10⁻⁶, the precision of logits, so that .4 + .3 reach .7. Complexity: O(n log n).
  func first(_ order: [Int], untilMass mass: Double, _ probabilities: [Double]) -> ArraySlice<Int> {
    var sum = 0.0
    for (place, index) in order.enumerated() {
      sum += probabilities[index]
      if sum >= mass - 1e-6 { return order[...place] }
    }
    return order[...]
  }

  /// Draws a candidate by its probability, with a uniform number from 0 to 1.
  ///
  /// - Returns: the token and the log-probability that it had, in nats.
  func draw(_ uniform: Double) -> (token: Int, logProbability: Double) {
    let probabilities = probabilities
    var sum = 0.0
    var chosen = probabilities.indices.last { probabilities[$0] > 0 }!
    for index in probabilities.indices {
      sum += probabilities[index]
      if uniform < sum {
        chosen = index
        break
      }
    }
    return (tokens[chosen], log(probabilities[chosen]))
  }
}
