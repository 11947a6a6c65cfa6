/// Keeps a text from ending before it has so many tokens. Where only end tokens are left, they stay.
///
/// Source: transformers' `min_new_tokens`.
public struct MinimumLength: Adapter, Equatable {
  public let tokens: Int
  public let endTokens: [Int]

  /// - Parameters:
  ///   - tokens: how many must have been written before the end token, at least 0.
  ///   - endTokens: the model's, `model.endTokens`.
  public init(_ tokens: Int, before endTokens: [Int]) {
    require(tokens >= 0, "MinimumLength(\(tokens)): a length is at least 0.")
    self.tokens = tokens
    self.endTokens = endTokens
  }

  public func adapt(_ candidates: inout Candidates, at position: Position) {
    guard position.generated.count < tokens, candidates.tokens.contains(where: { !endTokens.contains($0) }) else { return }
    candidates.keepTokens { !endTokens.contains($0) }
  }

  public var description: String { "MinimumLength(\(tokens))" }
}
