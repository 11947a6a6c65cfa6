/// Reads GBNF, the notation of llama.cpp's grammars.
struct GBNFParser {
  private var reader: NotationReader
  private var rules = GrammarRules()
  private var numbers: [String: Int] = [:]
  private var isDefined: [Bool] = []
  /// Where each rule was first named.
  private var places: [Int] = []
  /// Repetitions with more copies than this are refused before they are made.
  private static let countLimit = 100_000

  init(_ text: String) { reader = NotationReader(text, notation: "GBNF") }

  /// The rules, the root first.
  mutating func parse() throws(GrammarError) -> GrammarRules {
    _ = number(of: "root")
    try skipSpace(newlines: true)
    while !reader.isAtEnd {
      try parseRule()
      try skipSpace(newlines: true)
    }
    guard isDefined[0] else { throw reader.error("There is no rule «root», which says what a whole text is.") }
    for (number, isDefined) in isDefined.enumerated() where !isDefined {
      throw reader.error("The rule «\(rules.names[number])» is not defined.", at: places[number])
    }
    return rules
  }

  private mutating func number(of name: String) -> Int {
    if let number = numbers[name] { return number }
    let number = rules.declare(name)
    numbers[name] = number
    isDefined.append(false)
    places.append(reader.position)
    return number
  }

  private mutating func parseRule() throws(GrammarError) {
    let place = reader.position
    let name = try parseName()
    let number = number(of: name)
    guard !isDefined[number] else { throw reader.error("The rule «\(name)» is defined twice.", at: place) }
    try skipSpace(newlines: false)
    guard reader.take("::=") else { throw reader.error("After the name of a rule comes «::=», not \(reader.found).") }
    try skipSpace(newlines: true)
    rules.expressions[number] = try parseAlternatives(isNested: false)
    isDefined[number] = true
    guard reader.isAtEnd || reader.take("\r\n") || reader.take("\n") || reader.take("\r") else {
      throw reader.error("A rule ends with its line; \(reader.found) cannot stand here.")
    }
  }

  private static func isNamePart(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar {
    case "a"..."z", "A"..."Z", "0"..."9", "-", "_": true
    default: false
    }
  }

  private mutating func parseName() throws(GrammarError) -> String {
    let name = reader.take(while: Self.isNamePart)
    guard !name.isEmpty else {
      throw reader.error("A rule begins with its name, of letters, digits, «-» and «_», not with \(reader.found).")
    }
    return name
  }

  private mutating func skipSpace(newlines: Bool) throws(GrammarError) {
    while let scalar = reader.next {
      switch scalar {
      case " ", "\t": _ = reader.take()
      case "#": _ = reader.take { $0 != "\n" && $0 != "\r" }
      case "\n" where newlines, "\r" where newlines: _ = reader.take()
      default: return
      }
    }
  }

  private mutating func parseAlternatives(isNested: Bool) throws(GrammarError) -> Expression {
    var alternatives = [try parseSequence(isNested: isNested)]
    while reader.take("|") {
      try skipSpace(newlines: true)
      alternatives.append(try parseSequence(isNested: isNested))
    }
    return alternatives.count == 1 ? alternatives[0] : .alternatives(alternatives)
  }

  private mutating func parseSequence(isNested: Bool) throws(GrammarError) -> Expression {
    var parts: [Expression] = []
    while let scalar = reader.next {
      let place = reader.position
      switch scalar {
      case "\"": parts.append(try parseLiteral())
      case "[": parts.append(.scalar(try parseClass()))
      case ".":
        _ = reader.take()
        parts.append(.scalar(.all))
      case "(":
        _ = reader.take()
        try skipSpace(newlines: true)
        parts.append(try parseAlternatives(isNested: true))
        guard reader.take(")") else { throw reader.error("«(» is closed by «)», not by \(reader.found).") }
      case "*", "+", "?", "{":
        guard let last = parts.popLast() else {
          throw reader.error("«\(scalar)» repeats what stands before it, and nothing does.", at: place)
        }
        parts.append(try parseRepetition(of: last))
      case "<", "!":
        throw reader.error("Tokens such as «<think>» cannot stand in a grammar here: a grammar speaks of text; write the text in quotes.")
      case _ where Self.isNamePart(scalar):
        let name = try parseName()
        let after = reader.position
        try skipSpace(newlines: false)
        // The next rule may follow without an empty line, but a rule cannot begin in the middle of one.
        if reader.take("::=") { throw reader.error("The rule «\(name)» begins in the line of another one.", at: place) }
        reader.rewind(to: after)
        let known = numbers[name]
        let number = number(of: name)
        if known == nil { places[number] = place }
        parts.append(.rule(number))
      default: return Self.sequence(parts)
      }
      try skipSpace(newlines: isNested)
    }
    return Self.sequence(parts)
  }

  private static func sequence(_ parts: [Expression]) -> Expression { parts.count == 1 ? parts[0] : .sequence(parts) }

  private mutating func parseLiteral() throws(GrammarError) -> Expression {
    let place = reader.position
    _ = reader.take()
    var text = String.UnicodeScalarView()
    while let scalar = reader.next, scalar != "\"" {
      if scalar == "\n" || scalar == "\r" { break }
      text.append(Unicode.Scalar(try parseCharacter())!)
    }
    guard reader.take("\"") else { throw reader.error("The text that begins here has no closing quote in its line.", at: place) }
    return .text(String(text))
  }

  private mutating func parseClass() throws(GrammarError) -> ScalarSet {
    let place = reader.position
    _ = reader.take()
    let isNegated = reader.take("^")
    var ranges: [ClosedRange<UInt32>] = []
    while let scalar = reader.next, scalar != "]" {
      if scalar == "\n" || scalar == "\r" { break }
      let low = try parseCharacter()
      var high = low
      if reader.next == "-", let end = reader.peek(1), end != "]" {
        _ = reader.take()
        let begin = reader.position
        high = try parseCharacter()
        guard low <= high else { throw reader.error("The range ends before it begins.", at: begin) }
      }
      ranges.append(low...high)
    }
    guard reader.take("]") else { throw reader.error("The class that begins here has no «]» in its line.", at: place) }
    guard !ranges.isEmpty || isNegated else { throw reader.error("The class has no characters.", at: place) }
    let set = ScalarSet(ranges)
    return isNegated ? set.complement : set
  }

  private mutating func parseCharacter() throws(GrammarError) -> UInt32 {
    let place = reader.position
    let scalar = reader.take()
    guard scalar == "\\" else { return scalar.value }
    guard let escape = reader.next else { throw reader.error("«\\» is followed by what it escapes, not by the end.", at: place) }
    switch escape {
    case "x", "u", "U":
      _ = reader.take()
      return try reader.hexadecimal(escape == "x" ? 2 : escape == "u" ? 4 : 8, after: "\\\(escape)")
    case "t": _ = reader.take(); return 9
    case "r": _ = reader.take(); return 13
    case "n": _ = reader.take(); return 10
    case "\\", "\"", "[", "]": return reader.take().value
    default:
      throw reader.error(
        "«\\\(escape)» is no escape; there are \\n, \\r, \\t, \\\\, \\\", \\[, \\], \\xHH, \\uHHHH and \\UHHHHHHHH.", at: place)
    }
  }

  private mutating func parseRepetition(of part: Expression) throws(GrammarError) -> Expression {
    let place = reader.position
    switch reader.take() {
    case "*": return .repeated(part, minimum: 0, maximum: nil)
    case "+": return .repeated(part, minimum: 1, maximum: nil)
    case "?": return .optional(part)
    default: break
    }
    try skipSpace(newlines: true)
    let minimum = try parseCount()
    try skipSpace(newlines: true)
    var maximum: Int? = minimum
    if reader.take(",") {
      try skipSpace(newlines: true)
      maximum = reader.next == "}" ? nil : try parseCount()
      try skipSpace(newlines: true)
    }
    guard reader.take("}") else {
      throw reader.error("A count of repetitions is written {m}, {m,} or {m,n}; \(reader.found) cannot stand here.")
    }
    if let maximum, maximum < minimum { throw reader.error("{\(minimum),\(maximum)}: the second number is at least the first.", at: place) }
    return .repeated(part, minimum: minimum, maximum: maximum)
  }

  private mutating func parseCount() throws(GrammarError) -> Int {
    let place = reader.position
    let digits = reader.take { ("0"..."9").contains($0) }
    guard !digits.isEmpty else { throw reader.error("A number of repetitions stands here, not \(reader.found).") }
    guard let count = Int(digits), count <= Self.countLimit else {
      throw reader.error("\(digits) repetitions: at most \(Self.countLimit) are counted.", at: place)
    }
    return count
  }
}
