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
/// With expected answers, `on: ["What is 17 + 25?": "42"]`, it says how many are right; a ``Problem`` may have tests as well.
///
/// A strategy that draws at random writes `samples` texts after every prompt, any other one. Comparisons use the model's own
/// log-probabilities, whatever the strategy's adapters do. What takes longer than a second shows how far it is. An interrupt ends it with what
/// it has: finished rows stay, and the table says what is missing.
public struct StrategyComparison: Sendable {
  /// One for each strategy that was begun, in the order of the text.
  public let runs: [StrategyRun]
  /// The strategies that an interrupt left out.
  public let missing: [String]
  /// A row for each strategy, a column for each measure; the best of a column is marked.
  public let table: Table
  let measures: [any Measure]

  /// Whether every strategy was run on every prompt.
  public var isComplete: Bool { missing.isEmpty && runs.allSatisfy(\.isComplete) }

  /// Runs every strategy on every prompt, in the order of the text.
  ///
  /// - Parameters:
  ///   - prompts: at least one; the empty text is one.
  ///   - samples: how many texts a random strategy draws after each prompt, at least 1.
  /// - Throws: ``VocabularyError`` for a prompt that the model cannot read; what the strategies throw.
  public init(
    of model: any LanguageModel, on prompts: [String], samples: Int = 1, seed: UInt64,
    @StrategyBuilder _ strategies: () -> [any Strategy], @MeasureBuilder measuring measures: () -> [any Measure]
  ) async throws {
    try await self.init(of: model, on: prompts.map { Problem($0) }, samples: samples, seed: seed, strategies, measuring: measures)
  }

  /// The same on prompts with their expected answers: `["What is 17 + 25?": "42"]`.
  public init(
    of model: any LanguageModel, on answers: KeyValuePairs<String, String>, samples: Int = 1, seed: UInt64,
    @StrategyBuilder _ strategies: () -> [any Strategy], @MeasureBuilder measuring measures: () -> [any Measure]
  ) async throws {
    let problems = answers.map { Problem($0.key, answer: $0.value) }
    try await self.init(of: model, on: problems, samples: samples, seed: seed, strategies, measuring: measures)
  }

  /// The same on problems, with answers, tests or both.
  public init(
    of model: any LanguageModel, on problems: [Problem], samples: Int = 1, seed: UInt64,
    @StrategyBuilder _ strategies: () -> [any Strategy], @MeasureBuilder measuring measures: () -> [any Measure]
  ) async throws {
    let prompts = try problems.map { try model.vocabulary.tokens(of: $0.prompt) }
    let contestants = strategies().map { strategy in
      Contestant(strategy, draws: strategy is any RandomStrategy) { place in
        try await outcome(
          of: strategy,
          GenerationRequest(model: model, prompt: prompts[place], samples: samples, seed: seed, problem: problems[place]))
      }
    }
    try await self.init(contestants, problems, samples: samples, seed: seed, measures())
  }

  /// The same on a server.
  public init(
    of generator: any TextGenerator, on problems: [Problem], samples: Int = 1, seed: UInt64,
    @TextStrategyBuilder _ strategies: () -> [any TextStrategy], @MeasureBuilder measuring measures: () -> [any Measure]
  ) async throws {
    let contestants = strategies().map { strategy in
      Contestant(strategy, draws: true) { place in
        try await outcome(
          of: strategy,
          TextRequest(
            generator: generator, prompt: TextPrompt(problems[place].prompt), numbers: Array(0..<samples), seed: seed,
            problem: problems[place]))
      }
    }
    try await self.init(contestants, problems, samples: samples, seed: seed, measures())
  }

  /// The same on a server, on prompts with their expected answers.
  public init(
    of generator: any TextGenerator, on answers: KeyValuePairs<String, String>, samples: Int = 1, seed: UInt64,
    @TextStrategyBuilder _ strategies: () -> [any TextStrategy], @MeasureBuilder measuring measures: () -> [any Measure]
  ) async throws {
    let problems = answers.map { Problem($0.key, answer: $0.value) }
    try await self.init(of: generator, on: problems, samples: samples, seed: seed, strategies, measuring: measures)
  }

  private init(
    _ contestants: [Contestant], _ problems: [Problem], samples: Int, seed: UInt64, _ measures: [any Measure]
  ) async throws {
    require(!problems.isEmpty, "StrategyComparison(on: []): at least one prompt is needed.")
    require(samples >= 1, "StrategyComparison(samples: \(samples)): a strategy draws at least 1.")
    for measure in measures {
      let refusal = measure.refusal(for: problems)
      require(refusal == nil, refusal ?? "")
    }
    let needsTests = measures.contains { $0.needsTests }
    var runs: [StrategyRun] = []
    let progress = ComparisonProgress(total: contestants.count * problems.count)
    var isInterrupted = false
    for contestant in contestants where !isInterrupted {
      var run = StrategyRun(contestant, problems: problems, samples: samples)
      do {
        for place in problems.indices {
          let outcome = try await contestant.outcome(place)
          let texts = Array(outcome.samples.prefix(contestant.draws ? samples : 1))
          run.outcomes.append((outcome, texts, needsTests ? try await problems[place].judgements(of: texts) : []))
          progress.advance(contestant.name)
        }
      } catch is CancellationError {
        isInterrupted = true
      }
      if run.promptsDone > 0 { runs.append(run) }
    }
    self.runs = runs
    self.measures = measures
    missing = contestants.dropFirst(runs.count).map(\.name)
    table = StrategyComparison.table(runs, missing: missing, measures, problems: problems, samples: samples, seed: seed)
    progress.end(isInterrupted: isInterrupted)
    // The rest of an interrupted cell does not run: what there is is shown now.
    if isInterrupted, DisplayOutput.sink.replacesOutputs { display(table) }
  }

  private static func table(
    _ runs: [StrategyRun], missing: [String], _ measures: [any Measure], problems: [Problem], samples: Int, seed: UInt64
  ) -> Table {
    let places = problems.count == 1 ? "1 prompt" : "\(problems.count) prompts"
    var caption = "\(places), \(NumberFormat.automatic.text(samples)) samples where drawn, seed \(seed)"
    let left = runs.filter { !$0.isComplete }.count + missing.count
    if left > 0 { caption += "; interrupted: \(left) of \(runs.count + missing.count) strategies are not finished" }
    let rows = runs.map { run in
      let name = run.isComplete ? run.strategy : "\(run.strategy) (\(run.promptsDone) of \(places))"
      return [TableCell.text(name)] + measures.map { $0.value(for: run) }
    }
    let rest = missing.map { [TableCell.text("\($0) (not run)")] + measures.map { _ in .undefined } }
    return Table(columns: ["strategy"] + measures.map(\.column), rows: rows + rest, caption: caption)
  }
}

extension StrategyComparison: Displayable, CustomStringConvertible {
  public var mimeBundle: MIMEBundle { table.mimeBundle }
  public var description: String { table.description }
}

/// A strategy in a comparison, whatever it runs on.
struct Contestant: Sendable {
  let name: String
  let scaled: (any ScaledStrategy)?
  /// Whether it draws, and has as many texts as are asked for.
  let draws: Bool
  /// What it writes after the prompt at a place.
  let outcome: @Sendable (Int) async throws -> any DrawnTexts

  init(
    _ strategy: any Sendable & CustomStringConvertible, draws: Bool, _ outcome: @escaping @Sendable (Int) async throws -> any DrawnTexts
  ) {
    name = "\(strategy)"
    scaled = strategy as? any ScaledStrategy
    self.draws = draws
    self.outcome = outcome
  }
}

private func outcome(of strategy: some Strategy, _ request: GenerationRequest) async throws -> any DrawnTexts {
  try await strategy.generate(request)
}

private func outcome(of strategy: some TextStrategy, _ request: TextRequest) async throws -> any DrawnTexts {
  try await strategy.generate(request)
}

extension Problem {
  /// What the problem's tests make of texts; a text that was not accepted has not passed.
  func judgements(of texts: [DrawnText?]) async throws -> [Judgement] {
    guard let tests else { return [] }
    var calls = 0
    var found = try await tests.judgements(of: texts.compactMap { $0?.text }, for: self, calls: &calls).makeIterator()
    return texts.map { $0 == nil ? Judgement(isAccepted: false) : found.next()! }
  }
}

/// A bar that appears when a comparison has taken a second.
private final class ComparisonProgress {
  private let total: Int
  private let start = ContinuousClock.now
  private var done = 0
  private var bar: ProgressBar?

  init(total: Int) { self.total = total }

  func advance(_ strategy: String) {
    done += 1
    if bar == nil, ContinuousClock.now - start > .seconds(1) { bar = ProgressBar("comparing", total: total, unit: "prompts") }
    bar?.update(to: done, note: strategy)
  }

  func end(isInterrupted: Bool) { if isInterrupted { bar?.stop() } else { bar?.finish(note: "") } }
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

/// Collects strategies for a server.
@resultBuilder
public enum TextStrategyBuilder {
  public static func buildExpression(_ strategy: any TextStrategy) -> [any TextStrategy] { [strategy] }
  public static func buildBlock(_ strategies: [any TextStrategy]...) -> [any TextStrategy] { strategies.flatMap { $0 } }
  public static func buildOptional(_ strategies: [any TextStrategy]?) -> [any TextStrategy] { strategies ?? [] }
  public static func buildEither(first strategies: [any TextStrategy]) -> [any TextStrategy] { strategies }
  public static func buildEither(second strategies: [any TextStrategy]) -> [any TextStrategy] { strategies }
  public static func buildArray(_ strategies: [[any TextStrategy]]) -> [any TextStrategy] { strategies.flatMap { $0 } }
}
