/// The words or characters that occur in a text, each a token, and perhaps one more that ends a text.
public struct TextVocabulary: Vocabulary {
  public let unit: TextUnit
  /// The text of every token; `words[token]`.
  public let words: [String]
  /// The token that ends a text, whose word is only a name.
  public let endToken: Int?
  public let tokenBytes: TokenBytes
  private let tokens: [String: Int]

  /// - Precondition: no word twice.
  public init(words: [String], unit: TextUnit, endToken: Int? = nil) {
    self.unit = unit
    self.words = words
    self.endToken = endToken
    tokens = Dictionary(uniqueKeysWithValues: zip(words, words.indices))
    tokenBytes = TokenBytes(count: words.count, opens: { $0 != endToken && unit.opens(words[$0]) }) { token, isFirst in
      if token == endToken { return [] }
      let separator = isFirst || !unit.standsApart(words[token]) ? "" : " "
      return Array((separator + words[token]).utf8)
    }
  }

  public var count: Int { words.count }

  /// The token of one word; the end token has none that a text could write.
  public func token(of word: some StringProtocol) -> Int? {
    tokens[String(word)].flatMap { $0 == endToken ? nil : $0 }
  }

  public func tokens(of text: String) throws -> [Int] {
    try unit.parts(of: text).map { word in
      guard let token = token(of: word) else { throw VocabularyError(word: String(word), vocabularySize: count) }
      return token
    }
  }

  public func text(of tokens: [Int]) -> String {
    unit.joined(tokens.filter { $0 != endToken }.map { words[$0] })
  }

  public func label(of token: Int) -> String {
    guard unit == .characters, token != endToken else { return words[token] }
    switch words[token] {
    case " ": return "␣"
    case "\n": return "⏎"
    case "\t": return "⇥"
    default: return words[token]
    }
  }

  public var labelSeparator: String { unit == .characters ? "" : " " }
}
