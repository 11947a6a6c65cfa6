internal import Glibc
import LanguageModels

/// The rule by which a drafted token is taken or replaced, so that the law of the text is the target's.
///
/// With the target's probability p and the draft's q, both after adapters, the token is taken with probability min(1, p/q), else one is
/// drawn from max(p − q, 0), scaled to add up to 1: every token x comes out with probability min(p, q) + (1 − Σ min(p, q)) · residual = p.
///
/// Source: Leviathan, Kalman and Matias 2023, «Fast inference from transformers via speculative decoding», algorithm 1; Chen et al. 2023.
enum Acceptance {
  /// The probability that a drafted token is taken.
  static func probability(of token: Int, target: [Double], draft: DraftLaw) -> Double {
    let q = draft.probability(of: token)
    return q > 0 ? min(1, target[token] / q) : 0
  }

  /// What is drawn from when the token was not taken.
  static func residual(target: [Double], draft: DraftLaw) -> [Double] {
    var left = target
    switch draft {
    case .certain(let token): left[token] = max(0, left[token] - 1)
    case .probabilities(let q): for token in left.indices { left[token] = max(0, left[token] - q[token]) }
    }
    let sum = left.reduce(0, +)
    // Equal laws leave nothing, and nothing is ever refused under them but by rounding.
    guard sum > 0 else { return target }
    for token in left.indices { left[token] /= sum }
    return left
  }

  /// The token that a uniform number from 0 to 1 falls on.
  static func draw(_ uniform: Double, from probabilities: [Double]) -> Int {
    var sum = 0.0
    var last = 0
    for (token, probability) in probabilities.enumerated() where probability > 0 {
      sum += probability
      last = token
      if uniform < sum { return token }
    }
    return last
  }
}

/// The law by which a draft chose its token.
enum DraftLaw {
  /// It could not have been another: one that was looked up, or the most probable one.
  case certain(Int)
  /// `[vocabulary]`.
  case probabilities([Double])

  func probability(of token: Int) -> Double {
    switch self {
    case .certain(let certain): token == certain ? 1 : 0
    case .probabilities(let probabilities): probabilities[token]
    }
  }
}
