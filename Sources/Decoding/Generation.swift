import Display

/// Texts that a strategy has written, with what they cost.
public struct Generation: GenerationOutcome {
  /// The strategy as a cell writes it.
  public let strategy: String
  /// The seed of a random strategy.
  public let seed: UInt64?
  public let continuations: [Continuation]
  public let ledger: Ledger

  /// A row per text, with the model's own log-probability in nats.
  public var table: Table {
    struct Row {
      var number: Int
      var continuation: Continuation
    }
    let rows = continuations.enumerated().map { Row(number: $0 + 1, continuation: $1) }
    let caption = strategy + (seed.map { ", seed \($0)" } ?? "") + ": " + ledger.description
    return Table(rows, caption: caption) {
      if continuations.count > 1 { Column("sample", \.number) }
      Column("text", \.continuation.text)
      Column("log p", \.continuation.logProbability, format: .fixed(4))
      Column("per token", \.continuation.meanLogProbability, format: .fixed(4))
      Column("tokens", \.continuation.tokens.count)
      if continuations.contains(where: \.isFinished) { Column("ended", \.continuation.isFinished) }
    }
  }

  /// A row per different text, the most frequent first; of equally frequent ones the one that came first.
  public var frequencies: Table {
    struct Row {
      var text: String
      var count: Int
      var first: Int
      var logProbability: Double
    }
    var rows: [[Int]: Row] = [:]
    for (index, continuation) in continuations.enumerated() {
      let row = Row(text: continuation.text, count: 0, first: index, logProbability: continuation.logProbability)
      rows[continuation.tokens, default: row].count += 1
    }
    let total = Double(continuations.count)
    return Table(rows.values.sorted { ($1.count, $0.first) < ($0.count, $1.first) }) {
      Column("text", \.text)
      Column("drawn", \.count)
      Column("share", { Double($0.count) / total }, format: .percent(1))
      Column("log p", \.logProbability, format: .fixed(4))
    }
  }
}

extension Generation: Displayable, CustomStringConvertible {
  public var mimeBundle: MIMEBundle { table.mimeBundle }
  public var description: String { table.description }
}
