/// Predict every next token from those before it (Radford et al. 2018): GPT.
public struct CausalLanguageModel: Sendable {
  public init() {}

  /// What is read, and for each token of it what is to be predicted.
  ///
  /// - Parameter tokens: at least two.
  public func example(_ tokens: [Int]) -> (input: [Int], targets: [Int]) {
    precondition(tokens.count >= 2, "a text of \(tokens.count) tokens has no next token")
    return (Array(tokens.dropLast()), Array(tokens.dropFirst()))
  }
}
