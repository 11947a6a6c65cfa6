import Testing

@testable import Display

@Suite("JSON is parsed as RFC 8259 has it")
struct JSONParsingTests {
  @Test("every kind of value")
  func everyKind() throws {
    let text = #" { "a" : [ 1 , -2.5e1 , "x" ] , "b" : { } , "c" : [ true , false , null ] } "#
    #expect(
      try JSON(parsing: text) == ["a": [1, .number(-25), "x"], "b": .object([:]), "c": [true, false, .null]])
  }

  @Test("reading is a chain of subscripts that never traps")
  func reading() throws {
    let value = try JSON(parsing: #"{"model": {"merges": ["a b", "c d"], "size": 3.0, "scale": 2}}"#)
    #expect(value["model"]?["merges"]?[1]?.stringValue == "c d")
    #expect(value["model"]?["merges"]?[2] == nil)
    #expect(value["model"]?["merges"]?["x"] == nil)
    #expect(value["model"]?["size"]?.intValue == 3)
    #expect(value["model"]?["scale"]?.doubleValue == 2)
    #expect(value["nothing"]?["here"] == nil)
  }

  @Test(
    "an integer stays one as long as 64 bits hold it",
    arguments: [
      ("0", JSON.integer(0)), ("-0", .integer(0)), ("9223372036854775807", .integer(.max)), ("-9223372036854775808", .integer(.min)),
      ("9223372036854775808", .number(9_223_372_036_854_775_808)), ("-9223372036854775809", .number(-9_223_372_036_854_775_808)),
      ("1e2", .number(100)), ("1.0", .number(1)), ("0.1", .number(0.1)), ("-3.2341952323913574", .number(-3.2341952323913574)),
      ("5e-324", .number(.leastNonzeroMagnitude)), ("1E+2", .number(100)), ("1e-400", .number(0)),
    ])
  func numbers(text: String, value: JSON) throws {
    #expect(try JSON(parsing: text) == value)
  }

  @Test(
    "escapes, surrogate pairs, and half a pair as U+FFFD",
    arguments: [
      (#""\"\\\/\b\f\n\r\t""#, "\"\\/\u{8}\u{C}\n\r\t"), (#""\u00e9\u4E2D""#, "é中"), (#""\ud83d\ude00!""#, "😀!"), (#""é中😀""#, "é中😀"),
      (#""\ud83d""#, "\u{FFFD}"), (#""\ud83dx""#, "\u{FFFD}x"), (#""\ude00x""#, "\u{FFFD}x"), (#""\ud83d\n""#, "\u{FFFD}\n"),
      (#""\ud83d\u0041""#, "\u{FFFD}A"), (#""\ud83d\ud83d\ude00""#, "\u{FFFD}😀"), (#""\u0000""#, "\0"), ("\"\u{7F}\"", "\u{7F}"),
    ])
  func strings(text: String, value: String) throws {
    #expect(try JSON(parsing: text) == .string(value))
  }

  @Test("keys differ by their bytes: «é» in one code point and in two are two keys")
  func keysByBytes() throws {
    let value = try JSON(parsing: "{\"e\u{301}\": 2, \"\u{E9}\": 1}")
    #expect(value.objectValue?.count == 2)
    #expect(value["\u{E9}"] == 1)
    #expect(value["e\u{301}"] == 2)
  }

  @Test("of two members with one key the last counts")
  func lastCounts() throws {
    #expect(try JSON(parsing: #"{"a": 1, "b": 2, "a": 3}"#) == ["a": 3, "b": 2])
  }

  @Test("a byte order mark is skipped")
  func byteOrderMark() throws {
    #expect(try JSON(parsing: [0xEF, 0xBB, 0xBF] + Array("1".utf8)) == 1)
  }

  @Test(
    "what is not JSON is refused with the place and what was expected",
    arguments: [
      ("", "line 1, column 1 (byte 0): expected a value, found the end of the text"),
      ("[1, NaN]", "line 1, column 5 (byte 4): expected a value, found «N»"),
      ("-Infinity", "line 1, column 2 (byte 1): expected a digit, found «I»"),
      ("[1, 2", "line 1, column 6 (byte 5): expected «,» or «]» after an element, found the end of the text"),
      ("{\"é\": 1\n \"b\"}", "line 2, column 2 (byte 10): expected «,» or «}» after a member, found «\"»"),
      ("{\"é\" 1}", "line 1, column 6 (byte 6): expected «:» after the key, found «1»"),
      ("{a: 1}", "line 1, column 2 (byte 1): expected a key in double quotes, found «a»"),
      ("[1,]", "line 1, column 4 (byte 3): expected a value, found «]»"),
      ("{\"a\": 1,}", "line 1, column 9 (byte 8): expected a key in double quotes, found «}»"),
      ("1 2", "line 1, column 3 (byte 2): expected the end of the text, found «2»"),
      ("{} x", "line 1, column 4 (byte 3): expected the end of the text, found «x»"),
      ("01", "line 1, column 2 (byte 1): expected a number without leading zeros, found «1»"),
      ("1.", "line 1, column 3 (byte 2): expected a digit, found the end of the text"),
      ("1e+", "line 1, column 4 (byte 3): expected a digit, found the end of the text"),
      (".5", "line 1, column 1 (byte 0): expected a value, found «.»"),
      ("nul", "line 1, column 1 (byte 0): expected a value, found «n»"),
      ("'a'", "line 1, column 1 (byte 0): expected a value, found «'»"),
      ("\u{A0}1", "line 1, column 1 (byte 0): expected a value, found U+00A0"),
      ("1e999", "line 1, column 1 (byte 0): the number 1e999 is too large for 64-bit floating point"),
      ("\"a", "line 1, column 3 (byte 2): expected «\"» at the end of the string, found the end of the text"),
      (
        "\"a\nb\"",
        "line 1, column 3 (byte 2): expected a character of a string (control characters are written as \\n or \\u0000), found U+000A"
      ),
      (#""\x""#, "line 1, column 3 (byte 2): expected one of \" \\ / b f n r t u after «\\», found «x»"),
      (#""\u12g4""#, "line 1, column 6 (byte 5): expected four hexadecimal digits after «\\u», found «g»"),
    ])
  func refusals(text: String, sentence: String) {
    let error = #expect(throws: JSON.ParsingError.self) { try JSON(parsing: text) }
    #expect(error?.description == sentence)
  }

  @Test("a string that is not UTF-8 is refused where it begins")
  func notUTF8() {
    let error = #expect(throws: JSON.ParsingError.self) { try JSON(parsing: Array("[\"".utf8) + [0xC3, 0x28] + Array("\"]".utf8)) }
    #expect(error?.reason == .notUTF8)
    #expect(error?.byte == 1)
  }

  @Test("nesting is bounded, so that no text can exhaust the stack")
  func depth() throws {
    let limit = JSON.maximumDepth
    let deep = String(repeating: "[", count: limit) + String(repeating: "]", count: limit)
    #expect(try JSON(parsing: deep).compactText == deep)
    let error = #expect(throws: JSON.ParsingError.self) { try JSON(parsing: String(repeating: "[", count: 1_000_000)) }
    #expect(error?.description == "line 1, column 513 (byte 512): more than 512 arrays and objects inside one another")
  }
}
