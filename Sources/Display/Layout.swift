/// Text that is laid out in a width: on one line where it fits, else broken at its groups.
enum Layout {
  case text(String)
  indirect case labelled(String, Layout)
  case group(open: String, [Layout], close: String)

  func text(width: Int) -> String {
    var lines = ""
    write(into: &lines, indent: 0, column: 0, width: width)
    return lines
  }

  /// The text on one line; nil where it holds a line break.
  private var flat: String? {
    switch self {
    case .text(let text): text.utf8.contains(10) ? nil : text
    case .labelled(let label, let value): value.flat.map { label + ": " + $0 }
    case .group(let open, let items, let close):
      items.reduce("" as String?) { line, item in
        guard let line, let next = item.flat else { return nil }
        return line.isEmpty ? next : line + ", " + next
      }.map { open + $0 + close }
    }
  }

  /// Whether the items may share lines, as the numbers of an array do.
  private var isShort: Bool {
    if case .text(let text) = self { return text.utf8.count <= 24 && !text.utf8.contains(10) }
    return false
  }

  private func write(into lines: inout String, indent: Int, column: Int, width: Int) {
    if let flat, column + displayWidth(flat) <= width {
      lines += flat
      return
    }
    switch self {
    case .text(let text):
      lines += text.split(separator: "\n", omittingEmptySubsequences: false).joined(separator: "\n" + spaces(indent))
    case .labelled(let label, let value):
      lines += label + ": "
      value.write(into: &lines, indent: indent, column: column + displayWidth(label) + 2, width: width)
    case .group(let open, let items, let close):
      lines += open
      if items.allSatisfy(\.isShort) {
        Layout.fill(items, into: &lines, indent: indent + 2, width: width)
      } else {
        for (index, item) in items.enumerated() {
          lines += "\n" + spaces(indent + 2)
          item.write(into: &lines, indent: indent + 2, column: indent + 2, width: width - 1)
          if index + 1 < items.count { lines += "," }
        }
      }
      lines += "\n" + spaces(indent) + close
    }
  }

  private static func fill(_ items: [Layout], into lines: inout String, indent: Int, width: Int) {
    var column = width
    for (index, item) in items.enumerated() {
      let word = (item.flat ?? "") + (index + 1 < items.count ? "," : "")
      if column + 1 + displayWidth(word) > width {
        lines += "\n" + spaces(indent) + word
        column = indent + displayWidth(word)
      } else {
        lines += " " + word
        column += 1 + displayWidth(word)
      }
    }
  }
}

func spaces(_ count: Int) -> String { String(repeating: " ", count: max(0, count)) }
