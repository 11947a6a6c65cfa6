/// A set of tokens of a vocabulary, a bit for each.
public struct TokenMask: Sendable, Equatable {
  /// The size of the vocabulary.
  public let count: Int
  /// Bit `token % 64` of word `token / 64`.
  public private(set) var words: [UInt64]

  /// No token.
  ///
  /// - Parameter count: the size of the vocabulary.
  public init(count: Int) {
    self.count = count
    words = [UInt64](repeating: 0, count: (count + 63) / 64)
  }

  /// - Parameter words: a bit for each token, see ``words``.
  public init(count: Int, words: [UInt64]) {
    precondition(words.count == (count + 63) / 64)
    self.count = count
    self.words = words
  }

  public func contains(_ token: Int) -> Bool { words[token >> 6] >> UInt64(token & 63) & 1 == 1 }

  public mutating func insert(_ token: Int) { words[token >> 6] |= 1 << UInt64(token & 63) }

  public mutating func remove(_ token: Int) { words[token >> 6] &= ~(1 << UInt64(token & 63)) }

  public mutating func formUnion(_ other: TokenMask) {
    for index in words.indices { words[index] |= other.words[index] }
  }

  public var isEmpty: Bool { words.allSatisfy { $0 == 0 } }

  /// How many tokens the set has.
  public var tokenCount: Int { words.reduce(0) { $0 + $1.nonzeroBitCount } }

  /// The tokens, from the lowest up.
  public var tokens: [Int] {
    var tokens: [Int] = []
    for (index, word) in words.enumerated() {
      var rest = word
      while rest != 0 {
        tokens.append(index << 6 + rest.trailingZeroBitCount)
        rest &= rest - 1
      }
    }
    return tokens
  }
}
