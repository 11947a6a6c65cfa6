/// Stops the program with a sentence when a setting in a cell makes no sense.
///
/// Not `precondition`: that one says nothing in a release build, and the sentence is the point.
func require(_ isAllowed: Bool, _ sentence: @autoclosure () -> String, file: StaticString = #fileID, line: UInt = #line) {
  if !isAllowed { fatalError(sentence(), file: file, line: line) }
}

/// Why a generation could not be done.
public enum DecodingError: Error, Equatable, CustomStringConvertible {
  /// The model gave no number, or no probability to any token.
  case noDistribution(afterTokens: Int)
  /// A chain of adapters left no token.
  case nothingLeft(afterTokens: Int, adapter: String)
  /// An exhaustive search of so many sequences.
  case tooManySequences(vocabularySize: Int, length: Int, limit: Int)
  /// An adapter that draws at random, where one distribution was asked for.
  case isRandom(adapter: String)
  /// An adapter's other model whose tokens are not the model's.
  case otherVocabulary(adapter: String, difference: String)
  /// An adapter that compares models, where there is only one distribution.
  case needsModels(adapter: String)
  /// A prompt with a number that is no token of the model.
  case notAToken(Int, vocabularySize: Int)
  /// A prompt that the checker calls wrong already.
  case promptIsWrong(checker: String, problem: String?)
  /// A draft with another vocabulary than the model's.
  case draftVocabulary(Int, draft: Int)
  /// A search of whose score no continuation has a bound.
  case noCertificate(strategy: String, reason: String)
  /// A value function that gave no number.
  case notAValue(String, of: String)

  public var description: String {
    switch self {
    case .noDistribution(let count):
      "After \(count) tokens the model gave no distribution: a logit is not a number, or no token has any probability."
    case .nothingLeft(let count, let adapter): "After \(count) tokens \(adapter) left no token to choose from."
    case .tooManySequences(let size, let length, let limit):
      "\(size)^\(length) texts are more than the \(limit) that are looked at one by one; a beam search's certificate(budget:) has no such limit."
    case .isRandom(let adapter): "\(adapter) draws at random, so that there is no one distribution after it."
    case .otherVocabulary(let adapter, let difference):
      "\(adapter) needs another model with the same vocabulary as the model: \(difference)."
    case .needsModels(let adapter):
      "\(adapter) compares the model with another one, which a single distribution does not tell: model.distribution(after: text) { … } asks both."
    case .promptIsWrong(let checker, let problem):
      "\(checker) calls the prompt wrong, so nothing can be written after it\(problem.map { ": \($0)" } ?? ".")"
    case .notAToken(let token, let size): "The prompt has the token \(token); the model's tokens go from 0 to \(size - 1)."
    case .draftVocabulary(let own, let draft):
      "A draft needs the model's own vocabulary: the model has \(own) tokens, the draft \(draft)."
    case .noCertificate(let strategy, let reason): "\(strategy) has no certificate: \(reason)"
    case .notAValue(let name, let text): "The value function «\(name)» gave no number for «\(text)»."
    }
  }
}
