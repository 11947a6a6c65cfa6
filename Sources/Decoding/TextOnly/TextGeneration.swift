import Display

/// Texts that a server has written.
public struct TextGeneration: DrawnTexts {
  /// The strategy as a cell writes it.
  public let strategy: String
  public let seed: UInt64
  /// In the order of the request's numbers.
  public let texts: [DrawnText]
  /// Batches are requests; tokens are what the server says it read and wrote. A forward call is counted for every token that was written.
  public let ledger: Ledger

  public init(strategy: String, seed: UInt64, texts: [DrawnText], ledger: Ledger) {
    self.strategy = strategy
    self.seed = seed
    self.texts = texts
    self.ledger = ledger
  }

  public var samples: [DrawnText?] { texts }

  /// The first text.
  public var text: String {
    require(!texts.isEmpty, "Nothing was written.")
    return texts[0].text
  }
}

extension TextGeneration: Displayable, CustomStringConvertible {
  public var table: Table {
    struct Row {
      var number: Int
      var text: DrawnText
    }
    let rows = texts.enumerated().map { Row(number: $0 + 1, text: $1) }
    return Table(rows, caption: "\(strategy), seed \(seed): \(ledger)") {
      if texts.count > 1 { Column("sample", \.number) }
      Column("text", \.text.text)
      if texts.contains(where: { $0.logProbability != nil }) { Column("log p", \.text.logProbability, format: .fixed(4)) }
      if texts.contains(where: { $0.tokenCount != nil }) { Column("tokens", \.text.tokenCount) }
      Column("ended", \.text.isFinished)
    }.showing(rows: 24)
  }
  public var mimeBundle: MIMEBundle { table.mimeBundle }
  public var description: String { table.description }
}
