/// The texts of a value, type by type.
extension SchemaCompiler {
  /// A value of which the facts hold.
  mutating func expression(of facts: SchemaFacts) throws(GrammarError) -> Expression {
    if let values = facts.values { return .alternatives(values.map { literal($0) }) }
    var parts: [Expression] = []
    if facts.types.contains("null") { parts.append(.text("null")) }
    if facts.types.contains("boolean") { parts.append(.alternatives([.text("true"), .text("false")])) }
    if facts.types.contains("integer") || facts.types.contains("number") { parts.append(try number(facts)) }
    if facts.types.contains("string") { parts.append(string(facts)) }
    if facts.types.contains("array") { parts.append(try array(facts)) }
    if facts.types.contains("object") { parts.append(try object(facts)) }
    return .alternatives(parts)
  }

  mutating func anyValue() -> Expression {
    shared("value") { compiler in
      let value = compiler.anyValue()
      let pair = Expression.sequence([compiler.anyString(), .text(":"), compiler.space(.colon), value])
      return .alternatives([
        .text("null"), .text("true"), .text("false"), NumberExpressions.number, compiler.anyString(),
        .sequence([
          .text("["), compiler.space(.open), .optional(compiler.list(value, minimum: 1, maximum: nil)), compiler.space(.close), .text("]"),
        ]),
        .sequence([
          .text("{"), compiler.space(.open), .optional(compiler.list(pair, minimum: 1, maximum: nil)), compiler.space(.close), .text("}"),
        ]),
      ])
    }
  }

  // MARK: - White space

  enum Gap { case open, comma, colon, close }

  mutating func space(_ gap: Gap) -> Expression {
    switch whitespace {
    case .compact: .empty
    case .spaced: gap == .comma || gap == .colon ? .text(" ") : .empty
    case .flexible:
      shared("space") { _ in
        .alternatives([.empty, .text(" "), .sequence([.text("\n"), .repeated(.anyByte([32, 9]), minimum: 0, maximum: 40)])])
      }
    }
  }

  private mutating func comma() -> Expression { .sequence([.text(","), space(.comma)]) }

  /// Parts with commas between them, at least `minimum`, which is at least 1.
  private mutating func list(_ part: Expression, minimum: Int, maximum: Int?) -> Expression {
    .sequence([part, .repeated(.sequence([comma(), part]), minimum: minimum - 1, maximum: maximum.map { $0 - 1 })])
  }

  private mutating func literal(_ value: JSONNode) -> Expression {
    switch value.content {
    case .null: return .text("null")
    case .boolean(let value): return .text("\(value)")
    case .number(let text): return .text(text)
    case .string(let text): return quoted(StringExpressions.canonical(text))
    case .array(let elements):
      let parts = elements.map { literal($0) }
      return bracketed("[", parts, "]")
    case .object(let members):
      let parts = members.map { name, value in
        Expression.sequence([quoted(StringExpressions.canonical(name)), .text(":"), space(.colon), literal(value)])
      }
      return bracketed("{", parts, "}")
    }
  }

  private mutating func bracketed(_ open: String, _ parts: [Expression], _ close: String) -> Expression {
    var sequence: [Expression] = [.text(open), space(.open)]
    for (index, part) in parts.enumerated() { sequence += index > 0 ? [comma(), part] : [part] }
    return .sequence(sequence + [space(.close), .text(close)])
  }

  // MARK: - Numbers

  private mutating func number(_ facts: SchemaFacts) throws(GrammarError) -> Expression {
    let isInteger = !facts.types.contains("number") || !facts.divisors.isEmpty
    guard facts.divisors.isEmpty else { return try multiples(facts) }
    if facts.lower == nil && facts.upper == nil {
      return isInteger ? shared("integer") { _ in NumberExpressions.integer } : shared("number") { _ in NumberExpressions.number }
    }
    return isInteger
      ? NumberExpressions.integers(from: facts.lower, to: facts.upper) : NumberExpressions.numbers(from: facts.lower, to: facts.upper)
  }

  /// Whole numbers by their rest after division, a rule for every rest; within bounds, one by one.
  private mutating func multiples(_ facts: SchemaFacts) throws(GrammarError) -> Expression {
    func greatestCommonDivisor(_ a: Int, _ b: Int) -> Int { b == 0 ? a : greatestCommonDivisor(b, a % b) }
    let divisor = facts.divisors.reduce(1) { $0 / greatestCommonDivisor($0, $1) * $1 }
    if facts.lower != nil || facts.upper != nil {
      guard let first = facts.lower?.value.integer(roundedUp: true), let last = facts.upper?.value.integer(roundedUp: false),
        last - first <= 10_000 * divisor
      else {
        throw error("«multipleOf» with bounds needs both of them, at most 10000 multiples apart.", at: facts.schemas[0])
      }
      var texts: [Expression] = []
      for value in first...max(first, last) where value % divisor == 0 && value <= last {
        if facts.lower!.isExclusive && facts.lower!.value == JSONDecimal("\(value)") { continue }
        if facts.upper!.isExclusive && facts.upper!.value == JSONDecimal("\(value)") { continue }
        texts.append(.text("\(value)"))
      }
      return .alternatives(texts)
    }
    guard divisor <= 1_000 else { throw error("«multipleOf»: the common multiple \(divisor) is more than 1000.", at: facts.schemas[0]) }
    return shared("multiple of \(divisor)") { compiler in
      let rests = (0..<divisor).map { compiler.rules.declare("rest \($0) of \(divisor)") }
      for rest in 0..<divisor {
        let next = (0..<10).map { digit in
          Expression.sequence([.text("\(digit)"), .rule(rests[(rest * 10 + digit) % divisor])])
        }
        compiler.rules.expressions[rests[rest]] = .alternatives(next + (rest == 0 ? [.empty] : []))
      }
      let first = (1..<10).map { digit in Expression.sequence([.text("\(digit)"), .rule(rests[digit % divisor])]) }
      return .alternatives([.text("0"), .sequence([.optional(.text("-")), .alternatives(first)])])
    }
  }

  // MARK: - Texts

  private func quoted(_ content: Expression) -> Expression { .sequence([.text("\""), content, .text("\"")]) }

  private mutating func anyString() -> Expression {
    shared("string") { compiler in
      compiler.quoted(.repeated(StringExpressions.anyCharacter, minimum: 0, maximum: nil))
    }
  }

  private mutating func string(_ facts: SchemaFacts) -> Expression {
    let hasLength = facts.minimumLength > 0 || facts.maximumLength != nil
    if let maximum = facts.maximumLength, maximum < facts.minimumLength { return .nothing }
    if facts.patterns.isEmpty {
      guard hasLength else { return anyString() }
      return quoted(.repeated(StringExpressions.anyCharacter, minimum: facts.minimumLength, maximum: facts.maximumLength))
    }
    var parts = facts.patterns.map { StringExpressions.canonical($0) }
    if hasLength {
      parts.append(.repeated(StringExpressions.canonicalCharacter, minimum: facts.minimumLength, maximum: facts.maximumLength))
    }
    return quoted(parts.dropFirst().reduce(parts[0]) { .intersection($0, $1) })
  }

  // MARK: - Arrays

  private mutating func array(_ facts: SchemaFacts) throws(GrammarError) -> Expression {
    if let maximum = facts.maximumItems, maximum < facts.minimumItems { return .nothing }
    return .sequence([.text("["), space(.open), try elements(facts, from: 0), space(.close), .text("]")])
  }

  private mutating func elements(_ facts: SchemaFacts, from index: Int) throws(GrammarError) -> Expression {
    if let maximum = facts.maximumItems, index >= maximum { return .empty }
    let item = try value(facts.schemas(ofItem: index))
    if index < facts.prefixCount {
      let rest = try elements(facts, from: index + 1)
      let all = Expression.sequence([index > 0 ? comma() : .empty, item, rest])
      return index >= facts.minimumItems ? .optional(all) : all
    }
    let minimum = max(0, facts.minimumItems - index)
    let maximum = facts.maximumItems.map { $0 - index }
    if index > 0 { return .repeated(.sequence([comma(), item]), minimum: minimum, maximum: maximum) }
    let list = list(item, minimum: max(1, minimum), maximum: maximum)
    return minimum == 0 ? .optional(list) : list
  }

  // MARK: - Objects

  private mutating func object(_ facts: SchemaFacts) throws(GrammarError) -> Expression {
    var additional = facts.schemasOfAdditionalProperties
    let isClosed = additional.contains { $0.boolean == false } || (closesObjects && additional.isEmpty && !facts.names.isEmpty)
    additional.removeAll { $0.boolean == true }
    if facts.minimumProperties > facts.required.count {
      throw error(
        "«minProperties»: \(facts.minimumProperties) is more than the \(facts.required.count) required properties, and optional ones are not "
          + "counted here.", at: facts.schemas.first { $0["minProperties"] != nil } ?? root)
    }
    if let maximum = facts.maximumProperties, !isClosed || maximum < facts.names.count {
      throw error(
        "«maxProperties» is followed only where «additionalProperties» is false and not more properties have names.",
        at: facts.schemas.first { $0["maxProperties"] != nil } ?? root)
    }
    // From the last property to the first: what may still come, after another member or as the first one.
    var next: [Expression] = []
    if isClosed {
      next = [.empty, .empty]
    } else {
      let name = quoted(StringExpressions.anything(but: facts.names))
      let pair = Expression.sequence([name, .text(":"), space(.colon), try value(additional)])
      let rest = Expression.repeated(.sequence([comma(), pair]), minimum: 0, maximum: nil)
      next = [.optional(.sequence([pair, rest])), rest]
    }
    let close = Expression.sequence([space(.close), .text("}")])
    next = next.map { .sequence([$0, close]) }
    for (index, name) in facts.names.enumerated().reversed() {
      let key = quoted(StringExpressions.canonical(name))
      let pair = Expression.sequence([key, .text(":"), space(.colon), try value(facts.schemas(ofProperty: name))])
      let places = [rules.declare("member \(index)"), rules.declare("member \(index)")]
      let rest = Expression.rule(rules.define("after member \(index)", as: next[1]))
      for isLater in [0, 1] {
        let with = Expression.sequence([isLater == 1 ? comma() : .empty, pair, rest])
        rules.expressions[places[isLater]] = facts.required.contains(name) ? with : .alternatives([with, next[isLater]])
      }
      next = places.map { .rule($0) }
    }
    return .sequence([.text("{"), space(.open), next[0]])
  }
}

extension JSONDecimal {
  /// The nearest integer, up or down; nil beyond 15 digits.
  func integer(roundedUp: Bool) -> Int? {
    guard whole.count <= 15 else { return nil }
    let magnitude = whole.reduce(0) { $0 * 10 + Int($1) }
    let value = isNegative ? -magnitude : magnitude
    if isInteger { return value }
    return roundedUp ? (isNegative ? value : value + 1) : (isNegative ? value - 1 : value)
  }
}
