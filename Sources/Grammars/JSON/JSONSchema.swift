/// A JSON text that a JSON Schema describes.
///
/// ```swift
/// let person = try JSONSchema(#"""
///   {"type": "object",
///    "properties": {"name": {"type": "string", "maxLength": 30}, "born": {"type": "integer", "minimum": 1800}},
///    "required": ["name", "born"], "additionalProperties": false}
///   """#)
/// try await model.generate(prompt, using: Sampling { Temperature(0.7) }.checked(by: person), seed: 1)
/// ```
/// Followed, as draft 2020-12 means them: `type`, `enum`, `const`, `properties`, `required`, `additionalProperties`, `items`,
/// `prefixItems`, `minItems`, `maxItems`, `minLength`, `maxLength`, `pattern`, `format` (date, time, date-time, duration, uuid, ipv4, ipv6,
/// hostname, email, uri), `minimum`, `maximum`, `exclusiveMinimum`, `exclusiveMaximum`, `multipleOf` (integers), `anyOf`, `oneOf` where the
/// alternatives can be told apart, `allOf`, `$ref` to places in the schema, also to itself, with `$defs`. Any other keyword is refused by
/// name; nothing is ignored but annotations such as `title`.
///
/// How the text is written: properties stand in the order of the schema, then required ones that it does not list, then additional ones.
/// White space is as ``JSONWhitespace`` says. Numbers with bounds have no exponent; integers no «-0». Texts under `pattern` or `format` and
/// names of properties are escaped only where they must be. As the standard has it, an object may have additional properties unless the
/// schema says no, and a schema without `type` allows every type.
///
/// Source: JSON Schema 2020-12, «Core» and «Validation»; RFC 8259.
public struct JSONSchema: Checker {
  /// The schema's text.
  public let text: String
  public let whitespace: JSONWhitespace
  public let closesObjects: Bool
  private let grammar: CompiledGrammar

  /// - Parameters:
  ///   - text: the schema, in JSON.
  ///   - closesObjects: whether an object whose schema names properties and says nothing of additional ones has none.
  /// - Throws: ``GrammarError``: line, column, what is wrong and what is allowed.
  public init(_ text: String, whitespace: JSONWhitespace = .flexible, closesObjects: Bool = false) throws(GrammarError) {
    var compiler = try SchemaCompiler(text, whitespace: whitespace, closesObjects: closesObjects)
    let rules = try compiler.compile()
    do { grammar = try CompiledGrammar(rules) } catch { throw error.of("JSON Schema") }
    self.text = text
    self.whitespace = whitespace
    self.closesObjects = closesObjects
  }

  public func begin() -> GrammarState { grammar.begin() }

  public static func == (left: JSONSchema, right: JSONSchema) -> Bool {
    (left.text, left.whitespace, left.closesObjects) == (right.text, right.whitespace, right.closesObjects)
  }

  /// «JSONSchema», with the title that the schema gives itself.
  public var description: String {
    var reader = JSONReader(text, notation: "JSON Schema")
    let title = (try? reader.read())?["title"]?.string
    return title.map { "JSONSchema(«\($0)»)" } ?? "JSONSchema"
  }
}
