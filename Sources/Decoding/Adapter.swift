import LanguageModels

/// A small change to the distribution from which the next token is drawn: one idea, one type.
///
/// A cell may bring its own:
/// ```swift
/// struct OnlyEven: Adapter {
///   func adapt(_ candidates: inout Candidates, at position: Position) { candidates.keepTokens { $0 % 2 == 0 } }
/// }
/// ```
/// An adapter is a value. One that remembers something changes with every token, and every hypothesis has its own copy.
public protocol Adapter: Sendable, CustomStringConvertible {
  /// Changes the scores of candidates, or takes candidates away; at least one must stay.
  mutating func adapt(_ candidates: inout Candidates, at position: Position)

  /// Hears which token was drawn, and with which log-probability after all adapters, in nats.
  mutating func accept(_ token: Int, logProbability: Double)

  /// Whether the change itself is drawn at random, so that there is no one distribution after it.
  var isRandom: Bool { get }
}

extension Adapter {
  public mutating func accept(_ token: Int, logProbability: Double) {}
  public var isRandom: Bool { false }
  public var description: String { String(describing: type(of: self)) }
}

/// Where in a text a step is.
public struct Position: Sendable {
  public let prompt: [Int]
  /// The tokens that were written after the prompt.
  public let generated: [Int]
  private let random: RandomStream?
  private let draw: Int

  init(prompt: [Int], generated: [Int], random: RandomStream? = nil, draw: Int = 0) {
    self.prompt = prompt
    self.generated = generated
    self.random = random
    self.draw = draw
  }

  /// All tokens so far.
  public var tokens: [Int] { prompt + generated }

  /// A random number from 0 to 1 for an adapter that says ``Adapter/isRandom``: a function of seed, prompt, sample, step and the
  /// adapter's place in the chain. Where nothing is drawn at random, 0.
  public var uniform: Double { random?.uniform(draw: draw) ?? 0 }

  fileprivate func forAdapter(_ index: Int) -> Position {
    Position(prompt: prompt, generated: generated, random: random, draw: 1 + index)
  }
}

/// Adapters in the order of their application.
struct AdapterChain: Sendable {
  var adapters: [any Adapter]

  /// The candidates that all adapters leave.
  ///
  /// - Throws: ``DecodingError`` where an adapter leaves nothing.
  mutating func candidates(_ next: NextToken, at position: Position) throws -> Candidates {
    var candidates = next.candidates
    for index in adapters.indices { try apply(index, to: &candidates, at: position) }
    return candidates
  }

  mutating func apply(_ index: Int, to candidates: inout Candidates, at position: Position) throws {
    adapters[index].adapt(&candidates, at: position.forAdapter(index))
    if !candidates.scores.contains(where: { $0 > -.infinity }) {
      throw DecodingError.nothingLeft(afterTokens: position.tokens.count, adapter: "\(adapters[index])")
    }
  }

  mutating func accept(_ token: Int, logProbability: Double) {
    for index in adapters.indices { adapters[index].accept(token, logProbability: logProbability) }
  }
}

/// Collects adapters; their order in the text is the order of their application.
@resultBuilder
public enum AdapterBuilder {
  public static func buildExpression(_ adapter: any Adapter) -> [any Adapter] { [adapter] }
  public static func buildBlock(_ adapters: [any Adapter]...) -> [any Adapter] { adapters.flatMap { $0 } }
  public static func buildOptional(_ adapters: [any Adapter]?) -> [any Adapter] { adapters ?? [] }
  public static func buildEither(first adapters: [any Adapter]) -> [any Adapter] { adapters }
  public static func buildEither(second adapters: [any Adapter]) -> [any Adapter] { adapters }
  public static func buildArray(_ adapters: [[any Adapter]]) -> [any Adapter] { adapters.flatMap { $0 } }
}
