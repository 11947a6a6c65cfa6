/// Bytes outside texts in quotes: white space, words, signs, lines and blocks.
extension PythonState {
  mutating func read(_ byte: UInt8) {
    if byte == 0 { return refuse("a program cannot hold a null byte.") }
    if missing > 0 { return readRest(byte) }
    switch mode {
    case .quoted(let quote): readQuoted(byte, quote)
    case .formatted(let format): readFormatted(byte, format)
    case .comment: byte == 10 ? endLine() : checkUTF8(byte)
    case .continuation: readContinuation(byte)
    case .indentation(let column, let alternative, let continued): readIndentation(byte, column, alternative, continued)
    case .word(let node, let isAfterNumber): readWord(byte, node, isAfterNumber)
    case .number(let number): readNumber(byte, number)
    case .sign(let node): readSign(byte, node)
    case .between: readBetween(byte)
    }
  }

  // MARK: - Lines

  private mutating func readIndentation(_ byte: UInt8, _ column: Int, _ alternative: Int, _ continued: Int) {
    switch byte {
    case 32: mode = .indentation(column: column + 1, alternative: alternative + 1, continued: continued)
    case 9: mode = .indentation(column: (column / 8 + 1) * 8, alternative: alternative + 1, continued: continued)
    case 12: mode = .indentation(column: 0, alternative: 0, continued: continued)
    case 10: mode = .indentation(column: 0, alternative: 0, continued: 0)
    case 35: mode = .comment
    case 92:
      // The white space before the backslash counts, that of the next line does not.
      setIndentation(column, alternative, continued)
      if !isWrong { mode = .continuation }
    default:
      setIndentation(column, alternative, continued)
      mode = .between
      if !isWrong { readBetween(byte) }
    }
  }

  private mutating func setIndentation(_ column: Int, _ alternative: Int, _ continued: Int) {
    let inner = indents?.first ?? Indent(column: 0, alternative: 0)
    if column > inner.column {
      guard alternative > inner.alternative else { return refuse("tabs and spaces are mixed so that the width of a tab matters.") }
      indents = SharedList(Indent(column: column, alternative: alternative), before: indents)
      return emit(PythonTokens.indent)
    }
    while let indent = indents?.first, indent.column > column, !isWrong {
      indents = indents?.rest
      emit(PythonTokens.dedent)
    }
    let outer = indents?.first ?? Indent(column: 0, alternative: 0)
    guard outer.column == column else { return refuse("the line is indented less than its block, and not as any block around it.") }
    if outer.alternative != alternative { refuse("tabs and spaces are mixed so that the width of a tab matters.") }
  }

  private mutating func endLine() {
    if frames != nil {
      mode = .between
      return
    }
    if hasTokens { emit(PythonTokens.newline) }
    mode = .indentation(column: 0, alternative: 0, continued: 0)
  }

  private mutating func readContinuation(_ byte: UInt8) {
    guard byte == 10 else { return refuse("after «\\» comes the end of the line.") }
    mode = .between
    isContinued = true
  }

  // MARK: - Between tokens

  mutating func readBetween(_ byte: UInt8) {
    switch byte {
    case 32, 9, 12: mode = .between
    case 10: endLine()
    case 35: mode = .comment
    case 92: mode = .continuation
    case 34, 39: beginQuoted(byte, prefix: "", PythonTokens.string)
    case 48...57: beginNumber(byte)
    case 65...90, 95, 97...122:
      mode = .word(node: PythonTokens.words.nodes[0].next[byte] ?? -1, isAfterNumber: false)
      checkWord()
    case 128...: beginScalar(byte)
    case 58 where isInField, 125 where isInField: endFieldPart(byte)
    default:
      guard let node = PythonTokens.signs.nodes[0].next[byte] else {
        return refuse(.byte(byte))
      }
      mode = .sign(node: node)
      checkSign(node)
    }
  }

  /// Whether a field of a format string is open, with no bracket in it.
  var isInField: Bool { frames?.first == .field }

  // MARK: - Words

  private static func isWordByte(_ byte: UInt8) -> Bool {
    switch byte {
    case 48...57, 65...90, 95, 97...122: true
    default: false
    }
  }

  private mutating func readWord(_ byte: UInt8, _ node: Int16, _ isAfterNumber: Bool) {
    if Self.isWordByte(byte) {
      mode = .word(node: node < 0 ? -1 : PythonTokens.words.nodes[Int(node)].next[byte] ?? -1, isAfterNumber: isAfterNumber)
      return checkWord()
    }
    if byte >= 128 { return beginScalar(byte) }
    if byte == 34 || byte == 39, node >= 0, let token = PythonTokens.words.nodes[Int(node)].prefix, !isAfterNumber {
      return beginQuoted(byte, node: node, token)
    }
    endToken()
    if !isWrong { readBetween(byte) }
  }

  private mutating func checkWord() {
    guard case .word(let node, let isAfterNumber) = mode else { return }
    var reachable = node < 0 ? PythonTokenSet() : PythonTokens.words.nodes[Int(node)].reachable
    if isAfterNumber { reachable = reachable.intersection(PythonTokens.afterNumber) } else { reachable.insert(PythonTokens.name) }
    expect(reachable, "a word")
  }

  /// The word or the sign that was being read is whole.
  mutating func endToken() {
    switch mode {
    case .word(let node, let isAfterNumber):
      let token = node < 0 ? nil : PythonTokens.words.nodes[Int(node)].token
      mode = .between
      if isAfterNumber, token.map({ !PythonTokens.afterNumber.contains($0) }) ?? true {
        return refuse("a number cannot be followed by a word without a space.")
      }
      emit(token ?? PythonTokens.name)
    case .sign(let node): endSign(node)
    default: break
    }
  }

  /// The bytes of a code point beyond ASCII begin; it can only be part of a name.
  private mutating func beginScalar(_ byte: UInt8) {
    switch byte {
    case 0xC2...0xDF: (partial, missing) = (UInt32(byte & 0x1F), 1)
    case 0xE0...0xEF: (partial, missing) = (UInt32(byte & 0x0F), 2)
    case 0xF0...0xF4: (partial, missing) = (UInt32(byte & 0x07), 3)
    default: return refuse("the bytes are not UTF-8.")
    }
    switch mode {
    case .word(let node, let isAfterNumber):
      if isAfterNumber { return refuse("a number cannot be followed by a word without a space.") }
      if node >= 0 { mode = .word(node: -1, isAfterNumber: false) }
    case .quoted, .formatted, .comment: break
    default:
      mode = .between
      expect(PythonTokenSet([PythonTokens.name]), "a name")
    }
  }

  /// In texts and comments every code point may stand.
  mutating func checkUTF8(_ byte: UInt8) { if byte >= 128 { beginScalar(byte) } }

  private mutating func readRest(_ byte: UInt8) {
    guard byte & 0xC0 == 0x80 else { return refuse("the bytes are not UTF-8.") }
    partial = partial << 6 | UInt32(byte & 0x3F)
    missing -= 1
    guard missing == 0 else { return }
    guard let scalar = Unicode.Scalar(partial) else { return refuse("the bytes are not UTF-8.") }
    switch mode {
    case .quoted, .formatted, .comment: return
    case .word where Self.canBeInName(scalar): return
    case .between where Self.canBeInName(scalar):
      mode = .word(node: -1, isAfterNumber: false)
      checkWord()
    default: refuse(.scalar(scalar))
    }
  }

  /// Whether a name may have the code point: letters, numbers, marks, and what a later version of Unicode may make one.
  private static func canBeInName(_ scalar: Unicode.Scalar) -> Bool {
    if scalar.properties.isXIDContinue || scalar.properties.isXIDStart { return true }
    switch scalar.properties.generalCategory {
    case .uppercaseLetter, .lowercaseLetter, .titlecaseLetter, .modifierLetter, .otherLetter, .nonspacingMark, .spacingMark, .enclosingMark,
      .decimalNumber, .letterNumber, .otherNumber, .connectorPunctuation, .unassigned:
      return true
    default: return false
    }
  }

  // MARK: - Signs

  private mutating func checkSign(_ node: Int16) {
    let bytes = PythonTokens.signs.nodes[Int(node)]
    var reachable = bytes.reachable
    // A point may begin a number.
    if bytes.token == PythonTokens.dot { reachable.insert(PythonTokens.number) }
    // Each of two points is a token.
    if bytes.token == nil { reachable.insert(PythonTokens.dot) }
    expect(reachable, token: bytes.token ?? PythonTokens.dot)
  }

  private mutating func readSign(_ byte: UInt8, _ node: Int16) {
    let sign = PythonTokens.signs.nodes[Int(node)]
    if sign.token == PythonTokens.dot, (48...57).contains(byte) { return beginFraction() }
    if let next = sign.next[byte] {
      mode = .sign(node: next)
      return checkSign(next)
    }
    endSign(node)
    if !isWrong { readBetween(byte) }
  }

  private mutating func endSign(_ node: Int16) {
    mode = .between
    guard let token = PythonTokens.signs.nodes[Int(node)].token else {
      emit(PythonTokens.dot)
      return emit(PythonTokens.dot)
    }
    emit(token)
    switch PythonTokens.names[Int(token)] {
    case "(", "[", "{": frames = SharedList(.bracket, before: frames)
    case ")", "]", "}": if frames?.first == .bracket { frames = frames?.rest }
    default: break
    }
  }
}
