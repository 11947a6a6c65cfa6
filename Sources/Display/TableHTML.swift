extension Table {
  /// The table as plain HTML, without style sheets or scripts: it reads the same where a viewer strips everything but tags.
  public var html: String {
    let grid = grid
    let heads = zip(grid.titles, grid.alignments).map { "<th\($1.attributes)>\(escaped($0))</th>" }
    var lines = ["<table>"]
    if let caption = htmlCaption(marks: grid.marked.contains { $0.contains(true) }) { lines.append("<caption>\(caption)</caption>") }
    lines += ["<thead><tr>\(heads.joined())</tr></thead>", "<tbody>"]
    for row in grid.texts.indices {
      if let omission = grid.omission, omission.after == row {
        lines.append(#"<tr><td colspan="\#(columns.count)">… \#(grouped(omission.count)) more rows</td></tr>"#)
      }
      let cells = columns.indices.map { column in
        let text = escaped(grid.texts[row][column])
        return "<td\(grid.alignments[column].attributes)>\(grid.marked[row][column] ? "<b>\(text)</b>" : text)</td>"
      }
      lines.append("<tr>\(cells.joined())</tr>")
    }
    return (lines + ["</tbody>", "</table>"]).joined(separator: "\n")
  }

  private func htmlCaption(marks: Bool) -> String? {
    let parts = [caption, marks ? "bold: best of its column" : nil].compactMap { $0 }
    return parts.isEmpty ? nil : escaped(parts.joined(separator: " · "))
  }
}

extension TableColumn.Alignment {
  /// Twice the same: Jupyter's own rules override the attribute `align`, static viewers take `style` away.
  fileprivate var attributes: String {
    switch self {
    case .left: #" align="left" style="text-align: left""#
    case .right: #" align="right" style="text-align: right""#
    case .center: #" align="center" style="text-align: center""#
    }
  }
}

/// Text for HTML and SVG. Spaces at the ends, which a browser would drop, and line breaks are kept.
func escaped(_ text: String, lineBreak: String = "<br>") -> String {
  var result = ""
  for scalar in text.unicodeScalars {
    switch scalar {
    case "&": result += "&amp;"
    case "<": result += "&lt;"
    case ">": result += "&gt;"
    case "\"": result += "&quot;"
    case "\n": result += lineBreak
    // XML has no way to write the other control characters.
    case "\u{0}"..."\u{8}", "\u{B}"..."\u{1F}", "\u{7F}", "\u{FFFE}", "\u{FFFF}": result += "\u{FFFD}"
    default: result.unicodeScalars.append(scalar)
    }
  }
  if result.first == " " { result = "&#160;" + result.dropFirst() }
  if result.last == " " { result = result.dropLast() + "&#160;" }
  return result
}
