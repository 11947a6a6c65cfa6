import Display
import LanguageModels

/// What is known about the optimum beside a search's result: the optimum itself, or how much better it can be at most.
///
/// ```swift
/// try await search.certificate(budget: .forwardCalls(10_000))
/// ```
/// Found by A* search: log-probabilities are at most 0, so that the sum so far bounds every continuation from above. Always the
/// beginning with the highest bound is continued; when no bound is above the best complete text, that is the optimum.
///
/// Source: Hart, Nilsson and Raphael 1968; Meister, Vieira and Cotterell 2020, «Best-first beam search».
public struct Certificate: Sendable {
  /// How much a certificate may cost.
  public enum Budget: Sendable, Equatable {
    case forwardCalls(Int)

    var calls: Int {
      switch self {
      case .forwardCalls(let calls): calls
      }
    }
  }

  /// The result that is judged, and the best complete text that is known.
  public let result: Continuation
  public let bestKnown: Continuation
  /// What both are ranked by.
  public let resultScore: Double
  public let bestKnownScore: Double
  /// No text has a higher score than this.
  public let bound: Double
  /// The smallest width with which a beam search finds the optimum; nil where it was not found within the budget.
  public let smallestWidth: Int?
  /// The widths that were tried: 1 ... this.
  public let widthsTried: Int
  /// How texts were ranked.
  public let lengthPenalty: LengthPenalty
  /// What the certificate cost.
  public let ledger: Ledger

  /// Whether it is proven that no text is better than the best known one.
  public var isProven: Bool { bestKnownScore >= bound }
  /// Whether the result is proven to be the optimum.
  public var isOptimal: Bool { resultScore >= bound }
  /// How much better the optimum is, in the unit of the score, nats for Σ log p; at most so much where it is not proven.
  public var gap: Double { bound - resultScore }
}

extension Search {
  /// Looks for the optimum within a budget, and for the smallest width that finds it.
  ///
  /// Adapters and a checker are part of what is searched: the optimum is that of the adapted scores among the texts that are allowed.
  ///
  /// - Throws: ``DecodingError/noCertificate(strategy:reason:)`` where the score of a text has no bound (values, penalties, chance), or
  ///   the result is no complete text; what the model's calls throw.
  public func certificate(budget: Certificate.Budget) async throws -> Certificate {
    let calls = budget.calls
    require(calls >= 1, "certificate(budget: .forwardCalls(\(calls))): the budget is at least 1.")
    guard let settings else {
      throw DecodingError.noCertificate(
        strategy: strategy, reason: "it ranks by more than log-probabilities, of which a beginning's sum is no bound.")
    }
    if let ending = best.check?.ending, ending != .complete {
      throw DecodingError.noCertificate(
        strategy: strategy, reason: "the result is no complete text for its checker, but \(ending.rawValue).")
    }
    var search = BestFirstRun(space, incumbent: score)
    let (bestScore, bound) = try await search.run(forwardCalls: calls)
    var ledger = search.metered.ledger
    var widths = 0
    var smallest: Int?
    while bestScore >= bound, smallest == nil {
      let beam = settings.widened(to: widths + 1)
      // A step advances at most the width; what would go over the budget is not begun.
      guard ledger.forwardCalls + 1 + (maximumNewTokens - 1) * beam.width <= calls else { break }
      let again = try await beam.generate(GenerationRequest(model: space.model, prompt: space.prompt))
      ledger = ledger + again.ledger
      widths += 1
      if again.score >= bound { smallest = widths }
    }
    return Certificate(
      result: best, bestKnown: search.found ?? best, resultScore: score, bestKnownScore: bestScore, bound: bound, smallestWidth: smallest,
      widthsTried: widths, lengthPenalty: lengthPenalty, ledger: ledger)
  }
}

extension Certificate: Displayable, CustomStringConvertible {
  /// One sentence on the result, one on the width, one on the cost.
  public var description: String {
    let number = NumberFormat.fixed(6)
    let gap = number.text(gap) + (lengthPenalty == .sum ? " nats" : "")
    var sentences: [String] = []
    if isOptimal {
      sentences.append("The result is the optimum: no text has a higher score than \(number.text(resultScore)).")
    } else if isProven {
      sentences.append("The optimum is \(named(bestKnown)) with \(number.text(bestKnownScore)).")
      sentences.append("The result, \(named(result)) with \(number.text(resultScore)), misses it by \(gap).")
    } else {
      if bestKnownScore > resultScore {
        sentences.append("A better text is \(named(bestKnown)) with \(number.text(bestKnownScore)).")
      }
      sentences.append("The budget ended first: no text has a higher score than \(number.text(bound)).")
      sentences.append("The result, \(named(result)) with \(number.text(resultScore)), misses the optimum by at most \(gap).")
    }
    if let smallestWidth {
      sentences.append("The smallest width that finds the optimum is \(smallestWidth).")
    } else if isProven, widthsTried > 0 {
      sentences.append("No width up to \(widthsTried) finds it; the budget ended there.")
    }
    sentences.append("Cost: \(ledger.forwardCalls) forward calls.")
    return sentences.joined(separator: "\n")
  }

  private func named(_ continuation: Continuation) -> String {
    continuation.text.isEmpty ? "the empty text" : "«\(continuation.text)»"
  }

  public var mimeBundle: MIMEBundle { MIMEBundle(text: description) }
}
