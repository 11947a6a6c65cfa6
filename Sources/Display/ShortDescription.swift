/// A value on one line of at most so many characters: its description, cut; of long collections also how many elements they have.
///
/// ```swift
/// shortDescription(of: Array(1...1_000), length: 20)   // [1, 2, 3, 4, 5, 6, … (1,000 elements)
/// ```
/// What would have to be worked out for that is not: a widget is named, a dictionary of many elements is counted.
public func shortDescription(of value: Any, length: Int = 60) -> String {
  if let widget = value as? Widget { return cut(widget.still.text, to: length) }
  let elements = (value as? any Collection).map { $0.count } ?? 0
  let isText = value is any StringProtocol
  let suffix = elements > 20 && !isText ? " (\(grouped(elements)) elements)" : ""
  // Their elements would be brought into order first.
  if elements > 1_000, value is any SetAlgebra || Mirror(reflecting: value).displayStyle == .dictionary {
    return String(suffix.dropFirst(2).dropLast())
  }
  let text = (value as? any Displayable).map { $0.mimeBundle.text } ?? describe(isText ? "\(value)".prefix(length * 4) : value)
  return cut(text, to: length - suffix.count) + suffix
}

/// The first line with text in it, cut.
private func cut(_ text: String, to length: Int) -> String {
  let lines = text.split(whereSeparator: \.isNewline)
  // What was broken over lines only for its width is one line again.
  let line = lines.count > 1 && [")", "]"].contains(lines.last) ? joined(lines) : lines.first.map(String.init) ?? ""
  if line.count <= length, line.count == text.count || lines.count == 1 || [")", "]"].contains(lines.last) { return line }
  return line.prefix(max(0, length - 2)) + " …"
}

private func joined(_ lines: [Substring]) -> String {
  var result = ""
  for (index, line) in lines.prefix(40).enumerated() {
    let line = line.drop { $0 == " " }
    let isClosing = line.hasPrefix("]") || line.hasPrefix(")")
    result += index == 0 || isClosing || result.hasSuffix("[") || result.hasSuffix("(") ? String(line) : " " + line
  }
  return result
}
