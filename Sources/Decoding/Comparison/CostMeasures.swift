import Display

/// A number of the ledger, all texts together.
protocol CostMeasure: Measure {
  var title: String { get }
  /// nil where it was not counted.
  func cost(_ ledger: Ledger) -> Double?
}

extension CostMeasure {
  public func values(for run: StrategyRun) -> [Double?] { run.outcomes.map { cost($0.outcome.ledger) } }
}

/// The number of forward calls, all texts together.
public struct ForwardCalls: CostMeasure {
  public init() {}
  var title: String { "forward calls" }
  public var column: TableColumn { TableColumn(title, best: .lowest) }
  public func value(for run: StrategyRun) -> TableCell { .integer(run.ledger.forwardCalls) }
  func cost(_ ledger: Ledger) -> Double? { Double(ledger.forwardCalls) }
}

/// The number of tokens that the model read, prompts included, all texts together.
public struct TokensRead: CostMeasure {
  public init() {}
  var title: String { "tokens read" }
  public var column: TableColumn { TableColumn(title, best: .lowest) }
  public func value(for run: StrategyRun) -> TableCell { .integer(run.ledger.tokensRead) }
  func cost(_ ledger: Ledger) -> Double? { Double(ledger.tokensRead) }
}

/// The number of tokens of all texts that were written, candidates included.
public struct TokensWritten: CostMeasure {
  public init() {}
  var title: String { "tokens written" }
  public var column: TableColumn { TableColumn(title, best: .lowest) }
  public func value(for run: StrategyRun) -> TableCell { .integer(run.ledger.tokensWritten) }
  func cost(_ ledger: Ledger) -> Double? { Double(ledger.tokensWritten) }
}

/// The floating-point operations of the model in billions, all texts together; «–» for a model that does not count them.
public struct Operations: CostMeasure {
  public init() {}
  var title: String { "GFLOP" }
  public var column: TableColumn { TableColumn(title, format: .significant(4), best: .lowest) }
  public func value(for run: StrategyRun) -> TableCell { cost(run.ledger).map { .number($0) } ?? .undefined }
  func cost(_ ledger: Ledger) -> Double? { ledger.operations.map { Double($0) / 1e9 } }
}

/// How often a verifier or a reward was asked, all texts together.
public struct VerifierCalls: CostMeasure {
  public init() {}
  var title: String { "verifier calls" }
  public var column: TableColumn { TableColumn(title, best: .lowest) }
  public func value(for run: StrategyRun) -> TableCell { .integer(run.ledger.verifierCalls) }
  func cost(_ ledger: Ledger) -> Double? { Double(ledger.verifierCalls) }
}

/// Seconds by the clock, all texts together: not the same when it is run again.
public struct Seconds: CostMeasure {
  public init() {}
  var title: String { "seconds" }
  public var column: TableColumn { TableColumn(title, format: .significant(3), best: .lowest) }
  public func value(for run: StrategyRun) -> TableCell { .number(run.ledger.seconds) }
  func cost(_ ledger: Ledger) -> Double? { ledger.seconds }
}
