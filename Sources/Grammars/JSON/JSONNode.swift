/// A value of a JSON text, with the place where it stands: numbers as they are written, names in their order.
struct JSONNode: Sendable {
  enum Content: Sendable {
    case null
    case boolean(Bool)
    case number(String)
    case string(String)
    case array([JSONNode])
    case object([(name: String, value: JSONNode)])
  }

  let content: Content
  /// Where it begins: the number of code points before it.
  let place: Int

  subscript(name: String) -> JSONNode? {
    guard case .object(let members) = content else { return nil }
    return members.first { $0.name == name }?.value
  }

  var string: String? { if case .string(let text) = content { text } else { nil } }
  var array: [JSONNode]? { if case .array(let elements) = content { elements } else { nil } }
  var boolean: Bool? { if case .boolean(let value) = content { value } else { nil } }
  var number: String? { if case .number(let text) = content { text } else { nil } }
  var members: [(name: String, value: JSONNode)]? { if case .object(let members) = content { members } else { nil } }

  /// What a sentence calls it.
  var kind: String {
    switch content {
    case .null: "null"
    case .boolean(let value): "\(value)"
    case .number(let text): text
    case .string(let text): "\"\(text)\""
    case .array: "an array"
    case .object: "an object"
    }
  }
}

/// Reads a JSON text (RFC 8259), strictly.
struct JSONReader {
  private(set) var reader: NotationReader
  /// Texts that are nested more deeply are refused.
  private static let depthLimit = 200

  init(_ text: String, notation: String) { reader = NotationReader(text, notation: notation) }

  mutating func read() throws(GrammarError) -> JSONNode {
    skipSpace()
    let value = try readValue(depth: 0)
    skipSpace()
    guard reader.isAtEnd else { throw reader.error("After the value comes nothing, not \(reader.found).") }
    return value
  }

  private mutating func skipSpace() { _ = reader.take { " \t\n\r".unicodeScalars.contains($0) } }

  private mutating func readValue(depth: Int) throws(GrammarError) -> JSONNode {
    let place = reader.position
    guard depth < Self.depthLimit else { throw reader.error("Values are nested at most \(Self.depthLimit) deep.") }
    switch reader.next {
    case "{": return JSONNode(content: .object(try readMembers(depth: depth)), place: place)
    case "[": return JSONNode(content: .array(try readElements(depth: depth)), place: place)
    case "\"": return JSONNode(content: .string(try readString()), place: place)
    case "-", "0", "1", "2", "3", "4", "5", "6", "7", "8", "9": return JSONNode(content: .number(try readNumber()), place: place)
    default:
      if reader.take("true") { return JSONNode(content: .boolean(true), place: place) }
      if reader.take("false") { return JSONNode(content: .boolean(false), place: place) }
      if reader.take("null") { return JSONNode(content: .null, place: place) }
      throw reader.error("A JSON value stands here, not \(reader.found).")
    }
  }

  private mutating func readMembers(depth: Int) throws(GrammarError) -> [(name: String, value: JSONNode)] {
    var members: [(name: String, value: JSONNode)] = []
    _ = reader.take()
    skipSpace()
    if reader.take("}") { return [] }
    while true {
      let place = reader.position
      guard reader.next == "\"" else { throw reader.error("A name in quotes stands here, not \(reader.found).") }
      let name = try readString()
      if members.contains(where: { $0.name == name }) { throw reader.error("The name \"\(name)\" stands twice in one object.", at: place) }
      skipSpace()
      guard reader.take(":") else { throw reader.error("After a name comes «:», not \(reader.found).") }
      skipSpace()
      members.append((name, try readValue(depth: depth + 1)))
      skipSpace()
      if reader.take("}") { return members }
      guard reader.take(",") else { throw reader.error("After a member comes «,» or «}», not \(reader.found).") }
      skipSpace()
    }
  }

  private mutating func readElements(depth: Int) throws(GrammarError) -> [JSONNode] {
    var elements: [JSONNode] = []
    _ = reader.take()
    skipSpace()
    if reader.take("]") { return [] }
    while true {
      elements.append(try readValue(depth: depth + 1))
      skipSpace()
      if reader.take("]") { return elements }
      guard reader.take(",") else { throw reader.error("After an element comes «,» or «]», not \(reader.found).") }
      skipSpace()
    }
  }

  private mutating func readNumber() throws(GrammarError) -> String {
    let place = reader.position
    let text = reader.take { ("0"..."9").contains($0) || "+-.eE".unicodeScalars.contains($0) }
    guard JSONDecimal(text) != nil else { throw reader.error("«\(text)» is no JSON number.", at: place) }
    return text
  }

  private mutating func readString() throws(GrammarError) -> String {
    let start = reader.position
    _ = reader.take()
    var text = String.UnicodeScalarView()
    while let scalar = reader.next, scalar != "\"" {
      guard scalar.value >= 0x20 else { throw reader.error("\(reader.found) stands in a text only as an escape.") }
      _ = reader.take()
      text.append(scalar == "\\" ? try readEscape() : scalar)
    }
    guard reader.take("\"") else { throw reader.error("The text that begins here has no closing quote.", at: start) }
    return String(text)
  }

  private mutating func readEscape() throws(GrammarError) -> Unicode.Scalar {
    let place = reader.position
    guard !reader.isAtEnd else { throw reader.error("«\\» is followed by what it escapes.") }
    switch reader.take() {
    case "\"": return "\""
    case "\\": return "\\"
    case "/": return "/"
    case "b": return "\u{8}"
    case "f": return "\u{C}"
    case "n": return "\n"
    case "r": return "\r"
    case "t": return "\t"
    case "u":
      let first = try readUnit()
      guard (0xD800...0xDBFF).contains(first) else {
        guard let scalar = Unicode.Scalar(first) else {
          throw reader.error("«\\u\(String(first, radix: 16))» is half a character.", at: place)
        }
        return scalar
      }
      guard reader.take("\\u") else { throw reader.error("«\\u\(String(first, radix: 16))» is half a character.", at: place) }
      let second = try readUnit()
      guard (0xDC00...0xDFFF).contains(second) else { throw reader.error("Two escapes make no character.", at: place) }
      return Unicode.Scalar(0x10000 + (first - 0xD800) << 10 + (second - 0xDC00))!
    case let scalar: throw reader.error("«\\\(scalar)» is no escape of JSON.", at: place)
    }
  }

  private mutating func readUnit() throws(GrammarError) -> UInt32 {
    var value: UInt32 = 0
    for _ in 0..<4 {
      guard let scalar = reader.next, scalar.isASCII, let digit = Character(scalar).hexDigitValue else {
        throw reader.error("«\\u» is followed by 4 hexadecimal digits, not by \(reader.found).")
      }
      _ = reader.take()
      value = value << 4 | UInt32(digit)
    }
    return value
  }
}
