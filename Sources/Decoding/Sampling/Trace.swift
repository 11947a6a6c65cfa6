internal import Glibc
import Display
import LanguageModels

/// What adapters did at every step of a text: how much of the model's distribution they left, and how far from it they went.
///
/// ```swift
/// let nucleus = Sampling { Temperature(0.8); TopP(0.9) }
/// let sample = try await model.generate("The king", using: nucleus, seed: 7).best
/// try await model.trace(of: sample, under: nucleus)
/// ```
public struct Trace: Sendable {
  public struct Step: Sendable {
    public let label: String
    /// The model's own log-probability of the token, in nats.
    public let logProbability: Double
    /// The same after the adapters.
    public let adaptedLogProbability: Double
    /// How many tokens the adapters left.
    public let keptTokens: Int
    /// The model's own probability of those.
    public let keptMass: Double
    /// The expected surprise of a draw, in nats: of the model's own distribution, and after the adapters.
    public let entropy: Double
    public let adaptedEntropy: Double
    /// The divergence of the adapted distribution from the model's own, KL(adapted ‖ own), in nats.
    public let divergence: Double
    /// The probabilities of the model's most probable tokens, from the most probable down, before and after the adapters.
    public let before: [Double]
    public let after: [Double]
  }

  /// The strategy as a cell writes it.
  public let strategy: String
  public let steps: [Step]

  /// A row for each token, with the probabilities of the 8 most probable tokens as strips.
  public var table: Table {
    Table(steps, caption: "\(strategy), step by step; strips: the model's 8 most probable tokens, before and after") {
      Column("token", \.label)
      Column("log p", \.logProbability, format: .fixed(3))
      Column("adapted", \.adaptedLogProbability, format: .fixed(3))
      Column("kept", \.keptTokens)
      Column("kept mass", \.keptMass, format: .fixed(4))
      Column("entropy", \.entropy, format: .fixed(3))
      Column("entropy after", \.adaptedEntropy, format: .fixed(3))
      Column("KL", \.divergence, format: .fixed(3))
      Column("before", { Trace.strip($0.before) })
      Column("after", { Trace.strip($0.after) })
    }
  }

  /// Probabilities as bars of eight heights; a token that was taken away is a dot.
  static func strip(_ probabilities: [Double]) -> String {
    let bars: [Character] = ["▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"]
    return String(probabilities.map { $0 > 0 ? bars[min(7, Int($0 * 8))] : "·" })
  }
}

extension Trace: Displayable, CustomStringConvertible {
  public var mimeBundle: MIMEBundle { table.mimeBundle }
  public var description: String { table.description }
}

extension LanguageModel {
  /// Goes through a text once more and looks at what a strategy's checker and adapters do at every step of it.
  ///
  /// - Throws: ``DecodingError`` when an adapter is itself random, or leaves no token.
  public func trace(of continuation: Continuation, under strategy: Sampling) async throws -> Trace {
    if let random = strategy.adapters.first(where: \.isRandom) { throw DecodingError.isRandom(adapter: "\(random)") }
    var model = MeteredModel(self, adapters: strategy.adapters)
    var chain = AdapterChain(adapters: strategy.adapters)
    var output = try await model.read(continuation.prompt)
    var steps: [Trace.Step] = []
    var text = try strategy.checker.map { try CheckedText($0, model: self, prompt: continuation.prompt) }
    for (index, token) in continuation.tokens.enumerated() {
      let length = continuation.prompt.count + index
      let next = try NextToken(output.logits, row: 0, afterTokens: length)
      let position = Position(prompt: continuation.prompt, generated: Array(continuation.tokens[..<index]), beside: output.logits)
      // As when it was drawn: the checker's mask before the adapters.
      let allowed = text.flatMap { next.restricted(to: $0.mask)?.next } ?? next
      let adapted = try chain.candidates(allowed, at: position)
      let step = Trace.Step(next, adapted, token: token, label: vocabulary.label(of: token))
      chain.accept(token, logProbability: step.adaptedLogProbability)
      text?.accept(token, keptMass: 1)
      steps.append(step)
      if index + 1 < continuation.tokens.count { output = try await model.forward([ForwardInput(output.states[0], token)]) }
    }
    return Trace(strategy: strategy.description, steps: steps)
  }
}

extension Trace.Step {
  init(_ next: NextToken, _ adapted: Candidates, token: Int, label: String) {
    self.label = label
    logProbability = next.logProbability(of: token)
    let logProbabilities = adapted.logProbabilities
    let place = adapted.tokens.firstIndex(of: token)
    // The logarithm of the probability, as a draw gives it: what adapters hear has to be the same to the last bit.
    adaptedLogProbability = place.map { log(adapted.probabilities[$0]) } ?? -.infinity
    keptTokens = adapted.count
    let own = adapted.tokens.map { next.logProbability(of: $0) }
    keptMass = own.reduce(0) { $0 + exp($1) }
    entropy = next.candidates.entropy
    adaptedEntropy = adapted.entropy
    divergence = zip(logProbabilities, own).reduce(0) { $1.0 > -.infinity ? $0 + exp($1.0) * ($1.0 - $1.1) : $0 }
    let best = next.mostProbable(8)
    before = best.map { exp($0.logProbability) }
    let after = Dictionary(uniqueKeysWithValues: zip(adapted.tokens, logProbabilities))
    self.after = best.map { after[$0.token].map { exp($0) } ?? 0 }
  }
}
