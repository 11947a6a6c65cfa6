import LanguageModels

/// Judges beginnings of texts: a reward, a test, a rule of thumb. A search that is guided by one writes every call to its ledger.
///
/// ```swift
/// let short = ValueFunction("short words") { text in -Double(text.text.count) / Double(text.tokens.count) }
/// BeamSearch(width: 4).guided(by: short, weight: 2)
/// ```
/// The same text must always get the same value, and no value may be «not a number».
public struct ValueFunction: Sendable, CustomStringConvertible {
  public let name: String
  private let judge: @Sendable (PartialText) async throws -> Double

  /// - Parameters:
  ///   - name: as tables show it.
  ///   - judge: the higher, the better.
  public init(_ name: String, _ judge: @escaping @Sendable (PartialText) async throws -> Double) {
    self.name = name
    self.judge = judge
  }

  /// The score that a verifier gives the text.
  ///
  /// - Parameter problem: what the prompt is from, for verifiers that ask.
  public init(_ verifier: some Verifier, for problem: Problem? = nil) {
    self.init("\(verifier)") { text in
      let judgements = try await verifier.judge([text.text], for: problem)
      return judgements.first?.score ?? .nan
    }
  }

  /// - Throws: what the closure throws; ``DecodingError/notAValue(_:of:)`` when it gives no number.
  func callAsFunction(_ text: PartialText) async throws -> Double {
    let value = try await judge(text)
    if value.isNaN { throw DecodingError.notAValue(name, of: text.text) }
    return value
  }

  public var description: String { "«\(name)»" }
}

/// A beginning of a text, as a value function sees it.
public struct PartialText: Sendable {
  public let prompt: [Int]
  /// What was written after the prompt.
  public let tokens: [Int]
  /// The model's own log-probability of these tokens, in nats.
  public let logProbability: Double
  /// Whether the text has ended.
  public let isFinished: Bool
  let vocabulary: any Vocabulary

  /// The text of the tokens after the prompt.
  public var text: String { vocabulary.text(of: tokens) }
}
