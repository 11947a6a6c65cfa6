extension Table {
  /// The table as aligned text of at most 100 columns.
  public var description: String {
    let grid = grid
    var lines = caption.map { [$0] } ?? []
    for (number, block) in grid.blocks(width: 100).enumerated() {
      if number > 0 { lines.append("") }
      lines += grid.lines(of: block)
    }
    if grid.marked.contains(where: { $0.contains(true) }) { lines.append("* best of its column") }
    return lines.joined(separator: "\n")
  }
}

extension Table.Grid {
  /// A few columns side by side, with the width of each.
  typealias Block = [(column: Int, width: Int)]

  /// Divides the columns into blocks that fit; the first column comes again in every block.
  fileprivate func blocks(width: Int) -> [Block] {
    guard !titles.isEmpty else { return [] }
    let widths = fittedWidths(width)
    var blocks: [Block] = [[(0, min(widths[0], width))]]
    for column in widths.indices.dropFirst() {
      let used = blocks[blocks.count - 1].reduce(0) { $0 + $1.width + 2 }
      if used + widths[column] > width, blocks[blocks.count - 1].count > 1 { blocks.append([blocks[0][0]]) }
      blocks[blocks.count - 1].append((column, min(widths[column], width)))
    }
    return blocks
  }

  /// The widths of the columns, narrowed as far as that does no harm.
  private func fittedWidths(_ width: Int) -> [Int] {
    var widths = titles.indices.map { max(displayWidth(titles[$0]) + star($0), cellWidth($0)) }
    // First titles are wrapped, then text, before a column moves to another block; text in less than 16 columns reads badly.
    let narrowest = titles.indices.map { column in
      let words = titles[column].split(separator: " ").map { displayWidth(String($0)) }.max() ?? 0
      return max(words + star(column), cellWidth(column))
    }
    func isTooWide() -> Bool { widths.reduce(0, +) + 2 * (widths.count - 1) > width }
    while isTooWide(), let slack = widths.indices.filter({ widths[$0] > narrowest[$0] }).max(by: { widths[$0] < widths[$1] }) {
      widths[slack] -= 1
    }
    for column in widths.indices {
      let title = wrapped(titles[column], width: widths[column] - star(column)).map { displayWidth($0) }.max() ?? 0
      widths[column] = max(title + star(column), cellWidth(column))
    }
    while isTooWide(), let text = widths.indices.filter({ alignments[$0] == .left && widths[$0] > 16 }).max(by: { widths[$0] < widths[$1] })
    {
      widths[text] -= 1
    }
    return widths
  }

  private func cellWidth(_ column: Int) -> Int {
    star(column) + (texts.flatMap { $0[column].split(separator: "\n").map { displayWidth(String($0)) } }.max() ?? 0)
  }

  /// A column with a mark keeps two columns for its star, so that the numbers stay under each other.
  private func star(_ column: Int) -> Int { marked.contains { $0[column] } ? 2 : 0 }

  fileprivate func lines(of block: Block) -> [String] {
    let heads = block.map { wrapped(titles[$0.column], width: $0.width - star($0.column)) }
    var lines = (0..<(heads.map(\.count).max() ?? 0)).map { part in
      line(Array(block.enumerated())) { index, entry in
        let text = part < heads[index].count ? heads[index][part] : ""
        return padded(text, entry.width - star(entry.column), alignments[entry.column]) + spaces(star(entry.column))
      }
    }
    lines.append(line(block) { String(repeating: "─", count: $0.width) })
    for row in texts.indices {
      if let omission, omission.after == row { lines.append("… \(grouped(omission.count)) more rows") }
      let cells = block.map { wrapped(texts[row][$0.column], width: $0.width) }
      for part in 0..<(cells.map(\.count).max() ?? 0) {
        lines.append(
          line(Array(block.enumerated())) { index, entry in
            let text = part < cells[index].count ? cells[index][part] : ""
            let star = star(entry.column) == 0 ? "" : part == 0 && marked[row][entry.column] ? " *" : "  "
            return padded(text, entry.width - star.count, alignments[entry.column]) + star
          })
      }
    }
    return lines
  }

  private func line<Entries: Sequence>(_ entries: Entries, _ text: (Entries.Element) -> String) -> String {
    var line = entries.map(text).joined(separator: "  ")
    while line.last == " " { line.removeLast() }
    return line
  }
}

/// The text with spaces around it, as wide as it should be.
func padded(_ text: String, _ width: Int, _ alignment: TableColumn.Alignment) -> String {
  let free = width - displayWidth(text)
  return switch alignment {
  case .left: text + spaces(free)
  case .right: spaces(free) + text
  case .center: spaces(free / 2) + text + spaces(free - free / 2)
  }
}

/// The text in lines of at most so many columns, broken between words where there are any.
func wrapped(_ text: String, width: Int) -> [String] {
  var lines: [String] = []
  for paragraph in text.split(separator: "\n", omittingEmptySubsequences: false) {
    if displayWidth(String(paragraph)) <= width {
      lines.append(String(paragraph))
      continue
    }
    var line = ""
    for word in paragraph.split(separator: " ") {
      if !line.isEmpty, displayWidth(line) + 1 + displayWidth(String(word)) > width {
        lines.append(line)
        line = ""
      }
      line += (line.isEmpty ? "" : " ") + word
      while displayWidth(line) > width {
        var head = ""
        while let first = line.first, head.isEmpty || displayWidth(head + String(first)) <= width { head.append(line.removeFirst()) }
        lines.append(head)
      }
    }
    lines.append(line)
  }
  return lines
}
