internal import Glibc

/// «Don't repeat yourself»: takes from the logit of a token that would prolong a repetition, the more the longer it already is.
///
/// Where the last n tokens have occurred before, followed by a token, that token loses `multiplier · base^(n − allowedLength)` nats,
/// for the largest such n, if n is at least the allowed length. Prompt included. A repetition does not reach over a breaker.
///
/// Source: Weidmann 2024, the pull request «DRY» of text-generation-webui; llama.cpp's `dry`.
public struct DRY: Adapter, Equatable {
  public let multiplier: Double
  public let base: Double
  public let allowedLength: Int
  public let breakers: Set<Int>

  /// - Parameters:
  ///   - multiplier: above 0, in nats.
  ///   - base: at least 1.
  ///   - allowedLength: at least 1: the length from which on a repetition costs.
  ///   - breakers: tokens at which repetitions end, such as line breaks.
  public init(multiplier: Double, base: Double = 1.75, allowedLength: Int = 2, breakers: Set<Int> = []) {
    require(multiplier > 0 && multiplier.isFinite, "DRY(multiplier: \(multiplier)): the multiplier is a number above 0.")
    require(base >= 1 && base.isFinite, "DRY(base: \(base)): the base is a number of at least 1.")
    require(allowedLength >= 1, "DRY(allowedLength: \(allowedLength)): the allowed length is at least 1.")
    self.multiplier = multiplier
    self.base = base
    self.allowedLength = allowedLength
    self.breakers = breakers
  }

  public func adapt(_ candidates: inout Candidates, at position: Position) {
    let repeated = DRY.repetitions(in: position.tokens, breakers: breakers)
    for index in candidates.tokens.indices {
      guard let length = repeated[candidates.tokens[index]], length >= allowedLength else { continue }
      candidates.scores[index] -= multiplier * pow(base, Double(length - allowedLength))
    }
  }

  /// For every token that would prolong a repetition, how long the longest one already is.
  static func repetitions(in tokens: [Int], breakers: Set<Int>) -> [Int: Int] {
    // matched[i]: how many tokens that end at i agree with those at the end.
    var longest: [Int: Int] = [:]
    for next in tokens.indices.dropFirst() {
      var length = 0
      while length < next, tokens[next - 1 - length] == tokens[tokens.count - 1 - length], !breakers.contains(tokens[next - 1 - length]) {
        length += 1
      }
      if length > 0 { longest[tokens[next]] = max(longest[tokens[next]] ?? 0, length) }
    }
    return longest
  }

  public var description: String { "DRY(multiplier: \(multiplier), base: \(base), allowedLength: \(allowedLength))" }
}
