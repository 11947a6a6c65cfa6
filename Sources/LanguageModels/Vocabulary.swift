/// The tokens of a model and the text that they stand for. A token is a number from 0 to ``count`` − 1.
public protocol Vocabulary: Sendable {
  var count: Int { get }

  /// The tokens of a text.
  ///
  /// - Throws: ``VocabularyError`` when a part of the text has no token.
  func tokens(of text: String) throws -> [Int]

  /// The tokens of a text that goes on where another one stopped: without what a tokenizer puts before the beginning of a text.
  ///
  /// - Throws: ``VocabularyError`` when a part of the text has no token.
  func tokens(continuing text: String) throws -> [Int]

  /// The text of tokens that follow each other; tokens without text, such as the end of a text, leave nothing.
  func text(of tokens: [Int]) -> String

  /// A token as a table or a tree shows it: never empty, spaces and line breaks visible.
  func label(of token: Int) -> String

  /// What stands between the labels of tokens that follow each other: a space for words, nothing for characters.
  var labelSeparator: String { get }

  /// The bytes that every token adds to a text. A vocabulary keeps them, because making them takes a pass over all tokens.
  var tokenBytes: TokenBytes { get }
}

extension Vocabulary {
  /// Made anew whenever it is asked for, for a vocabulary whose texts are the texts of the tokens, one after the other.
  public var tokenBytes: TokenBytes { TokenBytes(count: count) { token, _ in Array(text(of: [token]).utf8) } }

  public var labelSeparator: String { " " }
  public func tokens(continuing text: String) throws -> [Int] { try tokens(of: text) }

  /// Several tokens as a table shows them.
  public func label(of tokens: [Int]) -> String {
    tokens.map { label(of: $0) }.joined(separator: labelSeparator)
  }
}

/// A text that a vocabulary cannot write.
public struct VocabularyError: Error, Equatable, CustomStringConvertible {
  /// The word or character without a token.
  public let word: String
  public let vocabularySize: Int

  public init(word: String, vocabularySize: Int) {
    self.word = word
    self.vocabularySize = vocabularySize
  }

  public var description: String {
    "\"\(word)\" is not in the vocabulary, which has \(vocabularySize) tokens."
  }
}
