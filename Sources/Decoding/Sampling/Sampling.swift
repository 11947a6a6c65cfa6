import LanguageModels

/// Draws every token at random, from the model's distribution as the adapters leave it.
///
/// ```swift
/// Sampling()                                  // ancestral: the model's own distribution
/// Sampling { Temperature(0.8); TopP(0.9) }    // the order in the text is the order of application
/// ```
/// The same seed gives the same texts: a draw is a function of seed, prompt, sample number and step.
///
/// Complexity: at most `maximumNewTokens` batches; all samples advance together and the prompt is read once.
public struct Sampling: RandomStrategy, CheckableStrategy {
  /// Where a text ends if no end token came before.
  public let maximumNewTokens: Int
  /// The adapters, in the order of their application.
  public let adapters: [any Adapter]
  public var checker: AnyChecker?

  /// - Parameters:
  ///   - maximumNewTokens: at least 1.
  ///   - adapters: none for ancestral sampling.
  public init(maximumNewTokens: Int = 20, @AdapterBuilder _ adapters: () -> [any Adapter] = { [] }) {
    require(maximumNewTokens >= 1, "Sampling(maximumNewTokens: \(maximumNewTokens)): at least 1 token is written.")
    self.maximumNewTokens = maximumNewTokens
    self.adapters = adapters()
  }

  public func generate(_ request: GenerationRequest) async throws -> Generation {
    var model = MeteredModel(request.model, adapters: adapters)
    let start = try await model.read(request.prompt)
    let text = try checker.map { try CheckedText($0, model: request.model, prompt: request.prompt) }
    var samples = request.numbers.map {
      Sample(number: $0, state: start.states[0], chain: AdapterChain(adapters: adapters), text: text)
    }
    var live = Array(samples.indices)
    var logits = start.logits
    // After the prompt all samples stand before the same row.
    var rows = [Int](repeating: 0, count: live.count)
    while true {
      for (sample, row) in zip(live, rows) { try samples[sample].draw(from: logits, row: row, request) }
      live.removeAll { samples[$0].hasEnded(request.model, limit: maximumNewTokens) }
      if live.isEmpty { break }
      let output = try await model.forward(live.map { ForwardInput(samples[$0].state, samples[$0].tokens.last!) })
      for (sample, state) in zip(live, output.states) { samples[sample].state = state }
      logits = output.logits
      rows = Array(0..<live.count)
    }
    let continuations = samples.map { sample in
      Continuation(
        of: request.model, prompt: request.prompt, tokens: sample.tokens, logProbabilities: sample.scores,
        adaptedLogProbabilities: sample.adaptedScores, check: sample.text?.report(isDeadEnd: sample.isDeadEnd))
    }
    model.write(continuations)
    return Generation(strategy: description, seed: request.seed, continuations: continuations, ledger: model.ledger)
  }

  public var description: String {
    described(adapters.isEmpty ? "Sampling" : "Sampling { \(adapters.map { "\($0)" }.joined(separator: "; ")) }")
  }
}

/// One text that is being drawn.
private struct Sample {
  let number: Int
  var state: ModelState
  var chain: AdapterChain
  /// The text under the strategy's checker, if it has one.
  var text: CheckedText?
  var isDeadEnd = false
  var tokens: [Int] = []
  var scores: [Double] = []
  var adaptedScores: [Double] = []

  func hasEnded(_ model: any LanguageModel, limit: Int) -> Bool {
    guard !isDeadEnd, let last = tokens.last else { return true }
    return tokens.count == limit || model.endTokens.contains(last) || text?.isClosed ?? false
  }

  mutating func draw(from logits: Logits, row: Int, _ request: GenerationRequest) throws {
    let random = RandomStream(seed: request.seed, prompt: request.prompt, sample: number, step: tokens.count)
    let position = Position(prompt: request.prompt, generated: tokens, random: random, beside: logits, row: row)
    var next = try NextToken(logits, row: row, afterTokens: request.prompt.count + tokens.count)
    var keptMass = 1.0
    if let text {
      guard let allowed = next.restricted(to: text.mask) else {
        isDeadEnd = true
        return
      }
      (next, keptMass) = allowed
    }
    let choice = try chain.candidates(next, at: position).draw(random.uniform())
    chain.accept(choice.token, logProbability: choice.logProbability)
    tokens.append(choice.token)
    scores.append(next.logProbability(of: choice.token))
    adaptedScores.append(choice.logProbability)
    text?.accept(choice.token, keptMass: keptMass)
  }
}
