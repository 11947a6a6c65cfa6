import Display
import LanguageModels

/// Strategies side by side: the same model, the same prompts, the same seeds, one row each.
///
/// ```swift
/// try await StrategyComparison(of: model, on: ["the king", "my lord"], samples: 20, seed: 7) {
///   Greedy()
///   Sampling { TopP(0.9) }
///   BeamSearch(width: 4)
/// } measuring: {
///   MeanLogProbability()
///   DistinctNGrams(2)
///   ForwardCalls()
/// }
/// ```
/// A strategy that draws at random writes `samples` texts after every prompt, any other one. Comparisons use the model's own
/// log-probabilities, whatever the strategy's adapters do.
public struct StrategyComparison: Sendable {
  public let runs: [StrategyRun]
  /// A row for each strategy, a column for each measure; the best of a column is marked.
  public let table: Table

  /// Runs every strategy on every prompt, in the order of the text.
  ///
  /// - Parameters:
  ///   - prompts: at least one; the empty text is one.
  ///   - samples: how many texts a random strategy draws after each prompt, at least 1.
  /// - Throws: ``VocabularyError`` for a prompt that the model cannot read; what the strategies throw.
  public init(
    of model: any LanguageModel, on prompts: [String], samples: Int, seed: UInt64,
    @StrategyBuilder _ strategies: () -> [any Strategy], @MeasureBuilder measuring measures: () -> [any Measure]
  ) async throws {
    require(!prompts.isEmpty, "StrategyComparison(on: []): at least one prompt is needed.")
    require(samples >= 1, "StrategyComparison(samples: \(samples)): a strategy draws at least 1.")
    let prompts = try prompts.map { try model.vocabulary.tokens(of: $0) }
    var runs: [StrategyRun] = []
    for strategy in strategies() {
      var outcomes: [any GenerationOutcome] = []
      for prompt in prompts {
        outcomes.append(
          try await StrategyComparison.outcome(
            of: strategy, GenerationRequest(model: model, prompt: prompt, samples: samples, seed: seed)))
      }
      runs.append(StrategyRun(strategy, outcomes))
    }
    self.runs = runs
    let measures = measures()
    let places = prompts.count == 1 ? "1 prompt" : "\(prompts.count) prompts"
    table = Table(
      columns: ["strategy"] + measures.map(\.column),
      rows: runs.map { run in [.text(run.strategy)] + measures.map { $0.value(for: run) } },
      caption: "\(places), \(NumberFormat.automatic.text(samples)) samples where drawn, seed \(seed)")
  }

  private static func outcome(of strategy: some Strategy, _ request: GenerationRequest) async throws -> any GenerationOutcome {
    try await strategy.generate(request)
  }
}

extension StrategyComparison: Displayable, CustomStringConvertible {
  public var mimeBundle: MIMEBundle { table.mimeBundle }
  public var description: String { table.description }
}

/// What one strategy has written in a comparison.
public struct StrategyRun: Sendable {
  /// The strategy as a cell writes it.
  public let strategy: String
  /// For every prompt, all samples of a strategy that draws, the result of another one.
  public let continuationsByPrompt: [[Continuation]]
  public let ledger: Ledger

  /// All texts, prompt after prompt.
  public var continuations: [Continuation] { continuationsByPrompt.flatMap { $0 } }

  init(_ strategy: any Strategy, _ outcomes: [any GenerationOutcome]) {
    self.strategy = "\(strategy)"
    continuationsByPrompt = outcomes.map { strategy is any RandomStrategy ? $0.continuations : [$0.best] }
    ledger = outcomes.reduce(Ledger()) { $0 + $1.ledger }
  }
}

/// Collects strategies of any kind.
@resultBuilder
public enum StrategyBuilder {
  public static func buildExpression(_ strategy: any Strategy) -> [any Strategy] { [strategy] }
  public static func buildBlock(_ strategies: [any Strategy]...) -> [any Strategy] { strategies.flatMap { $0 } }
  public static func buildOptional(_ strategies: [any Strategy]?) -> [any Strategy] { strategies ?? [] }
  public static func buildEither(first strategies: [any Strategy]) -> [any Strategy] { strategies }
  public static func buildEither(second strategies: [any Strategy]) -> [any Strategy] { strategies }
  public static func buildArray(_ strategies: [[any Strategy]]) -> [any Strategy] { strategies.flatMap { $0 } }
}
