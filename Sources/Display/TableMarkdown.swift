extension Table {
  /// The table in GitHub's Markdown.
  public var markdown: String {
    let grid = grid
    let rule = grid.alignments.map { alignment in
      switch alignment {
      case .left: ":--"
      case .right: "--:"
      case .center: ":-:"
      }
    }
    var lines = [line(grid.titles.map(marked)), line(rule)]
    for row in grid.texts.indices {
      if let omission = grid.omission, omission.after == row { lines.append(line(["… \(grouped(omission.count)) more rows"])) }
      lines.append(line(zip(grid.texts[row], grid.marked[row]).map { $1 ? "**\(marked($0))**" : marked($0) }))
    }
    return (caption.map { [marked($0), ""] } ?? []).joined(separator: "\n") + (caption == nil ? "" : "\n") + lines.joined(separator: "\n")
  }

  private func line(_ cells: [String]) -> String { "| " + cells.joined(separator: " | ") + " |" }

  /// Text in which Markdown finds nothing to interpret.
  private func marked(_ text: String) -> String {
    text.reduce(into: "") { result, character in
      if character == "\n" {
        result += "<br>"
      } else {
        if #"\`*_[]<>|~#"#.contains(character) { result += "\\" }
        result.append(character)
      }
    }
  }
}
