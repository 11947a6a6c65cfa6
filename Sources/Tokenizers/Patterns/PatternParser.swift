/// Reads the regular expressions of tokenizer files, in the dialect of the Rust tokenizers: Oniguruma's, with Ruby's syntax and Unicode.
///
/// Not read, and refused by name: back-references, named and conditional groups, lookbehind of more than one code point, scripts, `\X`, `\K`,
/// and repetitions of what can be empty.
struct PatternParser {
  /// Longer patterns are refused.
  static let maximumLength = 20_000

  private let scalars: [Unicode.Scalar]
  private var position = 0
  private var ignoresCase = false
  private var dotMatchesNewline = false
  private var depth = 0

  static func parse(_ text: String) throws(PatternError) -> PatternSyntax {
    var parser = PatternParser(scalars: Array(text.unicodeScalars))
    if parser.scalars.count > maximumLength { throw parser.error("more than \(maximumLength) characters") }
    let syntax = try parser.alternatives()
    if parser.position < parser.scalars.count { throw parser.error("a closing parenthesis without an opening one") }
    return syntax
  }

  private init(scalars: [Unicode.Scalar]) { self.scalars = scalars }

  private func error(_ problem: String) -> PatternError { PatternError(problem: problem, column: position + 1) }

  private var next: Unicode.Scalar? { position < scalars.count ? scalars[position] : nil }

  private mutating func take(_ text: String) -> Bool {
    let wanted = Array(text.unicodeScalars)
    guard position + wanted.count <= scalars.count, Array(scalars[position..<position + wanted.count]) == wanted else { return false }
    position += wanted.count
    return true
  }

  private mutating func alternatives() throws(PatternError) -> PatternSyntax {
    var parts = [try sequence()]
    while take("|") { parts.append(try sequence()) }
    return parts.count == 1 ? parts[0] : .alternatives(parts)
  }

  private mutating func sequence() throws(PatternError) -> PatternSyntax {
    var parts: [PatternSyntax] = []
    while let scalar = next, scalar != "|", scalar != ")" {
      var part = try atom()
      var quantifiers = 0
      while let repeated = try quantifier(of: part) {
        part = repeated
        quantifiers += 1
        if quantifiers > 10 { throw error("more than 10 quantifiers in a row") }
      }
      parts.append(part)
    }
    return parts.count == 1 ? parts[0] : .sequence(parts)
  }

  // MARK: - Repetition

  private mutating func quantifier(of body: PatternSyntax) throws(PatternError) -> PatternSyntax? {
    let start = position
    var minimum = 0
    var maximum: Int?
    var isInterval = false
    if take("*") {
    } else if take("+") {
      minimum = 1
    } else if take("?") {
      maximum = 1
    } else if let bounds = try interval() {
      (minimum, maximum) = bounds
      isInterval = true
    } else {
      return nil
    }
    if body.canBeEmpty {
      position = start
      throw error("a repetition of what can match nothing")
    }
    var mode = PatternSyntax.Mode.greedy
    if take("?") {
      mode = .lazy
    } else if !isInterval, take("+") {  // Ruby reads «a{2}+» as a repetition of «a{2}».
      mode = .possessive
    }
    return .repeated(body, minimum: minimum, maximum: maximum, mode)
  }

  /// `{n}`, `{n,}`, `{,m}` or `{n,m}`; nil when the brace is an ordinary character.
  private mutating func interval() throws(PatternError) -> (Int, Int?)? {
    let start = position
    guard take("{") else { return nil }
    let low = number()
    var high = low
    var hasComma = false
    if take(",") {
      hasComma = true
      high = number()
    }
    guard take("}"), low != nil || (hasComma && high != nil) else {
      position = start
      return nil
    }
    if let high, high < low ?? 0 { throw error("a repetition whose maximum is below its minimum") }
    if max(low ?? 0, high ?? 0) > 1000 { throw error("a repetition of more than 1000") }
    return (low ?? 0, high)
  }

  private mutating func number() -> Int? {
    var value: Int?
    while let scalar = next, scalar >= "0", scalar <= "9" {
      value = min((value ?? 0) * 10 + Int(scalar.value - 48), 1_000_000)
      position += 1
    }
    return value
  }

  // MARK: - Atoms

  private func literal(_ set: ScalarSet) -> PatternSyntax { .set(ignoresCase ? set.ignoringCase : set) }

  private mutating func atom() throws(PatternError) -> PatternSyntax {
    guard let scalar = next else { throw error("an incomplete pattern") }
    switch scalar {
    case "(": return try group()
    case "[":
      position += 1
      return literal(try characterClass())
    case ".":
      position += 1
      return .set(dotMatchesNewline ? .all : ScalarSet("\n" as Unicode.Scalar).complement)
    case "^":
      position += 1
      return .assertion(.lineStart)
    case "$":
      position += 1
      return .assertion(.lineEnd)
    case "*", "+", "?": throw error("a quantifier with nothing before it")
    case "\\":
      if let assertion = takeAssertion() { return .assertion(assertion) }
      return literal(try escape())
    default:
      position += 1
      return literal(ScalarSet(scalar))
    }
  }

  private mutating func takeAssertion() -> PatternSyntax.Assertion? {
    if take("\\A") { return .textStart }
    if take("\\z") { return .textEnd }
    if take("\\Z") { return .textEndOrLastNewline }
    if take("\\b") { return .wordBoundary }
    if take("\\B") { return .noWordBoundary }
    return nil
  }

  private mutating func group() throws(PatternError) -> PatternSyntax {
    depth += 1
    defer { depth -= 1 }
    if depth > 100 { throw error("more than 100 groups inside one another") }
    let start = position
    let outer = (ignoresCase, dotMatchesNewline)
    defer { (ignoresCase, dotMatchesNewline) = outer }
    position += 1
    var wrap: (PatternSyntax) throws(PatternError) -> PatternSyntax = { (body) throws(PatternError) in body }
    if take("?:") {
    } else if take("?=") {
      wrap = { (body) throws(PatternError) in .lookahead(body, isNegative: false) }
    } else if take("?!") {
      wrap = { (body) throws(PatternError) in .lookahead(body, isNegative: true) }
    } else if take("?>") {
      wrap = { (body) throws(PatternError) in .atomic(body) }
    } else if take("?<=") || take("?<!") {
      let isNegative = scalars[position - 1] == "!"
      let problem = PatternError(problem: "a lookbehind of other than one character", column: start + 1)
      wrap = { (body) throws(PatternError) in
        guard case .set(let set) = body else { throw problem }
        return .lookbehind(set, isNegative: isNegative)
      }
    } else if take("?") {
      try takeFlags()
      if take(")") {
        // «(?i)» without a body holds for the rest of the group around it.
        defer { (ignoresCase, dotMatchesNewline) = outer }
        return try alternatives()
      }
      if !take(":") { throw error("a group that is not supported") }
    }
    let body = try alternatives()
    if !take(")") {
      position = start
      throw error("an opening parenthesis without a closing one")
    }
    return try wrap(body)
  }

  private mutating func takeFlags() throws(PatternError) {
    var value = true
    while let flag = next, flag != ":", flag != ")" {
      switch flag {
      case "-": value = false
      case "i": ignoresCase = value
      case "m": dotMatchesNewline = value
      default: throw error("a group that is not supported")
      }
      position += 1
    }
  }

  // MARK: - Sets

  /// An escape that stands for a set of code points, mostly of one.
  private mutating func escape(isInClass: Bool = false) throws(PatternError) -> ScalarSet {
    position += 1
    guard let scalar = next else { throw error("a backslash at the end") }
    position += 1
    switch scalar {
    case "s": return ScalarSet(.whiteSpace)
    case "S": return ScalarSet(.whiteSpace).complement
    case "d": return ScalarSet(ScalarProperties(category: "Nd")!)
    case "D": return ScalarSet(ScalarProperties(category: "Nd")!).complement
    case "w": return isInClass ? .wordInClass : .word
    case "W": return isInClass ? ScalarSet.wordInClass.complement : ScalarSet.word.complement
    case "h": return ScalarSet(48...57).union(ScalarSet(65...70)).union(ScalarSet(97...102))
    case "p", "P": return try property(isComplement: scalar == "P")
    case "n": return ScalarSet("\n" as Unicode.Scalar)
    case "r": return ScalarSet("\r" as Unicode.Scalar)
    case "t": return ScalarSet("\t" as Unicode.Scalar)
    case "f": return ScalarSet(12...12)
    case "v": return ScalarSet(11...11)
    case "a": return ScalarSet(7...7)
    case "e": return ScalarSet(27...27)
    case "0": return ScalarSet(0...0)
    case "x": return try hexadecimal(digits: 2)
    case "u": return try hexadecimal(digits: 4)
    default:
      let isLetterOrDigit = UnicodeTables.shared.has(scalar.value, [.letter, .number])
      if isLetterOrDigit && scalar.isASCII {
        position -= 2
        throw error("the escape «\\\(scalar)»")
      }
      return ScalarSet(scalar)
    }
  }

  private mutating func hexadecimal(digits: Int) throws(PatternError) -> ScalarSet {
    let isBraced = take("{")
    var value: UInt32 = 0
    var count = 0
    while count < (isBraced ? 8 : digits), let scalar = next, scalar.isASCII, let digit = Character(scalar).hexDigitValue {
      value = value << 4 | UInt32(digit)
      position += 1
      count += 1
    }
    guard count > 0, !isBraced || take("}"), Unicode.Scalar(value) != nil else { throw error("a hexadecimal escape of no character") }
    return ScalarSet(value...value)
  }

  private mutating func property(isComplement: Bool) throws(PatternError) -> ScalarSet {
    let start = position
    var isComplement = isComplement
    var name = ""
    if take("{") {
      if take("^") { isComplement.toggle() }
      while let scalar = next, scalar != "}" {
        name.unicodeScalars.append(scalar)
        position += 1
      }
      if !take("}") { throw error("a property without a closing brace") }
    } else if let scalar = next {
      name.unicodeScalars.append(scalar)
      position += 1
    }
    guard let properties = ScalarProperties(category: name) else {
      position = start
      throw error("the property «\(name)» (general categories are known)")
    }
    let set = ScalarSet(properties)
    return isComplement ? set.complement : set
  }

  /// What stands after an opening bracket, with the closing one.
  private mutating func characterClass() throws(PatternError) -> ScalarSet {
    depth += 1
    defer { depth -= 1 }
    if depth > 100 { throw error("more than 100 groups inside one another") }
    let start = position
    let isComplement = take("^")
    var result: ScalarSet?
    var part = ScalarSet.none
    var isFirst = true
    while true {
      guard let scalar = next else {
        position = start - 1
        throw error("an opening bracket without a closing one")
      }
      if scalar == "]", !isFirst {
        position += 1
        break
      }
      isFirst = false
      if take("&&") {
        result = result.map { $0.intersection(part) } ?? part
        part = .none
        continue
      }
      part = part.union(try classMember())
    }
    let set = result.map { $0.intersection(part) } ?? part
    return isComplement ? set.complement : set
  }

  private mutating func classMember() throws(PatternError) -> ScalarSet {
    let start = position
    let low = try classAtom()
    guard next == "-", position + 1 < scalars.count, scalars[position + 1] != "]", let first = low.single else { return low.set }
    position += 1
    guard let last = try classAtom().single, last >= first else {
      position = start
      throw error("a range that is empty or not between two characters")
    }
    return ScalarSet(first...last)
  }

  private mutating func classAtom() throws(PatternError) -> (set: ScalarSet, single: UInt32?) {
    guard let scalar = next else { throw error("an incomplete pattern") }
    if scalar == "[" {
      if take("[:") { throw error("a POSIX bracket") }
      position += 1
      return (try characterClass(), nil)
    }
    if scalar == "\\" {
      let kind = position + 1 < scalars.count ? scalars[position + 1] : " "
      if kind == "b" {
        position += 2
        return (ScalarSet(8...8), 8)
      }
      let set = try escape(isInClass: true)
      return ("sSdDwWhpP".unicodeScalars.contains(kind) ? (set, nil) : (set, set.onlyMember))
    }
    position += 1
    return (ScalarSet(scalar), scalar.value)
  }
}
