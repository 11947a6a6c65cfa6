extension Plot {
  /// The plot in letters: a mark for each point, dots along the lines, numbers beside the axes.
  ///
  /// - Parameters:
  ///   - width: columns of the whole drawing, at least 30.
  ///   - height: rows between the axes, at least 4.
  public func text(width: Int, height: Int) -> String {
    let frame = frame
    let rows = max(4, height)
    let margin = (frame.y.ticks.map { displayWidth($0.text) }.max() ?? 0) + 1
    let columns = max(20, width - margin - 2)
    var grid = [[Character]](repeating: [Character](repeating: " ", count: columns), count: rows)
    func cell(_ point: (x: Double, y: Double)) -> (column: Int, row: Int) {
      (Int((point.x * Double(columns - 1)).rounded()), Int(((1 - point.y) * Double(rows - 1)).rounded()))
    }
    let shown = shownSeries
    for series in shown where series.isLine {
      for (start, end) in zip(series.points, series.points.dropFirst()) {
        let (a, b) = (frame.place(start), frame.place(end))
        let (from, to) = (cell(a), cell(b))
        let steps = max(abs(to.column - from.column), abs(to.row - from.row))
        for step in 0...max(steps, 1) {
          let share = Double(step) / Double(max(steps, 1))
          let place = cell((a.x + share * (b.x - a.x), a.y + share * (b.y - a.y)))
          grid[place.row][place.column] = "·"
        }
      }
    }
    for (number, series) in shown.enumerated() {
      // A line without marks of its own has one at every point here, where there is no colour to tell it by.
      for point in series.points {
        let place = cell(frame.place(point))
        grid[place.row][place.column] = Self.mark(number)
      }
    }
    var lines = captions
    lines.append(y.title)
    var labels: [Int: String] = [:]
    for tick in frame.y.ticks { labels[cell((0, frame.y.place(of: tick.value))).row] = tick.text }
    for (row, letters) in grid.enumerated() {
      let label = labels[row].map { $0 + " ┤" } ?? " │"
      lines.append(spaces(margin + 1 - displayWidth(label)) + label + String(letters).withoutTrailingSpaces)
    }
    lines.append(spaces(margin) + "└" + String(repeating: "─", count: columns))
    var numbers = [Character](repeating: " ", count: margin + 1 + columns)
    var free = 0
    for tick in frame.x.ticks {
      let middle = margin + 1 + cell((frame.x.place(of: tick.value), 0)).column
      let start = min(max(0, middle - tick.text.count / 2), numbers.count - tick.text.count)
      guard start >= free, start + tick.text.count <= numbers.count else { continue }
      for (offset, letter) in tick.text.enumerated() { numbers[start + offset] = letter }
      free = start + tick.text.count + 2
    }
    lines.append(String(numbers).withoutTrailingSpaces)
    lines.append(spaces(max(margin, margin + columns - displayWidth(x.title))) + x.title)
    lines += series.enumerated().map { "\(Self.mark($0))  \($1.title)" }
    return lines.joined(separator: "\n")
  }

  private static func mark(_ number: Int) -> Character {
    let marks: [Character] = ["o", "x", "+", "*", "#", "@", "%", "&"]
    return marks[number % marks.count]
  }
}

extension String {
  fileprivate var withoutTrailingSpaces: String {
    var text = self
    while text.last == " " { text.removeLast() }
    return text
  }
}
