/// Which keywords of JSON Schema (draft 2020-12) are followed, and which may stand there without a meaning for the text.
enum SchemaKeywords {
  static let supported: [String] = [
    "type", "enum", "const", "properties", "required", "additionalProperties", "minProperties", "maxProperties", "items", "prefixItems",
    "minItems", "maxItems", "uniqueItems", "minLength", "maxLength", "pattern", "format", "minimum", "maximum", "exclusiveMinimum",
    "exclusiveMaximum", "multipleOf", "anyOf", "oneOf", "allOf", "$ref", "$defs", "definitions",
  ]
  static let annotations: Set<String> = [
    "$schema", "$id", "$comment", "title", "description", "default", "examples", "deprecated", "readOnly", "writeOnly",
  ]
  static let types = ["null", "boolean", "integer", "number", "string", "array", "object"]
  /// Keywords that speak of the inside of arrays and objects.
  static let structural: Set<String> = [
    "properties", "required", "additionalProperties", "minProperties", "maxProperties", "items", "prefixItems", "minItems", "maxItems",
  ]
}

/// What may stand between the parts of a JSON text that a schema lets a model write.
public enum JSONWhitespace: String, Sendable {
  /// Nothing: `{"a":1,"b":[2,3]}`.
  case compact
  /// One space after each comma and colon, as Python's `json.dumps` writes: `{"a": 1, "b": [2, 3]}`.
  case spaced
  /// After a bracket, a comma and a colon, and before a closing bracket: nothing, one space, or a line break with up to 40 spaces or
  /// tabs. What models write fits, indented or not, and none can go on with spaces for ever.
  case flexible
}
