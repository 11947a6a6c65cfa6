import LanguageModels

/// A whole text that was drawn to be chosen from: what meta-generation ranks, counts and tests.
public struct DrawnText: Sendable {
  public let text: String
  /// The text with its tokens and their scores; nil where a server wrote it that gives text only.
  public let continuation: Continuation?
  /// The model's own log-probability of the text, in nats; nil where it is not known.
  public let logProbability: Double?
  /// How many tokens the text has; nil where it is not known.
  public let tokenCount: Int?
  /// Whether the text ended by itself, not because a limit was reached.
  public let isFinished: Bool

  /// A text that a model with logits has written.
  public init(_ continuation: Continuation) {
    self.continuation = continuation
    text = continuation.text
    logProbability = continuation.logProbability
    tokenCount = continuation.tokens.count
    isFinished = continuation.isFinished
  }

  /// A text of which only the text is known, and perhaps a little more.
  public init(text: String, logProbability: Double? = nil, tokenCount: Int? = nil, isFinished: Bool = true) {
    continuation = nil
    self.text = text
    self.logProbability = logProbability
    self.tokenCount = tokenCount
    self.isFinished = isFinished
  }

  /// The log-probability per token, in nats; nil where either is not known, and for a text without tokens.
  public var meanLogProbability: Double? {
    guard let logProbability, let tokenCount, tokenCount > 0 else { return nil }
    return logProbability / Double(tokenCount)
  }
}

/// Texts, one for each sample that was asked for, and what they cost.
public protocol DrawnTexts: Sendable {
  /// In the order of the request's numbers; nil where nothing was written that was accepted.
  var samples: [DrawnText?] { get }
  /// What it cost.
  var ledger: Ledger { get }
}

/// A question, or the beginning of a program, with what is known of its solution.
///
/// ```swift
/// Problem("What is 17 + 25?", answer: "42")
/// Problem("def add(a, b):\n", tests: TestCases("assert add(2, 3) == 5", after: "def add(a, b):\n"))
/// ```
public struct Problem: Sendable {
  public let prompt: String
  /// The expected answer, as the answer's extraction writes it.
  public let answer: String?
  /// What decides whether a text solves the problem.
  public let tests: (any Verifier)?
  /// What a strategy may look at while it works; nil where that is nothing.
  public let examples: (any Verifier)?

  /// - Parameters:
  ///   - answer: the expected answer: `"42"`.
  ///   - tests: what a measure judges a text by; no strategy sees it.
  ///   - examples: what ``ProblemExamples`` judges by: the examples that come with a task.
  public init(_ prompt: String, answer: String? = nil, tests: (any Verifier)? = nil, examples: (any Verifier)? = nil) {
    self.prompt = prompt
    self.answer = answer
    self.tests = tests
    self.examples = examples
  }
}
