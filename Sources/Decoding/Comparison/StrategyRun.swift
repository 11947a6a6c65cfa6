/// What one strategy has written in a comparison.
public struct StrategyRun: Sendable {
  /// The strategy as a cell writes it.
  public let strategy: String
  /// The strategy without its N, and N, where it has one: what is a curve in a plot.
  public let family: String
  public let scale: Int?
  public let problems: [Problem]
  /// Texts per prompt.
  let textsPerPrompt: Int
  /// For every prompt that was run, in order: what the strategy gave, its texts, and what the problem's tests make of them.
  var outcomes: [(outcome: any DrawnTexts, texts: [DrawnText?], judgements: [Judgement])] = []

  init(_ contestant: Contestant, problems: [Problem], samples: Int) {
    strategy = contestant.name
    family = contestant.scaled?.family ?? contestant.name
    scale = contestant.scaled?.scale
    self.problems = problems
    textsPerPrompt = contestant.draws ? samples : 1
  }

  public var promptsDone: Int { outcomes.count }
  public var isComplete: Bool { promptsDone == problems.count }

  /// For every prompt, all samples of a strategy that draws, the result of another one; nil where nothing was accepted.
  public var textsByPrompt: [[DrawnText?]] { outcomes.map(\.texts) }
  /// The same with their tokens, as far as they have any.
  public var continuationsByPrompt: [[Continuation]] { textsByPrompt.map { $0.compactMap { $0?.continuation } } }
  /// All texts with tokens, prompt after prompt.
  public var continuations: [Continuation] { continuationsByPrompt.flatMap { $0 } }
  /// What all prompts cost together, all texts of each.
  public var ledger: Ledger { outcomes.reduce(Ledger()) { $0 + $1.outcome.ledger } }

  /// A number of the ledger per text: the cost of doing it once.
  func costPerText(_ number: (Ledger) -> Double) -> Double { number(ledger) / Double(max(1, outcomes.count * textsPerPrompt)) }

  /// The mean over each prompt's texts, of what a function gives for them; nil for a prompt where it gives nothing.
  func means(_ number: (DrawnText?) -> Double?) -> [Double?] {
    textsByPrompt.map { texts in
      let numbers = texts.compactMap(number)
      return numbers.isEmpty ? nil : numbers.reduce(0, +) / Double(numbers.count)
    }
  }
}

/// A strategy with a number that says how much it does: N texts, k beams.
protocol ScaledStrategy: Sendable {
  /// As a cell writes it, with a letter for the number.
  var family: String { get }
  var scale: Int { get }
}

extension BestOf: ScaledStrategy {
  var family: String { "\(base).best(of: N, by: \(score.name))" }
  var scale: Int { count }
}
extension Majority: ScaledStrategy {
  var family: String { description.replacing("ajority(of: \(count)", with: "ajority(of: N") }
  var scale: Int { count }
}
extension MinimumBayesRisk: ScaledStrategy {
  var family: String { "\(base).minimumBayesRisk(of: N, utility: \(utility))" }
  var scale: Int { count }
}
extension UntilAccepted: ScaledStrategy {
  var family: String { "\(base).untilAccepted(by: \(verifier), budget: N)" }
  var scale: Int { budget }
}
extension Refined: ScaledStrategy {
  var family: String { "\(base).refined(by: \(verifier), rounds: N)" }
  var scale: Int { rounds }
}
extension BeamSearch: ScaledStrategy {
  var family: String { description.replacing("width \(width)", with: "width k") }
  var scale: Int { width }
}
