import LanguageModels

/// A language of texts that may be written: a grammar, a pattern, the syntax of a programming language.
///
/// ```swift
/// let valid = BeamSearch(width: 4).checked(by: OnlyShortWords())
/// ```
/// What a cell writes is the checker; what travels with a hypothesis is its state, a value: a copy is a fork, so that constraints
/// and beams combine by construction.
public protocol Checker: Sendable, CustomStringConvertible {
  /// The state before the first token that is written. Called once for every generation.
  ///
  /// - Throws: one sentence, when the language cannot be written with the vocabulary.
  func begin(vocabulary: any Vocabulary, prompt: [Int]) throws -> any CheckerState
}

extension Checker {
  public var description: String { String(describing: type(of: self)) }
}

/// What a checker knows of one beginning. It never reads an end token: a text may end where the verdict is ``Verdict/complete``.
public protocol CheckerState: Sendable {
  /// What can be said of the tokens that were read.
  var verdict: Verdict { get }

  /// The tokens that may come next; nil where only reading one can tell. Bits of end tokens mean nothing.
  var mask: TokenMask? { get }

  /// The state after one token more.
  func reading(_ token: Int) -> any CheckerState
}

extension CheckerState {
  public var mask: TokenMask? { nil }
}

/// What a checker says of a beginning.
public enum Verdict: Sendable, Equatable {
  /// No text of the language begins so.
  case wrong(reason: String)
  /// Some text of the language begins so; it cannot end here.
  case open
  /// The text may end here. It may also go on.
  case complete
}

/// A set of tokens, a bit each.
public struct TokenMask: Sendable, Equatable {
  public let vocabularySize: Int
  /// `words[token / 64]` has the token's bit at place `token % 64`.
  public private(set) var words: [UInt64]

  /// The set without any token.
  public init(vocabularySize: Int) {
    self.vocabularySize = vocabularySize
    words = [UInt64](repeating: 0, count: (vocabularySize + 63) / 64)
  }

  public init(vocabularySize: Int, _ tokens: some Sequence<Int>) {
    self.init(vocabularySize: vocabularySize)
    for token in tokens { self[token] = true }
  }

  public subscript(token: Int) -> Bool {
    get { words[token >> 6] & (1 << UInt64(token & 63)) != 0 }
    set {
      if newValue { words[token >> 6] |= 1 << UInt64(token & 63) } else { words[token >> 6] &= ~(1 << UInt64(token & 63)) }
    }
  }

  public var count: Int { words.reduce(0) { $0 + $1.nonzeroBitCount } }
}
