import LanguageModels

/// An adapter that compares the model with others, which read the same text.
///
/// Every strategy that takes adapters advances the companions of its hypotheses together with the model, in batches, and writes their
/// calls to the ledger.
public protocol CompanionAdapter: Adapter {
  /// The models to compare with.
  ///
  /// - Parameter model: the one that the strategy asks.
  /// - Throws: ``DecodingError/otherVocabulary(adapter:difference:)`` when their tokens do not mean the same.
  func companions(beside model: any LanguageModel) throws -> [Companion]

  /// How many there are.
  var companionCount: Int { get }

  /// Changes the scores of candidates, or takes candidates away; at least one must stay.
  ///
  /// - Parameter others: `[companion][candidate]`: log-probabilities of the candidates under each companion, in nats, none below
  ///   ``Companion/leastLogProbability``.
  mutating func adapt(_ candidates: inout Candidates, beside others: [[Double]], at position: Position)
}

extension CompanionAdapter {
  public mutating func adapt(_ candidates: inout Candidates, at position: Position) {
    adapt(&candidates, beside: position.companions.map { $0.logProbabilities(of: candidates.tokens) }, at: position)
  }
}

/// A model that goes along with another one, and what it reads instead of the prompt.
public struct Companion: Sendable {
  /// Stands for the logarithm of 0, which no difference could hold: e^−100 is less than single precision tells from 0.
  public static let leastLogProbability = -100.0

  let model: any LanguageModel
  let prompt: @Sendable ([Int]) -> [Int]

  /// - Parameters:
  ///   - model: with the same vocabulary.
  ///   - prompt: what it reads where the model reads the prompt; the same where nothing is said.
  public init(_ model: any LanguageModel, reading prompt: @escaping @Sendable ([Int]) -> [Int] = { $0 }) {
    self.model = model
    self.prompt = prompt
  }

  func tokens(for prompt: [Int]) -> [Int] { self.prompt(prompt) }

  /// Compares the sizes of two vocabularies, and the texts of up to 300 tokens at equal distances: vocabularies that differ do so all over.
  static func checkVocabulary(of other: any LanguageModel, beside model: any LanguageModel, _ adapter: some Adapter) throws {
    let (own, others) = (model.vocabulary, other.vocabulary)
    if own.count != others.count {
      throw DecodingError.otherVocabulary(adapter: "\(adapter)", difference: "it has \(others.count) tokens, the model \(own.count)")
    }
    for token in stride(from: 0, to: own.count, by: max(1, own.count / 300)) where own.label(of: token) != others.label(of: token) {
      throw DecodingError.otherVocabulary(
        adapter: "\(adapter)", difference: "token \(token) is «\(others.label(of: token))» to it and «\(own.label(of: token))» to the model"
      )
    }
  }
}

/// A companion's row of logits for one hypothesis.
struct CompanionRow: Sendable {
  let logits: Logits
  let row: Int

  func logProbabilities(of tokens: [Int]) -> [Double] {
    let normalizer = logits.logNormalizer(ofRow: row)
    let first = row * logits.vocabularySize
    return tokens.map { token in
      let value = Double(logits.values[first + token]) - normalizer
      return value > Companion.leastLogProbability ? value : Companion.leastLogProbability
    }
  }
}
