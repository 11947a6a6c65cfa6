/// Reads the code points of a notation, and knows the line and column of each for its sentences.
struct NotationReader {
  let notation: String
  private let scalars: [Unicode.Scalar]
  private(set) var position = 0

  init(_ text: String, notation: String) {
    self.notation = notation
    scalars = Array(text.unicodeScalars)
  }

  var isAtEnd: Bool { position == scalars.count }
  var next: Unicode.Scalar? { position < scalars.count ? scalars[position] : nil }

  func peek(_ distance: Int) -> Unicode.Scalar? {
    position + distance < scalars.count ? scalars[position + distance] : nil
  }

  mutating func take() -> Unicode.Scalar {
    position += 1
    return scalars[position - 1]
  }

  /// Takes a text if it comes next.
  mutating func take(_ text: String) -> Bool {
    let wanted = Array(text.unicodeScalars)
    guard scalars[position...].starts(with: wanted) else { return false }
    position += wanted.count
    return true
  }

  mutating func take(while isWanted: (Unicode.Scalar) -> Bool) -> String {
    var text = ""
    while let scalar = next, isWanted(scalar) { text.unicodeScalars.append(take()) }
    return text
  }

  /// Goes back to a place.
  mutating func rewind(to place: Int) { position = place }

  /// An error at a place, or where reading stands.
  func error(_ sentence: String, at place: Int? = nil) -> GrammarError {
    let before = scalars[..<(place ?? position)]
    let line = before.reduce(1) { $1 == "\n" ? $0 + 1 : $0 }
    let column = before.reversed().prefix { $0 != "\n" }.count + 1
    return GrammarError(.notation(sentence), notation: notation, line: line, column: column)
  }

  /// What comes next, for a sentence.
  var found: String {
    switch next {
    case nil: "the end"
    case "\n": "a line break"
    case "\t": "a tab"
    case " ": "a space"
    case let scalar?: "«\(scalar)»"
    }
  }

  /// Takes hexadecimal digits.
  mutating func hexadecimal(_ digits: Int, after escape: String) throws(GrammarError) -> UInt32 {
    var value: UInt32 = 0
    for _ in 0..<digits {
      guard let scalar = next, let digit = Character(scalar).hexDigitValue, scalar.isASCII else {
        throw error("«\(escape)» is followed by \(digits) hexadecimal digits, not by \(found).")
      }
      _ = take()
      value = value << 4 | UInt32(digit)
    }
    guard Unicode.Scalar(value) != nil else { throw error("«\(escape)» gives \(value), which is no Unicode code point.") }
    return value
  }
}
