import Display

/// Why a message's content or a connection file cannot be used: one sentence with the field, what it holds and what is allowed.
public struct MalformedContent: Error, Sendable, Equatable, CustomStringConvertible {
  public var description: String

  public init(_ description: String) { self.description = description }
}

/// Reads the fields of a JSON object: `null` counts as absent, a field that is not asked for is ignored.
struct FieldReader {
  let name: String
  let fields: JSON.Object

  init(of name: String, _ value: JSON) {
    self.name = name
    fields = value.objectValue ?? [:]
  }

  func string(_ field: String, default fallback: String? = nil) throws -> String {
    try value(of: field, expected: "a string", default: fallback, as: \.stringValue)
  }

  func bool(_ field: String, default fallback: Bool? = nil) throws -> Bool {
    try value(of: field, expected: "true or false", default: fallback, as: \.boolValue)
  }

  func integer(_ field: String, default fallback: Int? = nil) throws -> Int {
    try value(of: field, expected: "an integer", default: fallback, as: \.intValue)
  }

  func object(_ field: String, default fallback: JSON.Object? = nil) throws -> JSON.Object {
    try value(of: field, expected: "an object", default: fallback, as: \.objectValue)
  }

  func isPresent(_ field: String) -> Bool { fields[field].map { !$0.isNull } ?? false }

  private func value<Value>(
    of field: String, expected: String, default fallback: Value?, as convert: (JSON) -> Value?
  ) throws -> Value {
    guard let found = fields[field], !found.isNull else {
      if let fallback { return fallback }
      throw MalformedContent("\(name): «\(field)» is missing; expected \(expected)")
    }
    guard let value = convert(found) else {
      throw MalformedContent("\(name): «\(field)» is \(found.kind); expected \(expected)")
    }
    return value
  }
}
