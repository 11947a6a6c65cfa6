import Display
import LanguageModels

/// What a generation cost, in units that mean the same for every strategy.
///
/// Two ledgers are equal when everything but the clock is: the same seed gives the same ledger.
public struct Ledger: Sendable {
  /// How often one hypothesis was advanced: the unit of the formulas T·k and M^T. Reading a prompt is one.
  public var forwardCalls = 0
  /// How often the model was called; one call advances a whole batch of hypotheses.
  public var batches = 0
  /// Tokens that the model read: the prompt's, and every token that a hypothesis was advanced by.
  public var tokensRead = 0
  /// Tokens of the texts that were returned.
  public var tokensWritten = 0
  /// Floating-point operations of the model, a multiplication and an addition being two; nil where the model does not count them.
  public var operations: Int?
  /// The most bytes of keys and values that were held at once; 0 where nothing is cached.
  public var cacheBytes = 0
  /// How often a verifier was asked: a reward, a value function, a run of tests.
  public var verifierCalls = 0
  /// Seconds by the clock, from the beginning to the end.
  public var seconds = 0.0

  public init() {}

  /// Both costs, one after the other: everything adds up, but the bytes, of which the larger number counts.
  public static func + (left: Ledger, right: Ledger) -> Ledger {
    var sum = left
    sum.forwardCalls += right.forwardCalls
    sum.batches += right.batches
    sum.tokensRead += right.tokensRead
    sum.tokensWritten += right.tokensWritten
    sum.verifierCalls += right.verifierCalls
    sum.seconds += right.seconds
    sum.add(ForwardCost(operations: right.operations, cacheBytes: right.cacheBytes))
    return sum
  }

  /// Writes down what a call of the model cost.
  mutating func add(_ cost: ForwardCost) {
    if let more = cost.operations { operations = (operations ?? 0) + more }
    cacheBytes = max(cacheBytes, cost.cacheBytes)
  }
}

extension Ledger: Equatable {
  public static func == (left: Ledger, right: Ledger) -> Bool {
    (left.forwardCalls, left.batches, left.tokensRead, left.tokensWritten, left.verifierCalls)
      == (right.forwardCalls, right.batches, right.tokensRead, right.tokensWritten, right.verifierCalls)
      && (left.operations, left.cacheBytes) == (right.operations, right.cacheBytes)
  }
}

extension Ledger: Displayable, CustomStringConvertible {
  /// One row: what was counted, and the seconds.
  public var table: Table {
    Table(
      columns: [
        "forward calls", "in batches", "tokens read", "tokens written", TableColumn("GFLOP", format: .significant(4)),
        TableColumn("cache, MB", format: .fixed(2)), "verifier calls", TableColumn("seconds", format: .significant(3)),
      ],
      rows: [
        [
          .integer(forwardCalls), .integer(batches), .integer(tokensRead), .integer(tokensWritten),
          operations.map { .number(Double($0) / 1e9) } ?? .undefined, .number(Double(cacheBytes) / 1e6), .integer(verifierCalls),
          .number(seconds),
        ]
      ])
  }

  public var mimeBundle: MIMEBundle { table.mimeBundle }

  /// The counts in words, without the clock, so that the same seed gives the same words.
  public var description: String {
    "\(forwardCalls) forward calls in \(batches) batches, \(tokensRead) tokens read, \(tokensWritten) written"
      + (verifierCalls > 0 ? ", \(verifierCalls) verifier calls" : "")
  }
}
