/// Takes away every token that would repeat a sequence of n tokens, prompt included. Where that would leave nothing, nothing is taken.
///
/// Source: Paulus, Xiong and Socher 2017; the form of transformers.
public struct NoRepeatNGram: Adapter, Equatable {
  public let length: Int

  /// - Parameter length: at least 1; 1 allows every token once.
  public init(_ length: Int) {
    require(length >= 1, NoRepeatNGram.refusal(length))
    self.length = length
  }

  static func refusal(_ length: Int) -> String { "NoRepeatNGram(\(length)): the length is at least 1." }

  public func adapt(_ candidates: inout Candidates, at position: Position) {
    let banned = NoRepeatNGram.completions(of: position.tokens, length: length)
    guard !banned.isEmpty, candidates.tokens.contains(where: { !banned.contains($0) }) else { return }
    candidates.keepTokens { !banned.contains($0) }
  }

  /// The tokens after which the last `length` tokens would have occurred before.
  static func completions(of tokens: [Int], length: Int) -> Set<Int> {
    guard tokens.count >= length else { return [] }
    let beginning = tokens.suffix(length - 1)
    return Set((0...tokens.count - length).filter { tokens[$0..<$0 + length - 1].elementsEqual(beginning) }.map { tokens[$0 + length - 1] })
  }

  public var description: String { "NoRepeatNGram(\(length))" }
}
