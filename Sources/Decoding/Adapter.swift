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
  /// The rows of the models that the adapter compares with.
  fileprivate(set) var companions: [CompanionRow]

  /// - Parameters:
  ///   - logits: where the rows of companions are, if adapters have any.
  ///   - row: the hypothesis' row among them.
  init(prompt: [Int], generated: [Int], random: RandomStream? = nil, beside logits: Logits? = nil, row: Int = 0) {
    self.prompt = prompt
    self.generated = generated
    self.random = random
    draw = 0
    companions = (logits?.companions ?? []).map { CompanionRow(logits: $0, row: row) }
  }

  private init(_ position: Position, draw: Int, companions: [CompanionRow]) {
    prompt = position.prompt
    generated = position.generated
    random = position.random
    self.draw = draw
    self.companions = companions
  }

  /// All tokens so far.
  public var tokens: [Int] { prompt + generated }

  /// A random number from 0 to 1 for an adapter that says ``Adapter/isRandom``: a function of seed, prompt, sample, step and the
  /// adapter's place in the chain. Where nothing is drawn at random, 0.
  public var uniform: Double { random?.uniform(draw: draw) ?? 0 }

  /// - Parameter companions: the places of the adapter's companions among those of all adapters.
  fileprivate func forAdapter(_ index: Int, companions places: Range<Int>) -> Position {
    Position(self, draw: 1 + index, companions: places.upperBound <= companions.count ? Array(companions[places]) : [])
  }
}

/// Adapters in the order of their application.
struct AdapterChain: Sendable {
  var adapters: [any Adapter]
  /// For every adapter the places of its companions among those of all.
  private let companions: [Range<Int>]

  init(adapters: [any Adapter]) {
    self.adapters = adapters
    var places: [Range<Int>] = []
    for adapter in adapters {
      let first = places.last?.upperBound ?? 0
      places.append(first..<first + ((adapter as? any CompanionAdapter)?.companionCount ?? 0))
    }
    companions = places
  }

  /// The candidates that all adapters leave.
  ///
  /// - Throws: ``DecodingError`` where an adapter leaves nothing.
  mutating func candidates(_ next: NextToken, at position: Position) throws -> Candidates {
    var candidates = next.candidates
    for index in adapters.indices { try apply(index, to: &candidates, at: position) }
    return candidates
  }

  mutating func apply(_ index: Int, to candidates: inout Candidates, at position: Position) throws {
    let position = position.forAdapter(index, companions: companions[index])
    if position.companions.count < companions[index].count {
      throw DecodingError.needsModels(adapter: "\(adapters[index])")
    }
    adapters[index].adapt(&candidates, at: position)
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
