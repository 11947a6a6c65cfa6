extension Table {
  /// The table as plain HTML, without style sheets or scripts: it reads the same where a viewer strips everything but tags.
  public var html: String {
    let grid = grid
    let heads = zip(grid.titles, grid.alignments).map { $1.cell("th", escaped($0)) }
    var lines: [String] = []
    // Not a <caption>: that one is broken at the width of the table.
    if let caption = htmlCaption(marks: grid.marked.contains { $0.contains(true) }) { lines.append("<div>\(caption)</div>") }
    lines += ["<table>", "<thead><tr>\(heads.joined())</tr></thead>", "<tbody>"]
    for row in grid.texts.indices {
      if let omission = grid.omission, omission.after == row {
        lines.append(#"<tr><td colspan="\#(columns.count)">… \#(grouped(omission.count)) more rows</td></tr>"#)
      }
      let cells = columns.indices.map { column in
        let text = escaped(grid.texts[row][column])
        return grid.alignments[column].cell("td", grid.marked[row][column] ? "<b>\(text)</b>" : text)
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
  /// A cell that is aligned wherever it is shown: notebooks align cells to the right by style, over the attribute of the cell, and
  /// viewers take the attribute `style` away; a block within the cell keeps its own alignment.
  fileprivate func cell(_ tag: String, _ content: String) -> String {
    switch self {
    case .right: #"<\#(tag) align="right">\#(content)</\#(tag)>"#
    case .left: #"<\#(tag) align="left"><div align="left">\#(content)</div></\#(tag)>"#
    case .center: #"<\#(tag) align="center"><div align="center">\#(content)</div></\#(tag)>"#
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
