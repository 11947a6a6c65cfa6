/// Adds a constant to the logits of some tokens; minus infinity forbids a token.
///
/// Source: the parameter `logit_bias` of the OpenAI interface.
public struct LogitBias: Adapter, Equatable {
  public let biases: [Int: Double]

  /// - Parameter biases: token → what is added to its logit, in nats; not plus infinity.
  public init(_ biases: [Int: Double]) {
    for (token, bias) in biases { require(bias < .infinity, "LogitBias([\(token): \(bias)]): a bias is a number or minus infinity.") }
    self.biases = biases
  }

  public func adapt(_ candidates: inout Candidates, at position: Position) {
    for index in candidates.tokens.indices {
      if let bias = biases[candidates.tokens[index]] { candidates.scores[index] += bias }
    }
    candidates.keepTokens { biases[$0] != -.infinity }
  }

  public var description: String {
    "LogitBias([\(biases.keys.sorted().map { "\($0): \(biases[$0]!)" }.joined(separator: ", "))])"
  }
}
