import Display

/// What a generation cost, in units that mean the same for every strategy.
public struct Ledger: Sendable, Equatable {
  /// How often one hypothesis was advanced: the unit of the formulas T·k and M^T. Reading a prompt is one.
  public var forwardCalls = 0
  /// How often the model was called; one call advances a whole batch of hypotheses.
  public var batches = 0
  /// Tokens that the model read: the prompt's, and every token that a hypothesis was advanced by.
  public var tokensRead = 0
  /// Tokens of the texts that were returned.
  public var tokensWritten = 0

  public init() {}

  public static func + (left: Ledger, right: Ledger) -> Ledger {
    var sum = left
    sum.forwardCalls += right.forwardCalls
    sum.batches += right.batches
    sum.tokensRead += right.tokensRead
    sum.tokensWritten += right.tokensWritten
    return sum
  }
}

extension Ledger: Displayable, CustomStringConvertible {
  public var mimeBundle: MIMEBundle {
    Table(
      columns: ["forward calls", "in batches", "tokens read", "tokens written"],
      rows: [[.integer(forwardCalls), .integer(batches), .integer(tokensRead), .integer(tokensWritten)]]
    ).mimeBundle
  }

  public var description: String {
    "\(forwardCalls) forward calls in \(batches) batches, \(tokensRead) tokens read, \(tokensWritten) written"
  }
}
