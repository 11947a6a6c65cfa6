/// How much of a text is kept.
///
/// ```swift
/// tokenizer.encode(text, truncation: Truncation(to: 128))
/// ```
public struct Truncation: Sendable, Equatable {
  public enum Strategy: String, Sendable, CaseIterable {
    /// Of a pair, the longer text loses tokens first.
    case longestFirst = "LongestFirst"
    case onlyFirst = "OnlyFirst"
    case onlySecond = "OnlySecond"
  }

  public enum Side: String, Sendable, CaseIterable {
    case left = "Left"
    case right = "Right"
  }

  /// The largest number of tokens, special ones included.
  public var maximumLength: Int
  /// How many tokens a piece of overflow repeats from the piece before; below `maximumLength` without special tokens.
  public var stride: Int
  public var strategy: Strategy
  /// Where tokens are taken away.
  public var side: Side

  public init(to maximumLength: Int, stride: Int = 0, strategy: Strategy = .longestFirst, side: Side = .right) {
    precondition(maximumLength >= 0, "truncation to \(maximumLength) tokens: the length is 0 or more")
    precondition(stride >= 0, "a stride of \(stride) tokens: it is 0 or more")
    self.maximumLength = maximumLength
    self.stride = stride
    self.strategy = strategy
    self.side = side
  }

  /// Cuts texts so that with a number of special tokens they are no longer than allowed.
  func apply(to texts: [Encoding], specialTokens: Int) -> [Encoding] {
    precondition(
      maximumLength >= specialTokens, "truncation to \(maximumLength) tokens: the special tokens alone are \(specialTokens)")
    let limit = maximumLength - specialTokens
    let total = texts.reduce(0) { $0 + $1.count }
    if total <= limit { return texts }
    precondition(
      stride == 0 || stride < limit, "a stride of \(stride) tokens: it is less than the \(limit) tokens that are kept of the texts")
    if limit == 0 { return texts.map { $0.truncated(to: 0, stride: 0, side) } }
    if texts.count == 1 { return [texts[0].truncated(to: limit, stride: stride, side)] }
    let lengths = lengths(texts[0].count, texts[1].count, limit: limit)
    return [texts[0].truncated(to: lengths.0, stride: stride, side), texts[1].truncated(to: lengths.1, stride: stride, side)]
  }

  private func lengths(_ first: Int, _ second: Int, limit: Int) -> (Int, Int) {
    switch strategy {
    case .onlyFirst:
      precondition(second < limit, "truncation of the first text only: the second alone has \(second) of at most \(limit) tokens")
      return (limit - second, second)
    case .onlySecond:
      precondition(first < limit, "truncation of the second text only: the first alone has \(first) of at most \(limit) tokens")
      return (first, limit - first)
    case .longestFirst:
      let shorter = min(first, second)
      if shorter * 2 <= limit { return first <= second ? (first, limit - first) : (limit - second, second) }
      let (less, more) = (limit / 2, limit - limit / 2)
      return first <= second ? (less, more) : (more, less)
    }
  }
}

extension Encoding {
  /// The first tokens (or the last), with the rest as overflow.
  fileprivate func truncated(to limit: Int, stride: Int, _ side: Truncation.Side) -> Encoding {
    if count <= limit { return self }
    if limit == 0 {
      var empty = slice(0..<0)
      empty.overflow = [self]
      return empty
    }
    var pieces: [Range<Int>] = []
    let step = max(limit - stride, 1)
    switch side {
    case .right:
      var start = 0
      while pieces.last?.upperBound != count {
        pieces.append(start..<min(start + limit, count))
        start += step
      }
    case .left:
      var end = count
      while pieces.last?.lowerBound != 0 {
        pieces.append(max(end - limit, 0)..<end)
        end -= step
      }
    }
    var kept = slice(pieces[0])
    kept.overflow = pieces.dropFirst().map { slice($0) }
    return kept
  }

  private func slice(_ range: Range<Int>) -> Encoding {
    // Before post-processing a text is one section.
    let section = sections.first.map { Section(kind: $0.kind, typeID: $0.typeID, count: range.count) }
    return Encoding(
      ids: Array(ids[range]), offsets: Array(offsets[range]), words: Array(words[range]), sections: section.map { [$0] } ?? [],
      vocabulary: vocabulary)
  }
}
