/// The tokens of Python as numbers below 128, and how far a word or an operator can still become which of them.
enum PythonTokens {
  static let keywords = [
    "False", "None", "True", "and", "as", "assert", "async", "await", "break", "class", "continue", "def", "del", "elif", "else", "except",
    "finally", "for", "from", "global", "if", "import", "in", "is", "lambda", "nonlocal", "not", "or", "pass", "raise", "return", "try",
    "while", "with", "yield", "match", "case", "type",
  ]
  static let operators = [
    "+", "-", "*", "/", "//", "%", "@", "**", "<<", ">>", "&", "|", "^", "~", ":=", "<", ">", "<=", ">=", "==", "!=", "->", "+=", "-=",
    "*=",
    "/=", "//=", "%=", "@=", "&=", "|=", "^=", ">>=", "<<=", "**=", "(", ")", "[", "]", "{", "}", ",", ":", ".", ";", "=", "...", "!",
  ]
  static let classes = ["NAME", "NUMBER", "STRING", "BYTES", "FORMAT", "FORMATTED", "NEWLINE", "INDENT", "DEDENT", "END"]
  static let names = classes + keywords + operators
  static let numbers = Dictionary(uniqueKeysWithValues: zip(names, names.indices.map(UInt8.init)))

  static let name = numbers["NAME"]!
  static let number = numbers["NUMBER"]!
  static let string = numbers["STRING"]!
  static let bytes = numbers["BYTES"]!
  static let format = numbers["FORMAT"]!
  static let formatted = numbers["FORMATTED"]!
  static let newline = numbers["NEWLINE"]!
  static let indent = numbers["INDENT"]!
  static let dedent = numbers["DEDENT"]!
  static let end = numbers["END"]!
  static let colon = numbers[":"]!
  static let openBrace = numbers["{"]!
  static let closeBrace = numbers["}"]!
  static let dot = numbers["."]!

  /// The prefixes of texts, in small letters, and the token that such a text begins.
  static let prefixes: [String: UInt8] = [
    "r": string, "u": string, "b": bytes, "br": bytes, "rb": bytes, "f": format, "fr": format, "rf": format,
  ]

  /// After a number these words may follow without a space.
  static let afterNumber = PythonTokenSet(["and", "else", "for", "if", "in", "is", "or", "not"].map { numbers[$0]! })

  static let words = PythonWordTree(keywords.map { ($0, numbers[$0]!) }, prefixes: prefixes)
  static let signs = PythonWordTree(operators.map { ($0, numbers[$0]!) }, prefixes: [:])
}

/// A set of tokens.
struct PythonTokenSet: Sendable, Hashable {
  private var low: UInt64 = 0
  private var high: UInt64 = 0

  init(_ tokens: [UInt8] = []) { for token in tokens { insert(token) } }

  mutating func insert(_ token: UInt8) { if token < 64 { low |= 1 << UInt64(token) } else { high |= 1 << UInt64(token - 64) } }
  func contains(_ token: UInt8) -> Bool { (token < 64 ? low >> UInt64(token) : high >> UInt64(token - 64)) & 1 == 1 }
  func intersection(_ other: PythonTokenSet) -> PythonTokenSet {
    var result = self
    result.low &= other.low
    result.high &= other.high
    return result
  }
  mutating func formUnion(_ other: PythonTokenSet) {
    low |= other.low
    high |= other.high
  }
  var isEmpty: Bool { low | high == 0 }
  var tokens: [UInt8] { (0..<128).filter(contains) }
}

/// Words or operators as a tree of bytes.
struct PythonWordTree: Sendable {
  struct Node: Sendable {
    var next: [UInt8: Int16] = [:]
    /// What the bytes up to here are, on their own.
    var token: UInt8?
    /// What a text in quotes after these bytes is.
    var prefix: UInt8?
    /// What the bytes can still become, beside a name.
    var reachable = PythonTokenSet()
  }

  private(set) var nodes = [Node()]

  init(_ words: [(String, UInt8)], prefixes: [String: UInt8]) {
    for (word, token) in words { insert(Array(word.utf8), token: token, prefix: nil, reaching: token) }
    for (prefix, token) in prefixes.sorted(by: { $0.key < $1.key }) {
      // In small and large letters, mixed as one likes.
      for choice in 0..<(1 << prefix.utf8.count) {
        let bytes = prefix.utf8.enumerated().map { choice >> $0 & 1 == 1 ? $1 - 32 : $1 }
        insert(bytes, token: nil, prefix: token, reaching: token)
      }
    }
  }

  private mutating func insert(_ bytes: [UInt8], token: UInt8?, prefix: UInt8?, reaching: UInt8) {
    var place = 0
    nodes[0].reachable.insert(reaching)
    for byte in bytes {
      if let next = nodes[place].next[byte] {
        place = Int(next)
      } else {
        nodes.append(Node())
        nodes[place].next[byte] = Int16(nodes.count - 1)
        place = nodes.count - 1
      }
      nodes[place].reachable.insert(reaching)
    }
    if let token { nodes[place].token = token }
    if let prefix { nodes[place].prefix = prefix }
  }
}
