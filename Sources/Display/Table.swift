/// Rows and columns that read as aligned text, as a plain HTML table and as Markdown.
///
/// ```swift
/// Table(candidates, caption: "After two words") {
///   Column("words", \.text)
///   Column("log p", \.logProbability, format: .fixed(4), best: .highest)
/// }
/// ```
/// ```
/// After two words
/// words            log p
/// ──────────────  ────────
/// neural neural   -1.2712 *
/// neural network  -1.3112
/// * best of its column
/// ```
/// The plain text stands alone in 100 columns: wide columns of text are wrapped, then columns move to a second block. Of more than
/// ``maximumRows`` rows the middle ones are left out, and their number is said. An undefined value is «–».
public struct Table: Sendable {
  public var caption: String?
  public var columns: [TableColumn]
  /// `[row][column]`; every row has as many cells as there are columns.
  public var rows: [[TableCell]]
  /// How many rows are drawn, at least 2.
  public var maximumRows = 60

  /// A table of rows written out; a shorter row is filled with «–».
  public init(columns: [TableColumn], rows: [[TableCell]], caption: String? = nil) {
    self.caption = caption
    self.columns = columns
    self.rows = rows.map { row in
      Array((row + Array(repeating: .undefined, count: max(0, columns.count - row.count))).prefix(columns.count))
    }
  }

  /// A table with a row for each value.
  public init<Rows: Sequence>(_ values: Rows, caption: String? = nil, @ColumnBuilder<Rows.Element> columns: () -> [Column<Rows.Element>]) {
    let columns = columns()
    self.init(columns: columns.map(\.head), rows: values.map { value in columns.map { $0.cell(value) } }, caption: caption)
  }

  /// The same table, with so many rows drawn.
  public func showing(rows count: Int) -> Table {
    var table = self
    table.maximumRows = max(2, count)
    return table
  }
}

extension Table: Displayable, CustomStringConvertible {
  public var mimeBundle: MIMEBundle { MIMEBundle(text: description, html: html) }
}

extension Table {
  /// The cells as they are written, and which of them are marked: what all three drawings start from.
  struct Grid {
    var titles: [String]
    var alignments: [TableColumn.Alignment]
    var texts: [[String]]
    var marked: [[Bool]]
    /// How many rows were left out, and after which one.
    var omission: (after: Int, count: Int)?
  }

  var grid: Grid {
    let best: [Double?] = columns.indices.map { index in
      let values = rows.compactMap { $0[index].rankedValue }
      return switch columns[index].best {
      case .highest: values.max()
      case .lowest: values.min()
      case nil: nil
      }
    }
    var shown = rows
    var omission: (after: Int, count: Int)?
    if rows.count > maximumRows {
      let tail = maximumRows / 6
      shown = Array(rows.prefix(maximumRows - tail) + rows.suffix(tail))
      omission = (maximumRows - tail, rows.count - maximumRows)
    }
    let formats = columns.indices.map(format)
    return Grid(
      titles: columns.map(\.title),
      alignments: columns.indices.map { columns[$0].alignment ?? (isText($0) ? .left : .right) },
      texts: shown.map { row in zip(row, formats).map { $0.text($1) } },
      marked: shown.map { row in zip(row, best).map { $1 != nil && $0.rankedValue == $1 } },
      omission: omission)
  }

  /// The column's format; where that is automatic, one that gives all its numbers the same digits.
  private func format(_ column: Int) -> NumberFormat {
    guard columns[column].format == .automatic else { return columns[column].format }
    let areWhole = rows.allSatisfy { row in
      guard case .number(let number) = row[column], number.isFinite else { return true }
      return number == number.rounded()
    }
    return areWhole ? .automatic : .fixed(4)
  }

  private func isText(_ column: Int) -> Bool {
    rows.contains { if case .text = $0[column] { true } else { false } }
  }
}
