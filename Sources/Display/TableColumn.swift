/// The head of a column: its title, and how its cells are written.
public struct TableColumn: Sendable, ExpressibleByStringLiteral {
  public enum Alignment: Sendable { case left, right, center }

  /// Which of a column's numbers is the best one; it is marked with `*`, in HTML and Markdown in bold.
  public enum Best: Sendable { case highest, lowest }

  public var title: String
  public var format: NumberFormat
  /// Where the cells stand; nil puts numbers right and text left.
  public var alignment: Alignment?
  public var best: Best?

  public init(_ title: String, format: NumberFormat = .automatic, alignment: Alignment? = nil, best: Best? = nil) {
    self.title = title
    self.format = format
    self.alignment = alignment
    self.best = best
  }

  public init(stringLiteral title: String) { self.init(title) }
}

/// A column that takes its cells from the rows' own values: `Column("log p", \.logProbability, format: .fixed(3))`.
public struct Column<Row> {
  let head: TableColumn
  let cell: (Row) -> TableCell

  /// A column of one property, or of what a closure makes of the row.
  public init<Value: TableValue>(
    _ title: String, _ value: @escaping (Row) -> Value, format: NumberFormat = .automatic,
    alignment: TableColumn.Alignment? = nil, best: TableColumn.Best? = nil
  ) {
    head = TableColumn(title, format: format, alignment: alignment, best: best)
    cell = { value($0).tableCell }
  }
}

/// Collects the columns of a table; `if` and `for` may choose them.
@resultBuilder
public enum ColumnBuilder<Row> {
  public static func buildExpression(_ column: Column<Row>) -> [Column<Row>] { [column] }
  public static func buildBlock(_ columns: [Column<Row>]...) -> [Column<Row>] { columns.flatMap { $0 } }
  public static func buildOptional(_ columns: [Column<Row>]?) -> [Column<Row>] { columns ?? [] }
  public static func buildEither(first columns: [Column<Row>]) -> [Column<Row>] { columns }
  public static func buildEither(second columns: [Column<Row>]) -> [Column<Row>] { columns }
  public static func buildArray(_ columns: [[Column<Row>]]) -> [Column<Row>] { columns.flatMap { $0 } }
}
