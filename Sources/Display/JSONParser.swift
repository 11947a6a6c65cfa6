extension JSON {
  /// How many arrays and objects may lie inside one another.
  public static let maximumDepth = 512

  /// Parses one JSON text, as RFC 8259 defines it, with nothing after it but white space.
  ///
  /// ```swift
  /// try JSON(parsing: #"{"a": [1, 2.5, "\u00e9"]}"#)   // .object(["a": [1, 2.5, "é"]])
  /// try JSON(parsing: "[1, NaN]")                       // line 1, column 5 (byte 4): expected a value, found «N»
  /// ```
  /// A byte order mark is skipped. Half of a surrogate pair becomes U+FFFD: JavaScript may send one, Swift's strings cannot hold one.
  ///
  /// - Throws: ``ParsingError``, with line, column and byte. The throws are untyped because Swift 6.3 crashes on some `catch` of typed ones.
  public init(parsing text: String) throws {
    var text = text
    let result = text.withUTF8 { Self.parse(UnsafeRawBufferPointer($0)) }
    self = try result.get()
  }

  /// Parses one JSON text from its UTF-8 bytes.
  public init(parsing bytes: [UInt8]) throws {
    let result = bytes.withUnsafeBytes { Self.parse($0) }
    self = try result.get()
  }

  /// Parses one JSON text from its UTF-8 bytes, which may be a mapped file.
  public init(parsing bytes: UnsafeRawBufferPointer) throws {
    self = try Self.parse(bytes).get()
  }

  private static func parse(_ bytes: UnsafeRawBufferPointer) -> Result<JSON, ParsingError> {
    var parser = JSONParser(bytes: bytes.bindMemory(to: UInt8.self))
    return Result { () throws(ParsingError) in try parser.parseText() }
  }
}

/// A recursive-descent parser over bytes: one pass, no look-ahead beyond a byte.
struct JSONParser {
  let bytes: UnsafeBufferPointer<UInt8>
  private var position = 0
  private var depth = 0

  init(bytes: UnsafeBufferPointer<UInt8>) { self.bytes = bytes }

  mutating func parseText() throws(JSON.ParsingError) -> JSON {
    if bytes.count >= 3, bytes[0] == 0xEF, bytes[1] == 0xBB, bytes[2] == 0xBF { position = 3 }
    skipWhitespace()
    let value = try parseValue()
    skipWhitespace()
    if position < bytes.count { throw expected("the end of the text") }
    return value
  }

  /// The byte at the position; 0, which no JSON text contains outside its errors, at the end.
  private var current: UInt8 { position < bytes.count ? bytes[position] : 0 }

  private mutating func skipWhitespace() {
    while position < bytes.count {
      let byte = bytes[position]
      let isWhitespace = byte == UInt8(ascii: " ") || byte == 0x0A || byte == 0x0D || byte == 0x09
      guard isWhitespace else { return }
      position += 1
    }
  }

  private mutating func parseValue() throws(JSON.ParsingError) -> JSON {
    switch current {
    case UInt8(ascii: "\""): return .string(try parseString())
    case UInt8(ascii: "{"): return try parseObject()
    case UInt8(ascii: "["): return try parseArray()
    case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"): return try parseNumber()
    case UInt8(ascii: "t"): return try parseWord("true", as: .bool(true))
    case UInt8(ascii: "f"): return try parseWord("false", as: .bool(false))
    case UInt8(ascii: "n"): return try parseWord("null", as: .null)
    default: throw expected("a value")
    }
  }

  private mutating func parseWord(_ word: StaticString, as value: JSON) throws(JSON.ParsingError) -> JSON {
    let start = position
    for offset in 0..<word.utf8CodeUnitCount {
      guard current == word.utf8Start[offset] else {
        position = start
        throw expected("a value")
      }
      position += 1
    }
    return value
  }

  // MARK: Containers

  private mutating func enter() throws(JSON.ParsingError) {
    depth += 1
    if depth > JSON.maximumDepth { throw error(.tooDeep(limit: JSON.maximumDepth), at: position) }
    position += 1
    skipWhitespace()
  }

  private mutating func parseArray() throws(JSON.ParsingError) -> JSON {
    try enter()
    var elements: [JSON] = []
    if current == UInt8(ascii: "]") {
      position += 1
      depth -= 1
      return .array(elements)
    }
    while true {
      elements.append(try parseValue())
      skipWhitespace()
      switch current {
      case UInt8(ascii: ","):
        position += 1
        skipWhitespace()
      case UInt8(ascii: "]"):
        position += 1
        depth -= 1
        return .array(elements)
      default: throw expected("«,» or «]» after an element")
      }
    }
  }

  private mutating func parseObject() throws(JSON.ParsingError) -> JSON {
    try enter()
    var members: [JSON.Object.Element] = []
    if current == UInt8(ascii: "}") {
      position += 1
      depth -= 1
      return .object(JSON.Object())
    }
    while true {
      guard current == UInt8(ascii: "\"") else { throw expected("a key in double quotes") }
      let key = try parseString()
      skipWhitespace()
      guard current == UInt8(ascii: ":") else { throw expected("«:» after the key") }
      position += 1
      skipWhitespace()
      members.append((key, try parseValue()))
      skipWhitespace()
      switch current {
      case UInt8(ascii: ","):
        position += 1
        skipWhitespace()
      case UInt8(ascii: "}"):
        position += 1
        depth -= 1
        return .object(JSON.Object(unordered: members))
      default: throw expected("«,» or «}» after a member")
      }
    }
  }

  // MARK: Numbers

  private mutating func parseNumber() throws(JSON.ParsingError) -> JSON {
    let start = position
    let isNegative = current == UInt8(ascii: "-")
    if isNegative { position += 1 }
    guard isDigit(current) else { throw expected("a digit") }
    var integer: Int? = 0
    if current == UInt8(ascii: "0") {
      position += 1
      if isDigit(current) { throw expected("a number without leading zeros") }
    } else {
      while isDigit(current) {
        let digit = Int(current - UInt8(ascii: "0"))
        integer = integer.flatMap { appending(digit, to: $0, isNegative: isNegative) }
        position += 1
      }
    }
    var isWhole = true
    if current == UInt8(ascii: ".") {
      isWhole = false
      position += 1
      try skipDigits()
    }
    if current == UInt8(ascii: "e") || current == UInt8(ascii: "E") {
      isWhole = false
      position += 1
      if current == UInt8(ascii: "+") || current == UInt8(ascii: "-") { position += 1 }
      try skipDigits()
    }
    if isWhole, let integer { return .integer(integer) }
    let text = String(decoding: bytes[start..<position], as: UTF8.self)
    guard let value = Double(text), value.isFinite else {
      throw error(.numberOutOfRange(text.count > 40 ? text.prefix(40) + "…" : text), at: start)
    }
    return .number(value)
  }

  /// Counts down for a negative number, whose range is larger by one.
  private func appending(_ digit: Int, to integer: Int, isNegative: Bool) -> Int? {
    let (product, overflows) = integer.multipliedReportingOverflow(by: 10)
    if overflows { return nil }
    let (sum, overflowsToo) = isNegative ? product.subtractingReportingOverflow(digit) : product.addingReportingOverflow(digit)
    return overflowsToo ? nil : sum
  }

  private mutating func skipDigits() throws(JSON.ParsingError) {
    guard isDigit(current) else { throw expected("a digit") }
    while isDigit(current) { position += 1 }
  }

  private func isDigit(_ byte: UInt8) -> Bool { byte >= UInt8(ascii: "0") && byte <= UInt8(ascii: "9") }

  // MARK: Strings

  private mutating func parseString() throws(JSON.ParsingError) -> String {
    let quote = position
    position += 1
    let start = position
    while position < bytes.count {
      let byte = bytes[position]
      if byte == UInt8(ascii: "\"") {
        let text = UnsafeBufferPointer(rebasing: bytes[start..<position])
        position += 1
        guard let string = String(validating: text, as: UTF8.self) else { throw error(.notUTF8, at: quote) }
        return string
      }
      if byte == UInt8(ascii: "\\") { return try parseEscapedString(from: start, quote: quote) }
      if byte < 0x20 { throw expected("a character of a string (control characters are written as \\n or \\u0000)") }
      position += 1
    }
    throw expected("«\"» at the end of the string")
  }

  /// The rest of a string in which the position has met the first backslash.
  private mutating func parseEscapedString(from start: Int, quote: Int) throws(JSON.ParsingError) -> String {
    var text = Array(bytes[start..<position])
    while position < bytes.count {
      let byte = bytes[position]
      switch byte {
      case UInt8(ascii: "\""):
        position += 1
        guard let string = String(validating: text, as: UTF8.self) else { throw error(.notUTF8, at: quote) }
        return string
      case UInt8(ascii: "\\"):
        position += 1
        try parseEscape(into: &text)
      case 0..<0x20: throw expected("a character of a string (control characters are written as \\n or \\u0000)")
      default:
        text.append(byte)
        position += 1
      }
    }
    throw expected("«\"» at the end of the string")
  }

  private mutating func parseEscape(into text: inout [UInt8]) throws(JSON.ParsingError) {
    let escape = current
    switch escape {
    case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): text.append(escape)
    case UInt8(ascii: "n"): text.append(0x0A)
    case UInt8(ascii: "t"): text.append(0x09)
    case UInt8(ascii: "r"): text.append(0x0D)
    case UInt8(ascii: "b"): text.append(0x08)
    case UInt8(ascii: "f"): text.append(0x0C)
    case UInt8(ascii: "u"):
      position += 1
      text.append(contentsOf: String(Character(try parseScalar())).utf8)
      return
    default: throw expected("one of \" \\ / b f n r t u after «\\»")
    }
    position += 1
  }

  /// The scalar after `\u`: four digits, or two times four for a surrogate pair.
  private mutating func parseScalar() throws(JSON.ParsingError) -> Unicode.Scalar {
    let unit = try parseHexadecimal()
    if let scalar = Unicode.Scalar(unit) { return scalar }
    let replacement: Unicode.Scalar = "\u{FFFD}"
    guard unit < 0xDC00, current == UInt8(ascii: "\\"), position + 1 < bytes.count, bytes[position + 1] == UInt8(ascii: "u") else {
      return replacement
    }
    let afterFirst = position
    position += 2
    let second = try parseHexadecimal()
    guard (0xDC00...0xDFFF).contains(second) else {
      position = afterFirst
      return replacement
    }
    return Unicode.Scalar(0x10000 + ((unit - 0xD800) << 10) + (second - 0xDC00)) ?? replacement
  }

  private mutating func parseHexadecimal() throws(JSON.ParsingError) -> UInt32 {
    var value: UInt32 = 0
    for _ in 0..<4 {
      let digit: UInt8
      switch current {
      case UInt8(ascii: "0")...UInt8(ascii: "9"): digit = current - UInt8(ascii: "0")
      case UInt8(ascii: "a")...UInt8(ascii: "f"): digit = current - UInt8(ascii: "a") + 10
      case UInt8(ascii: "A")...UInt8(ascii: "F"): digit = current - UInt8(ascii: "A") + 10
      default: throw expected("four hexadecimal digits after «\\u»")
      }
      value = value << 4 | UInt32(digit)
      position += 1
    }
    return value
  }

  // MARK: Errors

  private func expected(_ what: String) -> JSON.ParsingError {
    error(.expected(what, found: position < bytes.count ? name(ofCharacterAt: position) : nil), at: position)
  }

  /// «x», or its number where it cannot be seen.
  private func name(ofCharacterAt position: Int) -> String {
    var decoder = UTF8()
    var rest = bytes[position...].prefix(4).makeIterator()
    guard case .scalarValue(let scalar) = decoder.decode(&rest) else { return "a byte that is not UTF-8" }
    switch scalar.properties.generalCategory {
    case .control, .format, .lineSeparator, .paragraphSeparator, .spaceSeparator, .unassigned, .privateUse:
      let digits = String(scalar.value, radix: 16, uppercase: true)
      return "U+" + String(repeating: "0", count: max(0, 4 - digits.count)) + digits
    default: return "«\(scalar)»"
    }
  }

  private func error(_ reason: JSON.ParsingError.Reason, at place: Int) -> JSON.ParsingError {
    var line = 1
    var lineStart = 0
    for index in 0..<place where bytes[index] == UInt8(ascii: "\n") {
      line += 1
      lineStart = index + 1
    }
    let column = 1 + bytes[lineStart..<place].count { $0 & 0xC0 != 0x80 }
    return JSON.ParsingError(reason: reason, line: line, column: column, byte: place)
  }
}
