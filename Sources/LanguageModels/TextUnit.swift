/// What a token is in a text: a word, or a character.
public enum TextUnit: Sendable {
  /// Letters and digits that stand together, with apostrophes and hyphens inside; every other sign is a word of its own.
  /// White space is not part of any word.
  case words
  /// Whatever stands between white space.
  case spacedWords
  /// Unicode scalars, white space included.
  case characters

  /// The parts of a text, in order.
  func parts(of text: String) -> [Substring] {
    switch self {
    case .characters: text.unicodeScalars.indices.map { text[$0..<text.unicodeScalars.index(after: $0)] }
    case .spacedWords: text.split(whereSeparator: \.isWhitespace)
    case .words: TextUnit.words(of: text)
    }
  }

  private static func words(of text: String) -> [Substring] {
    let scalars = text.unicodeScalars
    var words: [Substring] = []
    var start: String.Index?
    var index = scalars.startIndex
    while index < scalars.endIndex {
      let next = scalars.index(after: index)
      let scalar = scalars[index]
      let isInside = start != nil && isJoint(scalar) && next < scalars.endIndex && isLetter(scalars[next])
      if isLetter(scalar) || isInside {
        if start == nil { start = index }
      } else {
        if let begin = start { words.append(text[begin..<index]) }
        start = nil
        if !scalar.properties.isWhitespace { words.append(text[index..<next]) }
      }
      index = next
    }
    if let begin = start { words.append(text[begin...]) }
    return words
  }

  private static func isLetter(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.value {
    case 0x30...0x39, 0x41...0x5A, 0x61...0x7A: true
    case 0..<0x80: false
    default:
      switch scalar.properties.generalCategory {
      case .uppercaseLetter, .lowercaseLetter, .titlecaseLetter, .modifierLetter, .otherLetter, .nonspacingMark, .spacingMark,
        .decimalNumber, .letterNumber, .otherNumber:
        true
      default: false
      }
    }
  }

  private static func isJoint(_ scalar: Unicode.Scalar) -> Bool { scalar == "'" || scalar == "’" || scalar == "-" }

  /// The text of parts that follow each other; for words, with spaces where English has them.
  func joined(_ parts: [String]) -> String {
    if self == .characters { return parts.joined() }
    if self == .spacedWords { return parts.joined(separator: " ") }
    return parts.reduce(into: "") { text, part in
      if standsApart(part), !text.isEmpty, !opens(text) { text += " " }
      text += part
    }
  }

  /// Whether a space stands before the part, where a text has one before a word.
  func standsApart(_ part: String) -> Bool {
    switch self {
    case .characters: false
    case .spacedWords: true
    case .words: part.unicodeScalars.count != 1 || !",.;:!?)]}'’".contains(part)
    }
  }

  /// Whether no space stands after the text.
  func opens(_ text: String) -> Bool { self == .words && text.last.map { "([{".contains($0) } ?? false }
}
