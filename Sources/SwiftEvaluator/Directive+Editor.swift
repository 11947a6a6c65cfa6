import Display
import JupyterKernel

/// Completion and inspection of directives; places are in Unicode scalars.
extension Directive {
  /// The directives that may stand at the cursor; nil where it stands in Swift.
  static func completions(in text: String, at position: Int) -> Completions? {
    guard let word = word(in: text, at: position) else { return nil }
    let items = Name.allCases.filter { "%\($0.rawValue)".hasPrefix(word.written) }.map { name in
      Completions.Item(text: "%\(name.rawValue)", kind: .keyword, signature: usage(name))
    }
    return Completions(start: word.start, end: position, items: items)
  }

  /// What the directive at the cursor does; nil where it stands in Swift.
  static func inspection(of text: String, at position: Int) -> MIMEBundle? {
    let scalars = Array(text.unicodeScalars)
    var end = min(max(position, 0), scalars.count)
    while end < scalars.count, scalars[end].properties.isAlphabetic { end += 1 }
    guard let word = word(in: text, at: end), let name = Name(rawValue: String(word.written.dropFirst())) else { return nil }
    return MIMEBundle(text: "\(usage(name))\n\n\(meaning(name))", markdown: "`\(usage(name))`\n\n\(meaning(name))")
  }

  /// From `%` to the cursor, if it stands in the first word of a directive.
  private static func word(in text: String, at position: Int) -> (start: Int, written: String)? {
    let scalars = Array(text.unicodeScalars)
    let cursor = min(max(position, 0), scalars.count)
    var start = cursor
    while start > 0, scalars[start - 1].properties.isAlphabetic { start -= 1 }
    guard start > 0, scalars[start - 1] == "%" else { return nil }
    start -= 1
    // Only what stands in place of Swift is masked.
    let masked = Array(Directive.masked(text).unicodeScalars)
    guard masked.indices.contains(start), masked[start] == " " else { return nil }
    return (start, String(String.UnicodeScalarView(scalars[start..<cursor])))
  }
}
