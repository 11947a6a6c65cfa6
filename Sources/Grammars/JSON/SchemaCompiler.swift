/// Translates a JSON Schema to rules over bytes.
///
/// The unit is a conjunction: schemas that must all hold of one value, as `allOf`, `$ref` with siblings and properties of several schemas
/// bring them together. Each conjunction is one rule, so that a schema may refer to itself. `anyOf` is distributed: a conjunction has
/// branches, each a list of schemas without alternatives.
struct SchemaCompiler {
  let root: JSONNode
  let whitespace: JSONWhitespace
  let closesObjects: Bool
  private let reader: NotationReader
  var rules = GrammarRules()
  /// The places of the schemas of a conjunction → its rule.
  private var known: [[Int]: Int] = [:]
  private var shared: [String: Int] = [:]
  static let branchLimit = 500

  init(_ text: String, whitespace: JSONWhitespace, closesObjects: Bool) throws(GrammarError) {
    var json = JSONReader(text, notation: "JSON Schema")
    root = try json.read()
    reader = json.reader
    self.whitespace = whitespace
    self.closesObjects = closesObjects
  }

  /// The rules, the root first.
  mutating func compile() throws(GrammarError) -> GrammarRules {
    let start = rules.declare("root")
    rules.expressions[start] = try value([root])
    return rules
  }

  func error(_ sentence: String, at node: JSONNode) -> GrammarError { reader.error(sentence, at: node.place) }

  /// A value for which all of the schemas hold.
  mutating func value(_ schemas: [JSONNode]) throws(GrammarError) -> Expression {
    var unique: [Int: JSONNode] = [:]
    for schema in schemas where schema.boolean != true { unique[schema.place] = schema }
    let key = unique.keys.sorted()
    if key.isEmpty { return anyValue() }
    if let rule = known[key] { return .rule(rule) }
    let rule = rules.declare("value at \(key.map(String.init).joined(separator: "+"))")
    known[key] = rule
    rules.expressions[rule] = try alternatives(key.map { unique[$0]! })
    return .rule(rule)
  }

  private mutating func alternatives(_ schemas: [JSONNode]) throws(GrammarError) -> Expression {
    // What only refers or only chooses keeps the rules of what it means.
    if schemas.count == 1, let members = schemas[0].members {
      let keywords = members.map(\.name).filter { !SchemaKeywords.annotations.contains($0) && $0 != "$defs" && $0 != "definitions" }
      if keywords == ["$ref"] { return try value([resolve(schemas[0]["$ref"]!)]) }
      if keywords == ["anyOf"] || keywords == ["oneOf"] {
        var parts: [Expression] = []
        for alternative in try choices(of: schemas[0]) ?? [] { parts.append(try value([alternative])) }
        return .alternatives(parts)
      }
    }
    var parts: [Expression] = []
    for branch in try branches(of: schemas) { parts.append(try expression(of: SchemaFacts(branch, self))) }
    return .alternatives(parts)
  }

  /// The alternatives of `anyOf` or `oneOf`.
  ///
  /// - Parameter isTold: whether it must be clear that no two of `oneOf` hold at once.
  private func choices(of schema: JSONNode, isTold: Bool = true) throws(GrammarError) -> [JSONNode]? {
    guard let list = schema["anyOf"] ?? schema["oneOf"] else { return nil }
    guard let alternatives = list.array, !alternatives.isEmpty else {
      throw error("«anyOf», «oneOf» and «allOf» are lists of at least one schema.", at: list)
    }
    if isTold, schema["oneOf"] != nil {
      for (index, first) in alternatives.enumerated() {
        for (other, second) in alternatives.enumerated().dropFirst(index + 1) where try !areDisjoint([first], [second], depth: 4) {
          throw error(
            "«oneOf»: alternatives \(index + 1) and \(other + 1) may both hold; tell them apart by type, by «const», or by a required "
              + "property with different constants, or write «anyOf».", at: second)
        }
      }
    }
    return alternatives
  }

  /// The lists of schemas without alternatives of which one must hold as a whole.
  func branches(of schemas: [JSONNode], isTold: Bool = true) throws(GrammarError) -> [[JSONNode]] {
    var complete: [[JSONNode]] = []
    var open: [(pending: [JSONNode], done: [JSONNode])] = [(schemas.reversed(), [])]
    while var (pending, done) = open.popLast() {
      guard let schema = pending.popLast() else {
        complete.append(done)
        guard complete.count + open.count <= Self.branchLimit else {
          throw error("The alternatives combine in more than \(Self.branchLimit) ways; use fewer.", at: schemas[0])
        }
        continue
      }
      if schema.boolean == false { continue }
      guard let members = schema.members else {
        if schema.boolean == true {
          open.append((pending, done))
          continue
        }
        throw error("A schema is an object, true or false, not \(schema.kind).", at: schema)
      }
      if done.contains(where: { $0.place == schema.place }) {
        open.append((pending, done))
        continue
      }
      for (name, value) in members where !SchemaKeywords.annotations.contains(name) && !SchemaKeywords.supported.contains(name) {
        throw error(
          "The keyword «\(name)» is not supported; supported are \(SchemaKeywords.supported.joined(separator: ", ")).", at: value)
      }
      if schema["anyOf"] != nil, let list = schema["oneOf"] {
        throw error("«anyOf» and «oneOf» cannot stand in one schema here.", at: list)
      }
      done.append(schema)
      if let reference = schema["$ref"] { pending.append(try resolve(reference)) }
      if let all = schema["allOf"] {
        guard let members = all.array, !members.isEmpty else { throw error("«allOf» is a list of at least one schema.", at: all) }
        pending += members.reversed()
      }
      for alternative in (try choices(of: schema, isTold: isTold)?.reversed()).map({ $0.map(Optional.some) }) ?? [nil] {
        open.append((pending + (alternative.map { [$0] } ?? []), done))
      }
    }
    return complete
  }

  /// The schema that a reference names.
  private func resolve(_ reference: JSONNode) throws(GrammarError) -> JSONNode {
    guard let text = reference.string else { throw error("«$ref» is a text such as \"#/$defs/name\".", at: reference) }
    guard text == "#" || text.hasPrefix("#/") else {
      throw error("«$ref» leads to a place in the same schema, such as \"#/$defs/name\", not to \"\(text)\".", at: reference)
    }
    var node = root
    for part in text.dropFirst(2).split(separator: "/", omittingEmptySubsequences: false) where text != "#" {
      let name = Self.unescaped(part)
      let next = node[name] ?? node.array.flatMap { list in Int(name).flatMap { list.indices.contains($0) ? list[$0] : nil } }
      guard let next else { throw error("«$ref» leads to \"\(text)\", and there is nothing called \"\(name)\".", at: reference) }
      node = next
    }
    return node
  }

  private static func unescaped(_ part: Substring) -> String {
    var bytes: [UInt8] = []
    var rest = part.utf8[...]
    while let byte = rest.popFirst() {
      if byte == UInt8(ascii: "%"), let value = UInt8(Substring(rest.prefix(2)), radix: 16) {
        bytes.append(value)
        rest = rest.dropFirst(2)
      } else if byte == UInt8(ascii: "~"), let next = rest.popFirst() {
        bytes.append(next == UInt8(ascii: "1") ? UInt8(ascii: "/") : UInt8(ascii: "~"))
      } else {
        bytes.append(byte)
      }
    }
    return String(decoding: bytes, as: UTF8.self)
  }

  /// Whether no value satisfies both, as far as types, constants, bounds and required properties tell.
  private func areDisjoint(_ left: [JSONNode], _ right: [JSONNode], depth: Int) throws(GrammarError) -> Bool {
    for first in try branches(of: left, isTold: false) {
      for second in try branches(of: right, isTold: false) {
        let (a, b) = (try SchemaFacts(first, self), try SchemaFacts(second, self))
        if a.isDisjoint(from: b) { continue }
        let types = a.types.intersection(b.types)
        guard depth > 0, types == ["object"] else { return false }
        var isTold = false
        for name in a.required where !isTold && b.required.contains(name) {
          isTold = try areDisjoint(a.schemas(ofProperty: name), b.schemas(ofProperty: name), depth: depth - 1)
        }
        if !isTold { return false }
      }
    }
    return true
  }

  /// A rule that many parts use, made once.
  mutating func shared(_ name: String, _ make: (inout SchemaCompiler) -> Expression) -> Expression {
    if let rule = shared[name] { return .rule(rule) }
    let rule = rules.declare(name)
    shared[name] = rule
    rules.expressions[rule] = make(&self)
    return .rule(rule)
  }
}
