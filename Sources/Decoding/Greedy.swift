import LanguageModels

/// Takes the most probable token at every step; of equally probable ones the one with the lower number.
///
/// ```swift
/// try await model.generate("The king", using: Greedy(maximumNewTokens: 10))
/// ```
/// The most probable token at every step is not the most probable text: see ``BeamSearch``.
///
/// Complexity: at most `maximumNewTokens` forward calls, each in a batch of one.
public struct Greedy: DeterministicStrategy, CheckableStrategy, Equatable {
  /// Where the text ends if no end token came before.
  public let maximumNewTokens: Int
  public var checker: AnyChecker?

  /// - Parameter maximumNewTokens: at least 1.
  public init(maximumNewTokens: Int = 20) {
    require(maximumNewTokens >= 1, "Greedy(maximumNewTokens: \(maximumNewTokens)): at least 1 token is written.")
    self.maximumNewTokens = maximumNewTokens
  }

  public func generate(_ request: GenerationRequest) async throws -> Generation {
    var model = MeteredModel(request.model)
    var output = try await model.read(request.prompt)
    var tokens: [Int] = []
    var scores: [Double] = []
    var text = try checker.map { try CheckedText($0, model: request.model, prompt: request.prompt) }
    var isDeadEnd = false
    while true {
      var next = try NextToken(output.logits, row: 0, afterTokens: request.prompt.count + tokens.count)
      var keptMass = 1.0
      if let text {
        guard let allowed = next.restricted(to: text.mask) else {
          isDeadEnd = true
          break
        }
        (next, keptMass) = allowed
      }
      let (token, logProbability) = next.mostProbable(1)[0]
      tokens.append(token)
      scores.append(logProbability)
      text?.accept(token, keptMass: keptMass)
      if tokens.count == maximumNewTokens || request.model.endTokens.contains(token) || text?.isClosed ?? false { break }
      output = try await model.forward([ForwardInput(output.states[0], token)])
    }
    let continuation = Continuation(
      of: request.model, prompt: request.prompt, tokens: tokens, logProbabilities: scores, check: text?.report(isDeadEnd: isDeadEnd))
    model.write([continuation])
    return Generation(strategy: description, seed: nil, continuations: [continuation], ledger: model.ledger)
  }

  public var description: String { described("Greedy") }
}
