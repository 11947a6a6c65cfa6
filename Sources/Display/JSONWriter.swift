extension JSON {
  /// The text without white space, as a wire carries it.
  ///
  /// Keys are in the order of their bytes, so equal values have equal texts.
  /// JSON has no NaN and no infinities: a number that is one of them is written as `null`, as JavaScript does.
  public var compactText: String { String(decoding: compactBytes, as: UTF8.self) }

  /// The UTF-8 bytes of ``compactText``.
  public var compactBytes: [UInt8] {
    var writer = JSONWriter(indent: nil)
    writer.write(self)
    return writer.bytes
  }

  /// The text of a notebook file: indented by one space a level, keys in order, no ASCII escapes, a line feed at the end.
  ///
  /// The same bytes as `nbformat.write` makes, so that saving a notebook here and there leaves no difference.
  public var notebookText: String {
    var writer = JSONWriter(indent: 1)
    writer.write(self)
    return String(decoding: writer.bytes, as: UTF8.self) + "\n"
  }
}

extension JSON: CustomStringConvertible {
  public var description: String { compactText }
}

struct JSONWriter {
  /// Spaces a level; nil for one line without any.
  let indent: Int?
  private(set) var bytes: [UInt8] = []
  private var depth = 0

  init(indent: Int?) { self.indent = indent }

  mutating func write(_ value: JSON) {
    switch value {
    case .null: append("null")
    case .bool(let value): append(value ? "true" : "false")
    case .integer(let value): append(value.description)
    case .number(let value): append(value.isFinite ? value.description : "null")
    case .string(let value): write(value)
    case .array(let elements):
      writeContainer(elements, from: "[", to: "]") { writer, element in writer.write(element) }
    case .object(let members):
      writeContainer(members, from: "{", to: "}") { writer, member in
        writer.write(member.key)
        writer.append(writer.indent == nil ? ":" : ": ")
        writer.write(member.value)
      }
    }
  }

  private mutating func writeContainer<Elements: Collection>(
    _ elements: Elements, from opening: String, to closing: String, element write: (inout JSONWriter, Elements.Element) -> Void
  ) {
    append(opening)
    if !elements.isEmpty {
      depth += 1
      var isFirst = true
      for element in elements {
        if !isFirst { append(",") }
        isFirst = false
        breakLine()
        write(&self, element)
      }
      depth -= 1
      breakLine()
    }
    append(closing)
  }

  private mutating func breakLine() {
    guard let indent else { return }
    bytes.append(UInt8(ascii: "\n"))
    bytes.append(contentsOf: repeatElement(UInt8(ascii: " "), count: indent * depth))
  }

  private mutating func append(_ text: String) { bytes.append(contentsOf: text.utf8) }

  private mutating func write(_ string: String) {
    bytes.append(UInt8(ascii: "\""))
    var string = string
    string.withUTF8 { utf8 in
      // Runs without escapes, which are nearly all of a text, are copied as a whole.
      var start = 0
      for index in utf8.indices {
        let byte = utf8[index]
        if byte >= 0x20, byte != UInt8(ascii: "\""), byte != UInt8(ascii: "\\") { continue }
        bytes.append(contentsOf: UnsafeBufferPointer(rebasing: utf8[start..<index]))
        writeEscape(of: byte)
        start = index + 1
      }
      bytes.append(contentsOf: UnsafeBufferPointer(rebasing: utf8[start...]))
    }
    bytes.append(UInt8(ascii: "\""))
  }

  private mutating func writeEscape(of byte: UInt8) {
    switch byte {
    case UInt8(ascii: "\""): append("\\\"")
    case UInt8(ascii: "\\"): append("\\\\")
    case 0x0A: append("\\n")
    case 0x0D: append("\\r")
    case 0x09: append("\\t")
    case 0x08: append("\\b")
    case 0x0C: append("\\f")
    default:
      append("\\u00")
      append(byte < 0x10 ? "0" : "")
      append(String(byte, radix: 16))
    }
  }
}
