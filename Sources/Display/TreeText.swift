extension Tree {
  /// The tree as text, drawn with lines; `●` is a kept node, `★` one on the way to the result, `○` a dropped one.
  public var description: String {
    let tree = folded(to: maximumRows)
    var rows: [Row] = []
    tree.collect(tree.root, lead: "", branch: "", into: &rows)
    let widths = columns.indices.map { column in
      max(
        displayWidth(columns[column].title), rows.compactMap { column < $0.cells.count ? displayWidth($0.cells[column]) : nil }.max() ?? 0)
    }
    // Long labels are wrapped, so that the values stay within 100 columns; 40 columns are always theirs.
    let notes = rows.map { displayWidth($0.note) }.max() ?? 0
    let free = max(40, 100 - widths.reduce(0) { $0 + $1 + 2 } - (notes == 0 ? 0 : notes + 2))
    rows = rows.flatMap { $0.wrapped(free) }
    let labelWidth = rows.filter { !$0.cells.isEmpty || !$0.note.isEmpty }.map { displayWidth($0.lead + $0.label) }.max() ?? 0
    var lines = caption.map { [$0] } ?? []
    if columns.contains(where: { !$0.title.isEmpty }) {
      lines.append(tree.line(Row(lead: "", below: "", label: "", cells: columns.map(\.title), note: ""), labelWidth, widths))
    }
    lines += rows.map { tree.line($0, labelWidth, widths) }
    if let legend = tree.legend { lines.append(legend) }
    return lines.joined(separator: "\n")
  }

  /// One line of the drawing, or several when the label is long.
  private struct Row {
    /// The lines of the tree to the left of the label, and to the left of what is wrapped under it.
    var lead: String, below: String
    var label: String
    var cells: [String]
    var note: String

    func wrapped(_ width: Int) -> [Row] {
      let parts = Tree.broken(label, width: max(16, width - displayWidth(lead)))
      return parts.enumerated().map { index, part in
        index == 0
          ? Row(lead: lead, below: below, label: part, cells: cells, note: note)
          : Row(lead: below, below: below, label: part, cells: [], note: "")
      }
    }
  }

  private func collect(_ node: Node, lead: String, branch: String, into rows: inout [Row]) {
    let below = lead + (branch.isEmpty ? "" : branch.hasPrefix("└") ? "  " : "│ ")
    let mark = node.isFold ? "" : node.status.mark
    let bar = node.children.isEmpty ? "  " : "│ "
    rows.append(
      Row(
        lead: lead + branch + mark, below: below + bar, label: node.label, cells: node.isFold ? [] : texts(of: node), note: node.notes)
    )
    for (index, child) in node.children.enumerated() {
      let arm = child.isFold ? "╌ " : child.status == .plain ? "─ " : "─"
      collect(child, lead: below, branch: (index + 1 == node.children.count ? "└" : "├") + arm, into: &rows)
    }
  }

  private func line(_ row: Row, _ labelWidth: Int, _ widths: [Int]) -> String {
    var line = padded(row.lead + row.label, labelWidth, .left)
    for (column, width) in widths.enumerated() {
      line += "  " + padded(column < row.cells.count ? row.cells[column] : "", width, columns[column].alignment ?? .right)
    }
    if !row.note.isEmpty { line += "  " + row.note }
    while line.last == " " { line.removeLast() }
    return line
  }

  private static func broken(_ label: String, width: Int) -> [String] { wrapped(label, width: width) }

  /// What the marks mean, as far as they occur.
  private var legend: String? {
    var found: [Status] = []
    root.forEach { node in
      if !node.isFold, !found.contains(node.status) { found.append(node.status) }
    }
    let words = [Status.best, .kept, .dropped].filter(found.contains).map { $0.mark + $0.word }
    return words.isEmpty ? nil : words.joined(separator: "   ")
  }
}

extension Tree.Status {
  /// The sign in front of a node, with the space that follows it.
  var mark: String {
    switch self {
    case .plain: ""
    case .kept: "● "
    case .dropped: "○ "
    case .best: "★ "
    }
  }

  var word: String {
    switch self {
    case .plain: ""
    case .kept: "kept"
    case .dropped: "dropped"
    case .best: "on the way to the result"
    }
  }
}
