/// A text in quotes that is being read.
struct PythonQuote: Sendable, Hashable {
  enum Place: Sendable, Hashable {
    /// After the first quote, and after the second, which may be the end of an empty text.
    case opened, openedTwice
    case inside
    /// After so many quotes that may end a text in three.
    case closing(Int)
    case escape
    /// An escape that needs so many hexadecimal digits more.
    case hexadecimal(Int)
  }

  var quote: UInt8
  var token: UInt8
  var isRaw: Bool
  var isTriple = false
  var place = Place.opened

  var isEmptyText: Bool { place == .openedTwice }
}

/// The text of a format string that is being read; its quotes are in the frames.
enum PythonFormat: Sendable, Hashable {
  case opened, openedTwice
  case inside
  case closing(Int)
  case escape
  /// After `\N`, which a name in braces follows, and inside the braces.
  case named, name
  /// After a brace, which may be doubled.
  case brace, closeBrace
}

extension PythonState {
  /// - Parameter node: the prefix in the tree of words.
  mutating func beginQuoted(_ quote: UInt8, node: Int16, _ token: UInt8) {
    // Whether the prefix has an «r»: only then it is one of the nodes that an «r» leads to or that follows one.
    beginQuoted(quote, prefix: Self.rawNodes.contains(node) ? "r" : "", token)
  }

  private static let rawNodes: Set<Int16> = {
    var nodes: Set<Int16> = []
    for prefix in ["r", "br", "rb", "fr", "rf"] {
      for choice in 0..<(1 << prefix.utf8.count) {
        var node: Int16 = 0
        for (index, byte) in prefix.utf8.enumerated() {
          node = PythonTokens.words.nodes[Int(node)].next[choice >> index & 1 == 1 ? byte - 32 : byte]!
        }
        nodes.insert(node)
      }
    }
    return nodes
  }()

  mutating func beginQuoted(_ quote: UInt8, prefix: String, _ token: UInt8) {
    mode = .between
    if token == PythonTokens.format {
      emit(token)
      frames = SharedList(.format(quote: quote, isTriple: false, isRaw: prefix == "r"), before: frames)
      mode = .formatted(.opened)
    } else {
      expect(PythonTokenSet([token]), "a text")
      mode = .quoted(PythonQuote(quote: quote, token: token, isRaw: prefix == "r"))
    }
  }

  mutating func readQuoted(_ byte: UInt8, _ start: PythonQuote) {
    var quote = start
    switch quote.place {
    case .opened where byte == quote.quote: quote.place = .openedTwice
    case .openedTwice:
      guard byte == quote.quote else {
        endQuoted(quote)
        return isWrong ? () : readBetween(byte)
      }
      quote.isTriple = true
      quote.place = .inside
    case .escape:
      quote.place = .inside
      if !quote.isRaw, let digits = Self.escapeDigits(byte, quote.token) { quote.place = .hexadecimal(digits) }
      checkContent(byte, quote)
    case .hexadecimal(let count):
      guard Character(UnicodeScalar(byte)).isHexDigit, byte < 128 else {
        return refuse("the escape needs more hexadecimal digits.")
      }
      quote.place = count == 1 ? .inside : .hexadecimal(count - 1)
    case .closing(let count) where byte == quote.quote:
      if count == 2 { return endQuoted(quote) }
      quote.place = .closing(2)
    case .opened, .inside, .closing:
      quote.place = .inside
      switch byte {
      case 92: quote.place = .escape
      case quote.quote:
        if !quote.isTriple { return endQuoted(quote) }
        quote.place = .closing(1)
      case 10 where !quote.isTriple: return refuse("the text has no closing quote in its line.")
      default: checkContent(byte, quote)
      }
    }
    mode = .quoted(quote)
  }

  private mutating func checkContent(_ byte: UInt8, _ quote: PythonQuote) {
    guard byte >= 128 else { return }
    if quote.token == PythonTokens.bytes { return refuse("bytes are written in ASCII.") }
    mode = .quoted(quote)
    checkUTF8(byte)
  }

  private static func escapeDigits(_ byte: UInt8, _ token: UInt8) -> Int? {
    switch byte {
    case 120: 2
    case 117 where token == PythonTokens.string: 4
    case 85 where token == PythonTokens.string: 8
    default: nil
    }
  }

  mutating func endQuoted(_ quote: PythonQuote) {
    mode = .between
    emit(quote.token)
  }

  // MARK: - Format strings

  /// The quotes of the innermost format string.
  private var formatQuotes: (quote: UInt8, isTriple: Bool, isRaw: Bool)? {
    var list = frames
    while let frame = list {
      if case .format(let quote, let isTriple, let isRaw) = frame.first { return (quote, isTriple, isRaw) }
      list = frame.rest
    }
    return nil
  }

  mutating func readFormatted(_ byte: UInt8, _ place: PythonFormat) {
    guard let (quote, isTriple, isRaw) = formatQuotes else { return refuse("no format string is open.") }
    let isSpecification = frames?.first == .specification
    switch place {
    case .opened where byte == quote: mode = .formatted(.openedTwice)
    case .openedTwice:
      guard byte == quote else {
        endFormatted()
        return isWrong ? () : readBetween(byte)
      }
      frames = SharedList(.format(quote: quote, isTriple: true, isRaw: isRaw), before: frames?.rest)
      mode = .formatted(.inside)
    case .closing(let count) where byte == quote:
      if count == 2 { return endFormatted() }
      mode = .formatted(.closing(2))
    case .escape:
      // A brace has its meaning also after a backslash.
      if byte == 123 || byte == 125 { return readFormatted(byte, .inside) }
      mode = .formatted(byte == 78 && !isRaw ? .named : .inside)
      checkUTF8(byte)
    case .named:
      guard byte == 123 else { return refuse("after «\\N» comes the name of a character in braces.") }
      mode = .formatted(.name)
    case .name:
      if byte == 10 || byte == quote { return refuse("the name of a character ends with «}».") }
      mode = .formatted(byte == 125 ? .inside : .name)
      checkUTF8(byte)
    case .brace:
      if byte == 123 {
        mode = .formatted(.inside)
      } else {
        beginField()
        if !isWrong { readBetween(byte) }
      }
    case .closeBrace:
      guard byte == 125 else { return refuse("in a format string a single «}» is written «}}».") }
      mode = .formatted(.inside)
    case .opened, .inside, .closing:
      mode = .formatted(.inside)
      switch byte {
      case 92: mode = .formatted(.escape)
      case quote:
        if isSpecification, !isTriple { return refuse("the text ends inside of a format specification.") }
        if !isTriple { return endFormatted() }
        mode = .formatted(.closing(1))
      case 10 where !isTriple: refuse("the text has no closing quote in its line.")
      case 123: if isSpecification { beginField() } else { mode = .formatted(.brace) }
      case 125: if isSpecification { endFieldPart(byte) } else { mode = .formatted(.closeBrace) }
      default: checkUTF8(byte)
      }
    }
  }

  private mutating func beginField() {
    mode = .between
    emit(PythonTokens.openBrace)
    frames = SharedList(.field, before: frames)
  }

  /// A colon that begins the specification of a field, or the brace that ends the field.
  mutating func endFieldPart(_ byte: UInt8) {
    mode = .formatted(.inside)
    if byte == 58 {
      emit(PythonTokens.colon)
      frames = SharedList(.specification, before: frames)
      return
    }
    if frames?.first == .specification { frames = frames?.rest }
    frames = frames?.rest
    emit(PythonTokens.closeBrace)
  }

  private mutating func endFormatted() {
    guard case .format = frames?.first else { return refuse("the text ends inside of a field.") }
    frames = frames?.rest
    mode = .between
    emit(PythonTokens.formatted)
  }
}
