/// A judge of whole texts: tests that are run, a checker, a model of rewards.
///
/// ```swift
/// struct Short: Verifier {
///   func judge(_ texts: [String], for problem: Problem?) -> [Judgement] { texts.map { Judgement(isAccepted: $0.count < 20) } }
/// }
/// nucleus.best(of: 8, by: Short())
/// ```
/// It sees the text alone, and the same text has the same judgement: equal texts are judged once.
public protocol Verifier: Sendable, CustomStringConvertible {
  /// A judgement for each text, in their order.
  ///
  /// - Parameters:
  ///   - texts: different from each other.
  ///   - problem: what the prompt is from, where it is from a set of problems.
  func judge(_ texts: [String], for problem: Problem?) async throws -> [Judgement]
}

extension Verifier {
  public var description: String { String(describing: type(of: self)) }
}

/// What a verifier makes of a text.
public struct Judgement: Sendable, Equatable {
  /// The higher, the better; 1 for accepted and 0 for not, where there is nothing in between.
  public let score: Double
  public let isAccepted: Bool
  /// What is wrong, in words that a model can be told; nil where nothing is.
  public let feedback: String?

  public init(score: Double, isAccepted: Bool, feedback: String? = nil) {
    self.score = score
    self.isAccepted = isAccepted
    self.feedback = feedback
  }

  public init(isAccepted: Bool, feedback: String? = nil) {
    self.init(score: isAccepted ? 1 : 0, isAccepted: isAccepted, feedback: feedback)
  }
}

/// Accepts the texts for which a function is true.
///
/// ```swift
/// nucleus.untilAccepted(by: Check("ends with a full stop") { $0.hasSuffix(".") }, budget: 32)
/// ```
public struct Check: Verifier {
  /// What is checked, in a few words: they are the feedback as well.
  public let name: String
  private let isAccepted: @Sendable (String) async throws -> Bool

  public init(_ name: String, _ isAccepted: @escaping @Sendable (String) async throws -> Bool) {
    self.name = name
    self.isAccepted = isAccepted
  }

  public func judge(_ texts: [String], for problem: Problem?) async throws -> [Judgement] {
    var judgements: [Judgement] = []
    for text in texts {
      let isAccepted = try await isAccepted(text)
      judgements.append(Judgement(isAccepted: isAccepted, feedback: isAccepted ? nil : "Expected: \(name)."))
    }
    return judgements
  }

  public var description: String { "Check(\"\(name)\")" }
}

/// Judges a text by the examples of the problem that its prompt is from: for comparisons, where every problem has its own.
public struct ProblemExamples: Verifier {
  public init() {}

  public func judge(_ texts: [String], for problem: Problem?) async throws -> [Judgement] {
    guard let examples = problem?.examples else { throw MetaGenerationError.noExamples(prompt: problem?.prompt) }
    return try await examples.judge(texts, for: problem)
  }

  public var description: String { "ProblemExamples()" }
}

/// Why a choice among texts could not be made.
public enum MetaGenerationError: Error, Equatable, CustomStringConvertible {
  /// A score that is no number.
  case noScore(by: String, text: String)
  /// Texts of which the property is not known.
  case notKnown(property: String)
  case noExamples(prompt: String?)
  /// A verifier that did not judge every text.
  case judgements(by: String, count: Int, texts: Int)
  case negativeWeight(Double, by: String)

  public var description: String {
    switch self {
    case .noScore(let name, let text): "\(name) gave «\(text.prefix(60))» a score that is not a number; any other number is allowed."
    case .notKnown(let property):
      "The generator does not say \(property) of its texts, so they cannot be chosen by it: use a verifier, a reward or a vote."
    case .noExamples(nil): "ProblemExamples() was asked about a prompt that is from no problem: give Problem(…, examples: …)."
    case .noExamples(let prompt?): "The problem «\(prompt.prefix(60))» has no examples: give Problem(…, examples: …)."
    case .judgements(let name, let count, let texts): "\(name) gave \(count) judgements for \(texts) texts; it gives one for each."
    case .negativeWeight(let weight, let name): "\(name) gave a vote the weight \(weight); a weight is at least 0."
    }
  }
}
