/// Reads a regular expression; see ``Pattern`` for the dialect.
struct PatternParser {
  private var reader: NotationReader
  private static let countLimit = 100_000

  /// One of the alternatives of a whole pattern.
  struct Alternative {
    var expression: Expression
    /// Whether it begins with `^`, and ends with `$`.
    var isAnchoredAtStart = false
    var isAnchoredAtEnd = false
  }

  init(_ text: String, notation: String = "pattern") { reader = NotationReader(text, notation: notation) }

  /// What matches as a whole.
  static func whole(_ text: String) throws(GrammarError) -> Expression {
    var parser = PatternParser(text)
    return .alternatives(try parser.parse().map(\.expression))
  }

  /// What has a part that matches, as `pattern` in JSON Schema means it.
  static func search(_ text: String) throws(GrammarError) -> Expression {
    var parser = PatternParser(text)
    let anything = Expression.repeated(.scalar(.all), minimum: 0, maximum: nil)
    return .alternatives(
      try parser.parse().map {
        .sequence([$0.isAnchoredAtStart ? .empty : anything, $0.expression, $0.isAnchoredAtEnd ? .empty : anything])
      })
  }

  mutating func parse() throws(GrammarError) -> [Alternative] {
    var alternatives: [Alternative] = []
    repeat {
      var alternative = Alternative(expression: .empty)
      alternative.isAnchoredAtStart = reader.take("^")
      alternative.expression = try parseSequence()
      alternative.isAnchoredAtEnd = reader.take("$")
      alternatives.append(alternative)
    } while reader.take("|")
    guard reader.isAtEnd else {
      if reader.next == "$" || reader.next == "^" { throw anchorError() }
      throw reader.error("\(reader.found) cannot stand here; every «)» closes a «(».")
    }
    return alternatives
  }

  private func anchorError() -> GrammarError {
    reader.error("«^» stands only at the beginning of the pattern or after a «|» outside groups, «$» only at the end or before one.")
  }

  private mutating func parseAlternatives() throws(GrammarError) -> Expression {
    var alternatives = [try parseSequence()]
    while reader.take("|") { alternatives.append(try parseSequence()) }
    return alternatives.count == 1 ? alternatives[0] : .alternatives(alternatives)
  }

  private mutating func parseSequence() throws(GrammarError) -> Expression {
    var parts: [Expression] = []
    while let scalar = reader.next, scalar != "|", scalar != ")" {
      if scalar == "$", reader.peek(1) == nil || reader.peek(1) == "|" { break }
      if scalar == "$" || scalar == "^" { throw anchorError() }
      parts.append(try parseRepetitions(of: try parseAtom()))
    }
    return parts.count == 1 ? parts[0] : .sequence(parts)
  }

  private mutating func parseAtom() throws(GrammarError) -> Expression {
    let place = reader.position
    switch reader.take() {
    case "(": return try parseGroup(at: place)
    case "[": return .scalar(try parseClass(at: place))
    case ".": return .scalar(PatternClasses.lineEnds.complement)
    case "\\": return .scalar(try parseEscape(at: place, isInClass: false))
    case "*", "+", "?":
      throw reader.error("A repetition repeats what stands before it, and nothing does; a sign itself is written «\\*».", at: place)
    case "{":
      throw reader.error("A count of repetitions has something before it; the sign itself is written «\\{».", at: place)
    case let scalar: return .scalar(ScalarSet([scalar.value...scalar.value]))
    }
  }

  private mutating func parseGroup(at place: Int) throws(GrammarError) -> Expression {
    if reader.take("?") {
      if reader.take("<=") { throw reader.error("«(?<=» looks back, which is no part of a regular language.", at: place) }
      if reader.take("<!") { throw reader.error("«(?<!» looks back, which is no part of a regular language.", at: place) }
      if reader.take("=") || reader.take("!") {
        throw reader.error("A look ahead is not supported; say what the text is, not what it is not.", at: place)
      }
      if reader.take("<") || reader.take("P<") {
        let name = reader.take { $0 != ">" && $0 != ")" }
        guard !name.isEmpty, reader.take(">") else { throw reader.error("A group's name is written «(?<name>…)».", at: place) }
      } else if !reader.take(":") {
        throw reader.error("Groups are «(…)», «(?:…)» and «(?<name>…)»; \(reader.found) cannot stand here.")
      }
    }
    let inner = try parseAlternatives()
    guard reader.take(")") else { throw reader.error("The group that begins here has no «)».", at: place) }
    return inner
  }

  private mutating func parseRepetitions(of atom: Expression) throws(GrammarError) -> Expression {
    var result = atom
    var isRepeated = false
    while let scalar = reader.next {
      let place = reader.position
      var counts: (minimum: Int, maximum: Int?)
      switch scalar {
      case "*": counts = (0, nil)
      case "+": counts = (1, nil)
      case "?": counts = (0, 1)
      case "{": counts = (0, 0)
      default: return result
      }
      _ = reader.take()
      if scalar == "{" { counts = try parseCounts(at: place) }
      guard !isRepeated else { throw reader.error("A repetition of a repetition needs a group.", at: place) }
      isRepeated = true
      // A lazy repetition has the same texts; a possessive one has not.
      if !reader.take("?"), reader.next == "+" { throw reader.error("Possessive repetitions are not supported.") }
      result = .repeated(result, minimum: counts.minimum, maximum: counts.maximum)
    }
    return result
  }

  private mutating func parseCounts(at place: Int) throws(GrammarError) -> (Int, Int?) {
    let first = reader.take { ("0"..."9").contains($0) }
    var maximum: String? = first
    if reader.take(",") {
      let last = reader.take { ("0"..."9").contains($0) }
      maximum = last.isEmpty ? nil : last
    }
    guard reader.take("}"), !first.isEmpty else {
      throw reader.error("A count of repetitions is written {m}, {m,} or {m,n}; the sign itself is written «\\{».", at: place)
    }
    guard let low = Int(first), low <= Self.countLimit, maximum.map({ Int($0).map { $0 <= Self.countLimit } ?? false }) ?? true else {
      throw reader.error("At most \(Self.countLimit) repetitions are counted.", at: place)
    }
    let high = maximum.flatMap { Int($0) }
    if let high, high < low { throw reader.error("{\(low),\(high)}: the second number is at least the first.", at: place) }
    return (low, high)
  }

  private mutating func parseClass(at place: Int) throws(GrammarError) -> ScalarSet {
    let isNegated = reader.take("^")
    var set = ScalarSet([])
    while let scalar = reader.next, scalar != "]" {
      let begin = reader.position
      let low = try parseMember()
      guard reader.next == "-", let after = reader.peek(1), after != "]" else {
        set = set.union(low)
        continue
      }
      _ = reader.take()
      let high = try parseMember()
      guard let first = low.single, let last = high.single else {
        throw reader.error("A range goes from one character to one character.", at: begin)
      }
      guard first <= last else { throw reader.error("The range ends before it begins.", at: begin) }
      set = set.union(ScalarSet([first...last]))
    }
    guard reader.take("]") else { throw reader.error("The class that begins here has no «]».", at: place) }
    return isNegated ? set.complement : set
  }

  private mutating func parseMember() throws(GrammarError) -> ScalarSet {
    let place = reader.position
    let scalar = reader.take()
    return scalar == "\\" ? try parseEscape(at: place, isInClass: true) : ScalarSet([scalar.value...scalar.value])
  }

  private mutating func parseEscape(at place: Int, isInClass: Bool) throws(GrammarError) -> ScalarSet {
    guard !reader.isAtEnd else { throw reader.error("«\\» is followed by what it escapes, not by the end.", at: place) }
    let scalar = reader.take()
    func one(_ value: UInt32) -> ScalarSet { ScalarSet([value...value]) }
    switch scalar {
    case "d": return PatternClasses.digits
    case "D": return PatternClasses.digits.complement
    case "w": return PatternClasses.wordCharacters
    case "W": return PatternClasses.wordCharacters.complement
    case "s": return PatternClasses.spaces
    case "S": return PatternClasses.spaces.complement
    case "n": return one(10)
    case "r": return one(13)
    case "t": return one(9)
    case "f": return one(12)
    case "v": return one(11)
    case "0" where !(reader.next.map { ("0"..."9").contains($0) } ?? false): return one(0)
    case "x": return one(try reader.hexadecimal(2, after: "\\x"))
    case "u":
      if reader.take("{") {
        let digits = reader.take { $0 != "}" }
        guard reader.take("}"), let value = UInt32(digits, radix: 16), Unicode.Scalar(value) != nil else {
          throw reader.error("«\\u{…}» holds the hexadecimal number of a code point.", at: place)
        }
        return one(value)
      }
      return one(try reader.hexadecimal(4, after: "\\u"))
    case "p", "P":
      guard reader.take("{") else { throw reader.error("A category is written «\\\(scalar){L}».", at: place) }
      let name = reader.take { $0 != "}" }
      guard reader.take("}"), let set = PatternClasses.category(name) else {
        throw reader.error("«\\\(scalar){\(name)}» is no general category of Unicode, such as L, Lu, Nd or P.", at: place)
      }
      return scalar == "p" ? set : set.complement
    case "b", "B": throw reader.error("«\\\(scalar)», the border of a word, is not supported.", at: place)
    case "k", "1"..."9": throw reader.error("A reference back to a group is no part of a regular language.", at: place)
    case "a"..."z", "A"..."Z", "0"..."9":
      throw reader.error("«\\\(scalar)» is no escape of this dialect: \\d \\w \\s \\n \\r \\t \\f \\v \\xHH \\uHHHH \\p{…}.", at: place)
    default: return one(scalar.value)
    }
  }
}

extension ScalarSet {
  /// The only member of a set with one.
  var single: UInt32? { ranges.count == 1 && ranges[0].count == 1 ? ranges[0].lowerBound : nil }
}
