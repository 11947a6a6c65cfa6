public import Display

/// A text, or a pair of texts, with its class.
public struct LabeledExample: Sendable, Equatable {
  /// The text; of a pair the first: the premise.
  public var text: String
  /// The second text of a pair: the hypothesis.
  public var pair: String?
  /// The number of its class in ``LabeledData/labels``.
  public var label: Int

  public init(_ text: String, _ pair: String? = nil, label: Int) {
    self.text = text
    self.pair = pair
    self.label = label
  }
}

/// Texts with classes, to finetune on.
///
/// ```swift
/// let data = try NLI.read("mnli-dev-matched.tsv")
/// data                      // label · examples · share · words
/// data.look(5)              // a table of some examples
/// let nli = try data.split(train: 8_000, validation: 815, test: 1_000, seed: 42)
/// ```
public struct LabeledData: Sendable {
  /// What it is called in tables: a file, a generator with its settings.
  public let name: String
  /// The names of the classes.
  public let labels: [String]
  public let examples: [LabeledExample]
  /// Rows of the file that were left out because they are malformed.
  public let skipped: [DataError]
  /// Rows of the file on whose class its annotators did not agree.
  public let unlabeledCount: Int

  public init(
    name: String, labels: [String], examples: [LabeledExample], skipped: [DataError] = [], unlabeledCount: Int = 0
  ) {
    precondition(!labels.isEmpty, "data «\(name)» have no labels")
    precondition(
      examples.allSatisfy { labels.indices.contains($0.label) }, "an example of «\(name)» has a class beyond its \(labels.count) labels")
    self.name = name
    self.labels = labels
    self.examples = examples
    self.skipped = skipped
    self.unlabeledCount = unlabeledCount
  }

  public var count: Int { examples.count }
  /// Whether examples are pairs of texts.
  public var hasPairs: Bool { examples.contains { $0.pair != nil } }

  /// The first examples, or any number of them drawn with a seed, as a table.
  public func look(_ count: Int = 6, seed: UInt64? = nil) -> Table {
    var shown = Array(examples.prefix(count))
    if let seed { shown = shuffled(examples.count, seed, "look").prefix(count).map { examples[$0] } }
    let columns: [TableColumn] = hasPairs ? ["premise", "hypothesis", "label"] : ["text", "label"]
    return Table(
      columns: columns,
      rows: shown.map { example in
        [.text(example.text)] + (hasPairs ? [.text(example.pair ?? "")] : []) + [.text(labels[example.label])]
      }, caption: "\(name): \(shown.count) of \(NumberFormat.automatic.text(self.count))")
  }

  /// The same data with other examples of it.
  func taking(_ places: some Sequence<Int>, called suffix: String) -> LabeledData {
    LabeledData(name: "\(name), \(suffix)", labels: labels, examples: places.map { examples[$0] })
  }
}

extension LabeledData: Displayable, CustomStringConvertible {
  /// The balance of the labels, and how long the texts are.
  public var table: Table {
    var rows = labels.enumerated().map { index, label in
      row(label, examples.filter { $0.label == index })
    }
    rows.append(row("all", examples))
    let lengths: [TableColumn] =
      [TableColumn(hasPairs ? "words of the premise" : "words", format: .fixed(1))]
      + (hasPairs ? [TableColumn("of the hypothesis", format: .fixed(1))] : [])
    var caption = name
    if unlabeledCount > 0 { caption += "; \(NumberFormat.automatic.text(unlabeledCount)) rows without an agreed label left out" }
    if let first = skipped.first { caption += "; \(skipped.count) bad rows left out, the first: \(first)" }
    return Table(columns: ["label", "examples", TableColumn("share", format: .percent(1))] + lengths, rows: rows, caption: caption)
  }

  private func row(_ title: String, _ examples: [LabeledExample]) -> [TableCell] {
    func mean(_ words: (LabeledExample) -> Int) -> TableCell {
      examples.isEmpty ? nil : .number(Double(examples.reduce(0) { $0 + words($1) }) / Double(examples.count))
    }
    func words(_ text: String) -> Int { text.split(whereSeparator: \.isWhitespace).count }
    return [
      .text(title), .integer(examples.count), .number(count == 0 ? .nan : Double(examples.count) / Double(count)),
      mean { words($0.text) },
    ] + (hasPairs ? [mean { words($0.pair ?? "") }] : [])
  }

  public var mimeBundle: MIMEBundle { table.mimeBundle }
  public var description: String { table.description }
}
