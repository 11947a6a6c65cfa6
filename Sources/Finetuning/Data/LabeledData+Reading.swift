internal import Display

extension LabeledData {
  /// Labelled texts from a file: CSV, JSON lines (`.jsonl`), or fields between tabs; by its name's ending.
  ///
  /// ```swift
  /// let reviews = try LabeledData("reviews.csv", text: "review", label: "sentiment")
  /// ```
  /// - Parameters:
  ///   - text: the column of the text.
  ///   - pair: the column of a second text.
  ///   - label: the column of the class's name.
  ///   - labels: the names that are allowed, in the order of their numbers; nil: those that are found, in alphabetical order.
  ///   - badRows: whether a row without these fields, or with another label, is skipped, or the file refused.
  /// - Throws: ``DataError``, which names the line.
  public init(
    _ path: String, text: String, pair: String? = nil, label: String, labels: [String]? = nil, badRows: BadRows = .refused
  ) throws(DataError) {
    let rows = RowFormat(path: path).rows(of: try TextFile.read(path), file: path)
    let reader = ExampleReader(file: path, text: [text], pair: pair.map { [$0] }, label: [label], labels: labels)
    self = try reader.read(rows, badRows: badRows, name: LabeledData.shortName(path))
  }

  /// Writes the examples as JSON lines that ``NLI/read(_:badRows:)`` and other programs read: premise, hypothesis (or text), gold_label.
  public func write(to path: String) throws(DataError) {
    let lines = examples.map { example -> String in
      var fields: [(String, JSON)] = [(example.pair == nil ? "text" : "premise", .string(example.text))]
      if let pair = example.pair { fields.append(("hypothesis", .string(pair))) }
      return JSON.object(JSON.Object(fields + [("gold_label", .string(labels[example.label]))])).compactText
    }
    try TextFile.write(lines.joined(separator: "\n") + "\n", to: path)
  }

  static func shortName(_ path: String) -> String { path.split(separator: "/").last.map(String.init) ?? path }
}

/// Turns rows into examples.
struct ExampleReader {
  let file: String
  /// Names that the column of the text may have, the first that is there counts.
  let text: [String]
  let pair: [String]?
  let label: [String]
  /// The names of the classes; nil: whatever is found.
  let labels: [String]?
  /// Other spellings of labels.
  var aliases: [String: String] = [:]
  /// Spellings of «no agreement».
  var unlabeled: Set<String> = []

  func read(_ rows: [Result<Row, DataError>], badRows: BadRows, name: String) throws(DataError) -> LabeledData {
    var found: [(LabeledExample, String)] = []
    var skipped: [DataError] = []
    var unlabeledCount = 0
    for row in rows {
      do throws(DataError) {
        let row = try row.get()
        let label = try field(label, of: row).trimmed
        if unlabeled.contains(label) {
          unlabeledCount += 1
          continue
        }
        let known = aliases[label] ?? label
        if let labels, !labels.contains(known) {
          throw DataError(file, line: row.line, "the label is «\(label)»; allowed: \(labels.joined(separator: ", "))")
        }
        var second: String?
        if let pair { second = try field(pair, of: row).trimmed }
        let first = try field(text, of: row).trimmed
        guard !first.isEmpty, second?.isEmpty != true else { throw DataError(file, line: row.line, "a text is empty") }
        found.append((LabeledExample(first, second, label: 0), known))
      } catch {
        if badRows == .refused { throw error }
        skipped.append(error)
      }
    }
    guard !found.isEmpty else {
      throw skipped.first ?? DataError(file, "holds no labelled texts")
    }
    let names = labels ?? Array(Set(found.map(\.1))).sorted()
    let numbers = Dictionary(uniqueKeysWithValues: names.enumerated().map { ($1, $0) })
    let examples = found.map { example, label in LabeledExample(example.text, example.pair, label: numbers[label] ?? 0) }
    return LabeledData(name: name, labels: names, examples: examples, skipped: skipped, unlabeledCount: unlabeledCount)
  }

  private func field(_ names: [String], of row: Row) throws(DataError) -> String {
    for name in names {
      if let value = row.fields[name] { return value }
    }
    let there = row.fields.keys.sorted().joined(separator: ", ")
    throw DataError(file, line: row.line, "has no field «\(names.joined(separator: "» or «"))»; there are: \(there)")
  }
}

extension String {
  var trimmed: String {
    var scalars = Substring(self)
    while scalars.first?.isWhitespace == true { scalars.removeFirst() }
    while scalars.last?.isWhitespace == true { scalars.removeLast() }
    return String(scalars)
  }
}
