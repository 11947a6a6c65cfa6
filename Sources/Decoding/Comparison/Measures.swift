import Display

/// A column of a comparison: a number for what one strategy has written.
public protocol Measure: Sendable {
  /// The title, the format, and which end is the better one.
  var column: TableColumn { get }
  func value(for run: StrategyRun) -> TableCell
  /// The number of each prompt that was run, for differences between strategies and for plots; nil for a prompt without one. Empty for a
  /// measure that has none.
  func values(for run: StrategyRun) -> [Double?]
  /// Whether the problems' tests have to be run.
  var needsTests: Bool { get }
  /// Why the problems cannot be measured so, in a sentence; nil when they can.
  func refusal(for problems: [Problem]) -> String?
}

extension Measure {
  public func values(for run: StrategyRun) -> [Double?] { [] }
  public var needsTests: Bool { false }
  public func refusal(for problems: [Problem]) -> String? { nil }
}

extension StrategyRun {
  /// The mean of a number over the texts, with half the width of its 95 % interval, by Student's distribution.
  ///
  /// Texts after the same prompt are alike: with several prompts the interval is that of the prompts' means, with a single one
  /// that of its texts. A single number has no interval. Texts without tokens, a server's, do not count.
  public func estimate(_ number: (Continuation) -> Double?) -> TableCell { estimate(texts: { $0?.continuation.flatMap(number) }) }

  /// The same over all texts, those of servers too; nil stands for a sample for which nothing was accepted.
  public func estimate(texts number: (DrawnText?) -> Double?) -> TableCell {
    let byPrompt = textsByPrompt.map { $0.compactMap(number) }.filter { !$0.isEmpty }
    if byPrompt.count == 1 { return Statistics.estimate(byPrompt[0]) }
    return Statistics.estimate(byPrompt.map { $0.reduce(0, +) / Double($0.count) })
  }
}

/// The model's own log-probability per token of a text, in nats: the mean over the texts, with its 95 % interval.
public struct MeanLogProbability: Measure {
  public init() {}

  public var column: TableColumn { TableColumn("log p per token ±\u{A0}95\u{A0}%", format: .fixed(3), best: .highest) }
  public func value(for run: StrategyRun) -> TableCell { run.estimate(texts: { $0?.meanLogProbability }) }
  public func values(for run: StrategyRun) -> [Double?] { run.means { $0?.meanLogProbability } }
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
  public func value(for run: StrategyRun) -> TableCell { run.estimate(share) }
  public func values(for run: StrategyRun) -> [Double?] { run.means { $0?.continuation.flatMap(share) } }

  private func share(_ text: Continuation) -> Double? {
    let count = text.tokens.count - length + 1
    return count < 1 ? nil : Double(Set((0..<count).map { Array(text.tokens[$0..<$0 + length]) }).count) / Double(count)
  }
}

/// How many different texts a strategy has written after a prompt, on average.
public struct DifferentTexts: Measure {
  public init() {}

  public var column: TableColumn { TableColumn("different texts", format: .fixed(1)) }

  public func value(for run: StrategyRun) -> TableCell {
    let counts = values(for: run).compactMap { $0 }
    return .number(counts.reduce(0, +) / Double(counts.count))
  }

  public func values(for run: StrategyRun) -> [Double?] {
    // By their tokens where they have some: two ways to write one text are two texts.
    run.textsByPrompt.map { texts in
      Double(Set(texts.compactMap { $0.map { [$0.text] + ($0.continuation?.tokens.map(String.init) ?? []) } }).count)
    }
  }
}

/// The number of tokens per text, with its 95 % interval.
public struct MeanLength: Measure {
  public init() {}

  public var column: TableColumn { TableColumn("tokens ±\u{A0}95\u{A0}%", format: .fixed(1)) }
  public func value(for run: StrategyRun) -> TableCell { run.estimate(texts: { $0?.tokenCount.map(Double.init) }) }
  public func values(for run: StrategyRun) -> [Double?] { run.means { $0?.tokenCount.map(Double.init) } }
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
