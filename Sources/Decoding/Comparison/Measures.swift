import Display

/// A column of a comparison: a number for what one strategy has written.
public protocol Measure: Sendable {
  /// The title, the format, and which end is the better one.
  var column: TableColumn { get }
  func value(for run: StrategyRun) -> TableCell
}

extension StrategyRun {
  /// The mean of a number over the texts, with half the width of its 95 % interval, by Student's distribution.
  ///
  /// Texts after the same prompt are alike: with several prompts the interval is that of the prompts' means, with a single one
  /// that of its texts. A single number has no interval.
  public func estimate(_ number: (Continuation) -> Double?) -> TableCell {
    let byPrompt = continuationsByPrompt.map { $0.compactMap(number) }.filter { !$0.isEmpty }
    if byPrompt.count == 1 { return Statistics.estimate(byPrompt[0]) }
    return Statistics.estimate(byPrompt.map { $0.reduce(0, +) / Double($0.count) })
  }
}

/// The model's own log-probability per token of a text, in nats: the mean over the texts, with its 95 % interval.
public struct MeanLogProbability: Measure {
  public init() {}

  public var column: TableColumn { TableColumn("log p per token ±\u{A0}95\u{A0}%", format: .fixed(3), best: .highest) }
  public func value(for run: StrategyRun) -> TableCell { run.estimate(\.meanLogProbability) }
}

/// The share of different ones among the sequences of n tokens of a text: 1 is a text that never repeats itself.
///
/// Within each text, so that strategies that write different numbers of texts can be compared; the mean over the texts, with its
/// 95 % interval.
///
/// Source: Li et al. 2016, «A diversity-promoting objective function for neural conversation models», section 5.3.
public struct DistinctNGrams: Measure {
  public let length: Int

  /// - Parameter length: n, at least 1.
  public init(_ length: Int) {
    require(length >= 1, "DistinctNGrams(\(length)): the length is at least 1.")
    self.length = length
  }

  public var column: TableColumn { TableColumn("distinct \(length)-grams ±\u{A0}95\u{A0}%", format: .fixed(3)) }

  public func value(for run: StrategyRun) -> TableCell {
    run.estimate { text in
      let count = text.tokens.count - length + 1
      return count < 1 ? nil : Double(Set((0..<count).map { Array(text.tokens[$0..<$0 + length]) }).count) / Double(count)
    }
  }
}

/// How many different texts a strategy has written after a prompt, on average.
public struct DifferentTexts: Measure {
  public init() {}

  public var column: TableColumn { TableColumn("different texts", format: .fixed(1)) }

  public func value(for run: StrategyRun) -> TableCell {
    let counts = run.continuationsByPrompt.map { Set($0.map(\.tokens)).count }
    return .number(Double(counts.reduce(0, +)) / Double(counts.count))
  }
}

/// The number of forward calls, all texts together.
public struct ForwardCalls: Measure {
  public init() {}

  public var column: TableColumn { TableColumn("forward calls", best: .lowest) }
  public func value(for run: StrategyRun) -> TableCell { .integer(run.ledger.forwardCalls) }
}

/// The number of tokens per text, with its 95 % interval.
public struct MeanLength: Measure {
  public init() {}

  public var column: TableColumn { TableColumn("tokens ±\u{A0}95\u{A0}%", format: .fixed(1)) }
  public func value(for run: StrategyRun) -> TableCell { run.estimate { Double($0.tokens.count) } }
}

/// Collects measures.
@resultBuilder
public enum MeasureBuilder {
  public static func buildExpression(_ measure: any Measure) -> [any Measure] { [measure] }
  public static func buildBlock(_ measures: [any Measure]...) -> [any Measure] { measures.flatMap { $0 } }
  public static func buildOptional(_ measures: [any Measure]?) -> [any Measure] { measures ?? [] }
  public static func buildEither(first measures: [any Measure]) -> [any Measure] { measures }
  public static func buildEither(second measures: [any Measure]) -> [any Measure] { measures }
}
