/// A model that gives, after any tokens, the probability of every token that may come next.
///
/// ```swift
/// let start = try await model.read([prompt])                                  // one row of logits, one state
/// let next = try await model.forward([ForwardInput(start.states[0], token)])   // the row after one token more
/// ```
/// Calls come in batches: one call advances many hypotheses, each by its own tokens, because a neural network reads its weights
/// once per call however many rows there are. What the model remembers of a hypothesis is a ``ModelState``, a value: a search
/// forks a hypothesis by copying it, and drops one by forgetting it.
///
/// A table, an n-gram model and a neural network are the same to every decoding strategy. A model that gives text only, a server
/// without logits, is not one of these.
public protocol LanguageModel: Sendable {
  /// What the tokens stand for.
  var vocabulary: any Vocabulary { get }

  /// The tokens that end a text; a hypothesis that ends with one of them is finished. Empty when texts have no end.
  var endTokens: [Int] { get }

  /// Reads prompts, which may be empty, each from the beginning of a text.
  ///
  /// - Parameter prompts: `[batch][time]`, tokens of the vocabulary.
  /// - Returns: one row of logits and one state per prompt.
  /// - Throws: when a prompt is longer than the model can read.
  func read(_ prompts: [[Int]]) async throws -> ForwardOutput

  /// Advances hypotheses, each by the tokens that are given with its state: one call of the network for the whole batch.
  ///
  /// - Parameters:
  ///   - inputs: `[batch]`; every input has at least one token.
  ///   - rows: whether to give the logits after the last token of each input, or after every token.
  /// - Returns: the rows in the order of the inputs, and the state after the last token of each.
  /// - Throws: when a hypothesis becomes longer than the model can read.
  func forward(_ inputs: [ForwardInput], rows: ForwardRows) async throws -> ForwardOutput

  /// The state of a hypothesis as it was before its last tokens, as speculative decoding asks for when a draft was wrong.
  ///
  /// - Parameter count: how many tokens are taken back, at least 0.
  /// - Returns: nil when the model cannot tell; a strategy then reads on from an earlier state.
  func state(_ state: ModelState, droppingLast count: Int) -> ModelState?
}

extension LanguageModel {
  public func state(_ state: ModelState, droppingLast count: Int) -> ModelState? { nil }

  /// Advances hypotheses and gives the logits after the last token of each.
  public func forward(_ inputs: [ForwardInput]) async throws -> ForwardOutput {
    try await forward(inputs, rows: .last)
  }
}

/// What a model remembers of one hypothesis: a position in a table, or in a cache of keys and values that hypotheses share.
///
/// It is opaque and a value. A copy costs nothing and is independent of the original.
public struct ModelState: Sendable {
  /// Whatever the model that made the state needs; no other code looks at it.
  public let content: any Sendable

  public init(_ content: any Sendable) { self.content = content }
}

extension ModelState {
  /// The content, as the model that made the state knows it.
  ///
  /// - Throws: ``ForeignState`` when another model made it.
  func content<Content>(_ type: Content.Type) throws(ForeignState) -> Content {
    guard let content = content as? Content else { throw ForeignState() }
    return content
  }
}

/// A state that was handed to a model that did not make it.
public struct ForeignState: Error, Equatable, CustomStringConvertible {
  public init() {}
  public var description: String { "The state of a hypothesis belongs to the model that made it; another model cannot go on from it." }
}

/// One hypothesis of a batch: where it stands, and what it reads next.
public struct ForwardInput: Sendable {
  public var state: ModelState
  /// The tokens to read, at least one.
  public var tokens: [Int]

  public init(_ state: ModelState, _ tokens: Int...) {
    self.state = state
    self.tokens = tokens
  }

  public init(_ state: ModelState, tokens: [Int]) {
    self.state = state
    self.tokens = tokens
  }
}

/// Of which tokens a forward call gives the logits.
public enum ForwardRows: Sendable {
  /// Of the last token of every input: what a search needs.
  case last
  /// Of every token of every input, in order: what scoring a text and checking a draft need.
  case all
}

/// What a forward call gives back.
public struct ForwardOutput: Sendable {
  /// `[row, vocabulary]`, in the order of the inputs.
  public var logits: Logits
  /// `[batch]`: the state of each hypothesis after its last token.
  public var states: [ModelState]
  /// What the call cost, where the model counts it.
  public var cost: ForwardCost

  public init(logits: Logits, states: [ModelState], cost: ForwardCost = ForwardCost()) {
    self.logits = logits
    self.states = states
    self.cost = cost
  }
}
