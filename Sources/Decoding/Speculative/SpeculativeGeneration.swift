import Display

/// What a speculative strategy has written, and how well its draft guessed.
public struct SpeculativeGeneration: GenerationOutcome {
  /// The texts, with what target and draft cost together.
  public let generation: Generation
  /// What the model itself cost.
  public let targetLedger: Ledger
  /// What the draft cost: nothing where it looked its tokens up.
  public let draftLedger: Ledger
  /// How many tokens were drafted and read by the model.
  public let drafted: Int
  /// How many of them the texts went on with.
  public let accepted: Int

  public var continuations: [Continuation] { generation.continuations }
  public var ledger: Ledger { generation.ledger }

  /// The share of the drafted tokens that was taken; nil where nothing was drafted.
  public var acceptanceRate: Double? { drafted == 0 ? nil : Double(accepted) / Double(drafted) }

  /// How many tokens the texts have for every time that the model advanced one of them: 1 without a draft.
  public var tokensPerTargetCall: Double { Double(targetLedger.tokensWritten) / Double(targetLedger.forwardCalls) }
}

extension SpeculativeGeneration: Displayable, CustomStringConvertible {
  /// The texts, and a row of what the draft did.
  public var table: Table { generation.table }

  /// One row: drafted, accepted, and tokens per call of the target.
  public var draftTable: Table {
    Table(
      columns: [
        "drafted", "accepted", TableColumn("acceptance", format: .percent(1)), TableColumn("tokens per target call", format: .fixed(2)),
        "target calls", "draft calls",
      ],
      rows: [
        [
          .integer(drafted), .integer(accepted), acceptanceRate.map { .number($0) } ?? .undefined, .number(tokensPerTargetCall),
          .integer(targetLedger.forwardCalls), .integer(draftLedger.forwardCalls),
        ]
      ])
  }

  public var mimeBundle: MIMEBundle { MIMEBundle(text: description, html: html) }
  public var description: String { table.description + "\n" + draftTable.description }

  private var html: String {
    [table, draftTable].map { table in
      if case .text(let html)? = table.mimeBundle.contents["text/html"] { return html }
      return ""
    }.joined(separator: "\n")
  }
}
