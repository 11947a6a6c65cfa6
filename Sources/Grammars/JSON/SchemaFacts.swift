/// What schemas without alternatives say together of one value.
struct SchemaFacts {
  let schemas: [JSONNode]
  private(set) var types = Set(SchemaKeywords.types)
  /// The only values that are allowed; nil where all are.
  private(set) var values: [JSONNode]?
  private(set) var lower: NumberBound?
  private(set) var upper: NumberBound?
  /// The values of `multipleOf`, positive integers.
  private(set) var divisors: [Int] = []
  private(set) var minimumLength = 0
  private(set) var maximumLength: Int?
  /// Each matches a whole text, as regular expressions over its characters.
  private(set) var patterns: [Expression] = []
  private(set) var minimumItems = 0
  private(set) var maximumItems: Int?
  private(set) var minimumProperties = 0
  private(set) var maximumProperties: Int?
  private(set) var required: [String] = []
  /// The names that the schemas speak of, in the order in which they first do.
  private(set) var names: [String] = []

  init(_ schemas: [JSONNode], _ compiler: SchemaCompiler) throws(GrammarError) {
    self.schemas = schemas
    for schema in schemas {
      for (name, value) in schema.members ?? [] { try read(name, value, compiler) }
    }
    names += required.filter { !names.contains($0) }
    if let listed = values {
      var kept: [JSONNode] = []
      for value in listed where try allows(value, compiler) { kept.append(value) }
      values = kept
    }
  }

  private mutating func read(_ name: String, _ value: JSONNode, _ compiler: SchemaCompiler) throws(GrammarError) {
    switch name {
    case "type": types.formIntersection(try Self.types(of: value, compiler))
    case "enum":
      guard let list = value.array, !list.isEmpty else { throw compiler.error("«enum» is a list of at least one value.", at: value) }
      values = values.map { known in known.filter { known in list.contains { known.isEqual(to: $0) } } } ?? list
    case "const": values = values.map { $0.filter { $0.isEqual(to: value) } } ?? [value]
    case "minimum", "exclusiveMinimum":
      let bound = NumberBound(value: try Self.number(value, name, compiler), isExclusive: name != "minimum")
      if let known = lower, !(known.value < bound.value), known.value != bound.value || known.isExclusive { break }
      lower = bound
    case "maximum", "exclusiveMaximum":
      let bound = NumberBound(value: try Self.number(value, name, compiler), isExclusive: name != "maximum")
      if let known = upper, !(bound.value < known.value), known.value != bound.value || known.isExclusive { break }
      upper = bound
    case "multipleOf":
      guard let divisor = value.number.flatMap({ Int($0) }), (1...1_000).contains(divisor) else {
        throw compiler.error("«multipleOf» is an integer from 1 to 1000 here, not \(value.kind).", at: value)
      }
      if divisor > 1 { divisors.append(divisor) } else { types.remove("number") }
    case "minLength": minimumLength = max(minimumLength, try Self.count(value, name, compiler))
    case "maxLength": maximumLength = min(maximumLength ?? .max, try Self.count(value, name, compiler))
    case "pattern":
      guard let text = value.string else { throw compiler.error("«pattern» is a text, not \(value.kind).", at: value) }
      do { patterns.append(try PatternParser.search(text)) } catch {
        throw compiler.error("«pattern»: \(error)", at: value)
      }
    case "format":
      guard let format = value.string, let text = StringExpressions.formats[format] else {
        let known = StringExpressions.formats.keys.sorted().joined(separator: ", ")
        throw compiler.error("«format» \(value.kind) is not supported; supported are \(known).", at: value)
      }
      patterns.append(try PatternParser.whole(text))
    case "minItems": minimumItems = max(minimumItems, try Self.count(value, name, compiler))
    case "maxItems": maximumItems = min(maximumItems ?? .max, try Self.count(value, name, compiler))
    case "minProperties": minimumProperties = max(minimumProperties, try Self.count(value, name, compiler))
    case "maxProperties": maximumProperties = min(maximumProperties ?? .max, try Self.count(value, name, compiler))
    case "uniqueItems":
      if value.boolean != false {
        throw compiler.error("«uniqueItems» is supported only as false: all elements would have to be compared.", at: value)
      }
    case "required":
      guard let list = value.array, list.allSatisfy({ $0.string != nil }) else {
        throw compiler.error("«required» is a list of names.", at: value)
      }
      for name in list.compactMap(\.string) where !required.contains(name) { required.append(name) }
    case "properties":
      guard let members = value.members else { throw compiler.error("«properties» is an object of schemas.", at: value) }
      for (name, _) in members where !names.contains(name) { names.append(name) }
    case "items":
      if value.array != nil { throw compiler.error("«items» is one schema; a list of schemas is called «prefixItems».", at: value) }
    case "prefixItems":
      if value.array == nil { throw compiler.error("«prefixItems» is a list of schemas.", at: value) }
    default: break
    }
  }

  private static func types(of value: JSONNode, _ compiler: SchemaCompiler) throws(GrammarError) -> Set<String> {
    var types: Set<String> = []
    for entry in value.array ?? [value] {
      guard let type = entry.string, SchemaKeywords.types.contains(type) else {
        throw compiler.error("«type» is \(SchemaKeywords.types.joined(separator: ", ")), or a list of them, not \(entry.kind).", at: entry)
      }
      types.insert(type)
      // Every integer is a number.
      if type == "number" { types.insert("integer") }
    }
    return types
  }

  private static func count(_ value: JSONNode, _ name: String, _ compiler: SchemaCompiler) throws(GrammarError) -> Int {
    guard let count = value.number.flatMap({ Int($0) }), (0...100_000).contains(count) else {
      throw compiler.error("«\(name)» is an integer from 0 to 100000, not \(value.kind).", at: value)
    }
    return count
  }

  private static func number(_ value: JSONNode, _ name: String, _ compiler: SchemaCompiler) throws(GrammarError) -> JSONDecimal {
    guard let number = value.number.flatMap({ JSONDecimal($0) }) else {
      throw compiler.error("«\(name)» is a number, not \(value.kind).", at: value)
    }
    return number
  }

  // MARK: - Parts of the value

  /// What must hold of a property: its own schemas, and what a schema that does not name it says of additional ones.
  func schemas(ofProperty name: String) -> [JSONNode] {
    schemas.compactMap { $0["properties"]?[name] ?? $0["additionalProperties"] }
  }

  var schemasOfAdditionalProperties: [JSONNode] { schemas.compactMap { $0["additionalProperties"] } }

  /// How many elements have schemas of their own.
  var prefixCount: Int { schemas.map { $0["prefixItems"]?.array?.count ?? 0 }.max() ?? 0 }

  func schemas(ofItem index: Int) -> [JSONNode] {
    schemas.compactMap { schema in
      if let prefix = schema["prefixItems"]?.array, index < prefix.count { return prefix[index] }
      return schema["items"]
    }
  }

  // MARK: - Comparing

  /// Whether types, values or bounds exclude a common value; arrays and objects are not looked into.
  func isDisjoint(from other: SchemaFacts) -> Bool {
    if types.isDisjoint(with: other.types) { return true }
    if let values {
      let common = other.values ?? []
      return other.values == nil
        ? values.allSatisfy { !other.types.contains($0.type) } : values.allSatisfy { value in !common.contains { value.isEqual(to: $0) } }
    }
    if other.values != nil { return other.isDisjoint(from: self) }
    guard types.intersection(other.types).isSubset(of: ["integer", "number"]) else { return false }
    func isBelow(_ upper: NumberBound?, _ lower: NumberBound?) -> Bool {
      guard let upper, let lower else { return false }
      return upper.value < lower.value || (upper.value == lower.value && (upper.isExclusive || lower.isExclusive))
    }
    return isBelow(upper, other.lower) || isBelow(other.upper, lower)
  }

  /// Whether a value of `enum` or `const` satisfies the rest.
  private func allows(_ value: JSONNode, _ compiler: SchemaCompiler) throws(GrammarError) -> Bool {
    guard types.contains(value.type) else { return false }
    switch value.content {
    case .null, .boolean: return true
    case .number(let text):
      guard let number = JSONDecimal(text) else { return false }
      if let lower, number < lower.value || (lower.isExclusive && number == lower.value) { return false }
      if let upper, upper.value < number || (upper.isExclusive && number == upper.value) { return false }
      guard !divisors.isEmpty else { return true }
      guard number.isInteger else { return false }
      return divisors.allSatisfy { divisor in number.whole.reduce(0) { ($0 * 10 + Int($1)) % divisor } == 0 }
    case .string(let text):
      let length = text.unicodeScalars.count
      guard length >= minimumLength, length <= maximumLength ?? .max else { return false }
      for pattern in patterns {
        var rules = GrammarRules()
        _ = rules.define("pattern", as: pattern)
        guard try CompiledGrammar(rules).begin().verdict(after: Array(text.utf8)[...]) == .complete else { return false }
      }
      return true
    case .array, .object:
      if schemas.contains(where: { schema in schema.members?.contains { SchemaKeywords.structural.contains($0.name) } ?? false }) {
        throw compiler.error("Arrays and objects in «enum» and «const» cannot stand beside keywords about their parts.", at: value)
      }
      return true
    }
  }
}

extension JSONNode {
  /// The narrowest type of JSON Schema that a value has.
  var type: String {
    switch content {
    case .null: "null"
    case .boolean: "boolean"
    case .number(let text): JSONDecimal(text)?.isInteger ?? false ? "integer" : "number"
    case .string: "string"
    case .array: "array"
    case .object: "object"
    }
  }

  /// Equal as values: numbers by what they are, objects in any order.
  func isEqual(to other: JSONNode) -> Bool {
    switch (content, other.content) {
    case (.null, .null): true
    case (.boolean(let left), .boolean(let right)): left == right
    case (.number(let left), .number(let right)): JSONDecimal(left) == JSONDecimal(right)
    case (.string(let left), .string(let right)): left.unicodeScalars.elementsEqual(right.unicodeScalars)
    case (.array(let left), .array(let right)): left.count == right.count && zip(left, right).allSatisfy { $0.isEqual(to: $1) }
    case (.object(let left), .object(let right)):
      left.count == right.count && left.allSatisfy { member in other[member.name].map { member.value.isEqual(to: $0) } ?? false }
    default: false
    }
  }
}
