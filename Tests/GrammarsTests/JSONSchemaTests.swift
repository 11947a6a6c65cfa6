import Foundation
import LanguageModels
import Testing

@testable import Grammars

@Suite("JSON Schema") struct JSONSchemaTests {
  private let person = try! JSONSchema(
    #"""
    {"type": "object",
     "properties": {"name": {"type": "string", "maxLength": 3}, "born": {"type": "integer", "minimum": 1800}},
     "required": ["name", "born"], "additionalProperties": false}
    """#)

  @Test("A text is open until the last bracket, and wrong as soon as a value is")
  func example() {
    #expect(verdicts(person, #"{"name": "Ada", "born": 1815}"#) == String(repeating: "o", count: 28) + "c")
    #expect(verdict(person, "{\n  \"name\": \"Ada\",\n  \"born\": 1815\n}") == .complete)
    #expect(verdict(person, #"{"name": "Adam"#) == .wrong)
    #expect(verdict(person, #"{"name": "Ada", "born": 17"#) == .open)
    #expect(verdict(person, #"{"name": "Ada", "born": 17}"#) == .wrong)
    #expect(verdict(person, #"{"born""#) == .wrong)
  }

  @Test("White space is what was asked for")
  func whitespace() throws {
    let schema = #"{"type": "array", "items": {"type": "object", "additionalProperties": {"type": "integer"}}}"#
    let texts = [#"[{"a":1,"b":2}]"#, #"[{"a": 1, "b": 2}]"#, "[\n  {\n    \"a\": 1,\n    \"b\": 2\n  }\n]", #"[ {"a":  1}]"#]
    func accepted(_ whitespace: JSONWhitespace) throws -> [Bool] {
      let checker = try JSONSchema(schema, whitespace: whitespace)
      return texts.map { verdict(checker, $0) == .complete }
    }
    #expect(try accepted(.compact) == [true, false, false, false])
    #expect(try accepted(.spaced) == [false, true, false, false])
    #expect(try accepted(.flexible) == [true, true, true, false])
  }

  @Test("Additional properties are allowed unless the schema, or the caller, says no")
  func closed() throws {
    let schema = #"{"type": "object", "properties": {"a": {"type": "integer"}}}"#
    #expect(verdict(try JSONSchema(schema), #"{"a": 1, "b": 2}"#) == .complete)
    #expect(verdict(try JSONSchema(schema, closesObjects: true), #"{"a": 1, "b"#) == .wrong)
    #expect(verdict(try JSONSchema(schema, closesObjects: true), "{}") == .complete)
  }

  @Test(
    "What cannot be followed is refused by name and place",
    arguments: [
      (
        "{\"type\": \"objekt\"}",
        "JSON Schema, line 1, column 10: «type» is null, boolean, integer, number, string, array, object, or a list of them, not \"objekt\"."
      ),
      (
        "{\n \"not\": {}}",
        "JSON Schema, line 2, column 9: The keyword «not» is not supported; supported are \(SchemaKeywords.supported.joined(separator: ", "))."
      ),
      (
        "{\"uniqueItems\": true}",
        "JSON Schema, line 1, column 17: «uniqueItems» is supported only as false: all elements would have to be compared."
      ),
      (
        "{\"$ref\": \"#/$defs/a\"}", "JSON Schema, line 1, column 10: «$ref» leads to \"#/$defs/a\", and there is nothing called \"$defs\"."
      ),
      (
        "{\"$ref\": \"other.json\"}",
        "JSON Schema, line 1, column 10: «$ref» leads to a place in the same schema, such as \"#/$defs/name\", not to \"other.json\"."
      ),
      ("{\"minLength\": -1}", "JSON Schema, line 1, column 15: «minLength» is an integer from 0 to 100000, not -1."),
      (
        "{\"pattern\": \"(a\"}",
        "JSON Schema, line 1, column 13: «pattern»: pattern, line 1, column 1: The group that begins here has no «)»."
      ),
      (
        "{\"format\": \"zip\"}",
        "JSON Schema, line 1, column 12: «format» \"zip\" is not supported; supported are date, date-time, duration, email, hostname, ipv4, ipv6, time, uri, uuid."
      ),
      (
        "{\"oneOf\": [{\"type\": \"integer\"}, {\"type\": \"number\"}]}",
        "JSON Schema, line 1, column 33: «oneOf»: alternatives 1 and 2 may both hold; tell them apart by type, by «const», or by a required property with different constants, or write «anyOf»."
      ),
      ("{\"items\": [{}]}", "JSON Schema, line 1, column 11: «items» is one schema; a list of schemas is called «prefixItems»."),
      ("{\"type\": \"string\", \"type\": \"null\"}", "JSON Schema, line 1, column 20: The name \"type\" stands twice in one object."),
      ("{\"type\": \"string\"", "JSON Schema, line 1, column 18: After a member comes «,» or «}», not the end."),
      ("{\"type\": \"string\", \"enum\": [1]}", "JSON Schema: no text matches; every rule that is needed must be able to end."),
      ("[1]", "JSON Schema, line 1, column 1: A schema is an object, true or false, not an array."),
    ])
  func refusals(text: String, sentence: String) {
    #expect { try JSONSchema(text) } throws: { "\($0)" == sentence }
  }

  struct Case: Decodable {
    var schema: String
    var valid: [String]
    var invalid: [String]
  }

  static let cases: [Case] = {
    let path = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appendingPathComponent("Fixtures/schemas.json")
    return try! JSONDecoder().decode([Case].self, from: Data(contentsOf: path))
  }()

  @Test(
    "What the package jsonschema accepts is complete, with every beginning of it, and what it refuses is not", arguments: 0..<cases.count)
  func agreement(index: Int) throws {
    let example = Self.cases[index]
    let schema = try JSONSchema(example.schema)
    for text in example.valid {
      var state = schema.begin()
      for byte in text.utf8 {
        state.accept([byte])
        #expect(state.verdict != .wrong, "\(example.schema): \(text): \(state.problem ?? "")")
        if state.verdict == .wrong { break }
      }
      #expect(state.verdict == .complete, "\(example.schema): \(text)")
    }
    for text in example.invalid { #expect(verdict(schema, text) != .complete, "\(example.schema): \(text)") }
  }

  /// Texts drawn from masks, as a model without any preference would write them.
  static func samples(of schema: JSONSchema, count: Int, seed: UInt64) -> [String] {
    var generator = Generator(state: seed)
    var pieces = (0..<128).map { [UInt8($0)] } + ["\u{e9}", "\u{1F600}"].flatMap { $0.utf8.map { [$0] } }
    pieces += ["true", "null", "false", "\": ", "\", \"", "}}", "]}", "12", "\\u00", "2024-", "\n  "].map { Array($0.utf8) }
    let tokens = tokenBytes(pieces)
    var texts: [String] = []
    for _ in 0..<count {
      var state = schema.begin()
      var text: [UInt8] = []
      // After a while the text is led to its end: of what may come, that what closes is taken.
      while text.count < 400 {
        if state.verdict == .complete, text.count > 20 || Int.random(in: 0..<3, using: &generator) == 0 { break }
        let allowed = state.mask(of: tokens, isFirst: false)!.tokens
        guard !allowed.isEmpty else { break }
        let closing = allowed.filter { "}]\"e".utf8.contains(pieces[$0].last!) }
        let token = (text.count > 60 && !closing.isEmpty ? closing : allowed).randomElement(using: &generator)!
        state.accept(pieces[token][...])
        text += pieces[token]
      }
      if state.verdict == .complete { texts.append(String(decoding: text, as: UTF8.self)) }
    }
    return texts
  }

  @Test(
    "Every finished text that masks let through satisfies the schema, says jsonschema",
    .enabled(if: ProcessInfo.processInfo.environment["BEAMLINE_JSONSCHEMA_PYTHON"] != nil, "needs a Python with the package jsonschema"))
  func drawn() throws {
    let python = ProcessInfo.processInfo.environment["BEAMLINE_JSONSCHEMA_PYTHON"]!
    var drawn: [[String: Any]] = []
    for (index, example) in Self.cases.enumerated() {
      let texts = Self.samples(of: try JSONSchema(example.schema), count: 60, seed: UInt64(index))
      drawn.append(["schema": example.schema, "texts": texts])
    }
    let script = """
      import json, sys, jsonschema
      wrong, count = [], 0
      for case in json.load(sys.stdin):
          schema = json.loads(case["schema"])
          check = jsonschema.Draft202012Validator(schema, format_checker=jsonschema.Draft202012Validator.FORMAT_CHECKER)
          for text in case["texts"]:
              count += 1
              try:
                  if not check.is_valid(json.loads(text)): wrong.append((case["schema"], text))
              except ValueError as error: wrong.append((case["schema"], text, str(error)))
      print(count, len(wrong), wrong[:5])
      """
    let process = Process()
    process.executableURL = URL(fileURLWithPath: python)
    process.arguments = ["-c", script]
    let (input, output) = (Pipe(), Pipe())
    process.standardInput = input
    process.standardOutput = output
    try process.run()
    try input.fileHandleForWriting.write(contentsOf: JSONSerialization.data(withJSONObject: drawn))
    try input.fileHandleForWriting.close()
    let answer = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
    process.waitUntilExit()
    let total = drawn.reduce(0) { $0 + ($1["texts"] as! [String]).count }
    #expect(total > 2_000)
    #expect(answer == "\(total) 0 []\n")
  }
}
