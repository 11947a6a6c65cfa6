/// How an n-gram model shares probability with what it has never seen. Both interpolate with the next shorter context, down to
/// equal probabilities for all tokens, so that no token ever has probability 0.
public enum NGramSmoothing: Sendable {
  /// Interpolated Kneser-Ney: a discount D is taken from every count, and a shorter context counts in how many different
  /// contexts a token was seen, not how often. D = n₁ / (n₁ + 2 n₂) for each length, with n₁ and n₂ the numbers of sequences
  /// seen once and twice.
  ///
  /// Source: Kneser and Ney 1995; Chen and Goodman 1999, «An empirical study of smoothing techniques for language modeling»,
  /// sections 2.7 and 3, without the modification to three discounts.
  case kneserNey
  /// Witten-Bell: a context that was followed by T different tokens gives T / (c + T) of its mass to the shorter one, c being
  /// how often it was followed by anything.
  ///
  /// Source: Witten and Bell 1991, method C; Chen and Goodman 1999, section 2.4.
  case wittenBell
}

/// One length of context, ready for use: what each token adds after each context, and what is left for the shorter context.
struct SmoothedLevel: Sendable {
  /// For every sequence of length k + 1: what it adds to the probability of its last token after its first k.
  var added: [Float] = []
  /// For every sequence of length k: the share of the shorter context.
  var left: [Float] = []
}

extension NGramSmoothing {
  /// The probabilities of all lengths of context, 0 ..< order.
  func levels(of counts: NGramCounts) -> [SmoothedLevel] {
    (0..<counts.order).map { length in
      let weights = self == .kneserNey ? NGramSmoothing.continuationCounts(counts, length: length + 1) : counts.levels[length + 1].count
      let discount = self == .kneserNey ? NGramSmoothing.discount(weights) : 0
      let contexts = counts.levels[length]
      var level = SmoothedLevel(
        added: [Float](repeating: 0, count: weights.count), left: [Float](repeating: 1, count: contexts.token.count))
      for context in contexts.token.indices {
        let children = contexts.children(of: Int32(context))
        var total = 0
        var kinds = 0
        for child in children where weights[child] > 0 {
          total += Int(weights[child])
          kinds += 1
        }
        guard total > 0 else { continue }
        let whole = self == .kneserNey ? Double(total) : Double(total + kinds)
        for child in children { level.added[child] = Float(max(Double(weights[child]) - discount, 0) / whole) }
        level.left[context] = Float((self == .kneserNey ? discount : 1) * Double(kinds) / whole)
      }
      return level
    }
  }

  /// In how many contexts each sequence of the length was seen; the longest sequences, and those at the beginning of a text,
  /// before which nothing else can stand, keep their counts.
  private static func continuationCounts(_ counts: NGramCounts, length: Int) -> [Int32] {
    let level = counts.levels[length]
    guard length < counts.order else { return level.count }
    var weights = [Int32](repeating: 0, count: level.token.count)
    for suffix in counts.levels[length + 1].suffix { weights[Int(suffix)] += 1 }
    for node in weights.indices where level.isInitial[node] { weights[node] = level.count[node] }
    return weights
  }

  /// One half where the text is too small to say: without sequences that were seen once, or twice.
  private static func discount(_ weights: [Int32]) -> Double {
    let once = weights.count { $0 == 1 }
    let twice = weights.count { $0 == 2 }
    return once == 0 || twice == 0 ? 0.5 : Double(once) / Double(once + 2 * twice)
  }
}
