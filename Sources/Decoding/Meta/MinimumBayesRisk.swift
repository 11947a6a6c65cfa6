/// Draws N texts and takes the one that is most like all of them: the highest expected utility, where the others stand for the truth.
///
/// ```swift
/// nucleus.minimumBayesRisk(of: 16, utility: .chrF)
/// ```
/// The expected utility of a text is its mean utility against all N, itself included: the estimate of an expectation under the
/// strategy's law. Of equal ones the text that was drawn first. With ``Utility/exactMatch`` this is the majority vote of whole texts.
///
/// Complexity: N draws, and a utility for each pair of different texts.
///
/// Source: Eikema and Aziz 2020, «Is MAP decoding all you need?», section 5; Kumar and Byrne 2004.
public struct MinimumBayesRisk<Base: TextSource>: Combination {
  public typealias Outcome = MetaGeneration
  public let base: Base
  /// N.
  public let count: Int
  public let utility: Utility

  init(_ base: Base, count: Int, utility: Utility) {
    require(count >= 1, "minimumBayesRisk(of: \(count)): at least 1 text is drawn.")
    self.base = base
    self.count = count
    self.utility = utility
  }

  func run(_ drawing: Drawing) async throws -> MetaGeneration {
    let clock = Clock()
    let (groups, drawn) = try await drawing.groups(of: count)
    var selections: [Selection] = []
    for group in groups {
      try Task.checkCancellation()
      selections.append(BestOf<Base>.selection(try await entries(of: group.compactMap { $0 })))
    }
    return MetaGeneration(
      strategy: description, seed: drawing.seed, selections: selections, ledger: clock.ledger([drawn], verifierCalls: 0), drawn: [drawn])
  }

  /// The candidates with their expected utilities.
  func entries(of candidates: [DrawnText]) async throws -> [Selection.Entry] {
    var places: [String: Int] = [:]
    var texts: [String] = []
    var counts: [Int] = []
    for candidate in candidates {
      if let place = places[candidate.text] {
        counts[place] += 1
      } else {
        places[candidate.text] = texts.count
        texts.append(candidate.text)
        counts.append(1)
      }
    }
    let utilities = try await utility.matrix(texts)
    let expected = utilities.map { row in zip(row, counts).reduce(0) { $0 + $1.0 * Double($1.1) } / Double(candidates.count) }
    return try candidates.map { candidate in
      let score = expected[places[candidate.text]!]
      if score.isNaN { throw MetaGenerationError.noScore(by: "\(utility)", text: candidate.text) }
      return Selection.Entry(candidate: candidate, score: score)
    }
  }

  public var description: String { "\(base).minimumBayesRisk(of: \(count), utility: \(utility))" }
}

extension MinimumBayesRisk: Strategy, RandomStrategy where Base: RandomStrategy {
  public func generate(_ request: GenerationRequest) async throws -> MetaGeneration { try await run(request) }
}

extension TextSource {
  /// Minimum Bayes risk: of N texts the one with the highest mean utility against all.
  public func minimumBayesRisk(of count: Int, utility: Utility) -> MinimumBayesRisk<Self> {
    MinimumBayesRisk(self, count: count, utility: utility)
  }
}
