internal import Glibc

/// How a search compares texts of different lengths: every token more costs log-probability, so that the sum prefers short texts.
///
/// Lengths count the tokens that were written, the end token included, not the prompt's.
public enum LengthPenalty: Sendable, Equatable, CustomStringConvertible {
  /// The log-probability of the text, Σ log p.
  case sum
  /// Σ log p / length^α: transformers' `length_penalty`; α = 1 is the mean, the book d2l uses 0.75.
  case average(exponent: Double)
  /// Σ log p / ((5 + length) / 6)^α.
  ///
  /// Source: Wu et al. 2016, «Google's neural machine translation system», equation 14, without its coverage penalty.
  case gnmt(exponent: Double)

  /// What a text with the log-probability and the length is ranked by, in nats for ``sum``.
  public func score(_ logProbability: Double, length: Int) -> Double { logProbability / divisor(length: length) }

  func divisor(length: Int) -> Double {
    switch self {
    case .sum: 1
    case .average(let exponent): pow(Double(length), exponent)
    case .gnmt(let exponent): pow((5 + Double(length)) / 6, exponent)
    }
  }

  /// The divisor that is kindest to a text that is still to grow from one length to at most another.
  ///
  /// A log-probability is at most 0 and can only fall, and divisors grow or fall with the length: the sum so far, divided by the
  /// larger of the two at the ends, bounds every score that can still be reached.
  func kindestDivisor(from length: Int, to maximumLength: Int) -> Double {
    max(divisor(length: length), divisor(length: maximumLength))
  }

  var refusal: String? {
    switch self {
    case .sum: nil
    case .average(let exponent), .gnmt(let exponent):
      exponent.isFinite ? nil : "LengthPenalty: the exponent \(exponent) is no finite number."
    }
  }

  public var description: String {
    switch self {
    case .sum: "Σ log p"
    case .average(let exponent): "Σ log p / length^\(exponent)"
    case .gnmt(let exponent): "Σ log p / ((5 + length)/6)^\(exponent)"
    }
  }
}
