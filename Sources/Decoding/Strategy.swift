import LanguageModels

/// A way to write a text with a model. Strategies are small values; what one has done is a value too, its outcome.
///
/// ```swift
/// let search = try await model.generate("The king", using: BeamSearch(width: 4, maximumNewTokens: 8))
/// let samples = try await model.generate("The king", using: Sampling { TopP(0.9) }, samples: 20, seed: 7)
/// ```
public protocol Strategy: Sendable, CustomStringConvertible {
  associatedtype Outcome: GenerationOutcome

  /// Writes after the prompt.
  func generate(_ request: GenerationRequest) async throws -> Outcome
}

/// A strategy without chance: the same model and prompt give the same outcome.
public protocol DeterministicStrategy: Strategy {}

/// A strategy that draws at random: it can draw any number of samples, and needs a seed.
///
/// Best of N, votes and every other combination build on it: see ``TextSource``.
public protocol RandomStrategy: Strategy, TextSource {}

/// What a strategy is asked for.
public struct GenerationRequest: Sendable {
  public var model: any LanguageModel
  public var prompt: [Int]
  /// The numbers of the samples that a random strategy draws, at least one. Other strategies have one outcome.
  public var numbers: [Int]
  /// Where chance comes from: the draw at a step is a function of the seed, the prompt, the sample's number and the step, of nothing else.
  public var seed: UInt64
  /// What the prompt is from, where it is from a set of problems: its answer and its tests, for verifiers that ask for them.
  public var problem: Problem?

  /// How many texts a random strategy draws.
  public var samples: Int { numbers.count }

  /// A request for the samples 0 ..< samples.
  public init(model: any LanguageModel, prompt: [Int], samples: Int = 1, seed: UInt64 = 0, problem: Problem? = nil) {
    self.init(model: model, prompt: prompt, numbers: Array(0..<samples), seed: seed, problem: problem)
  }

  /// A request for samples by their numbers.
  public init(model: any LanguageModel, prompt: [Int], numbers: [Int], seed: UInt64, problem: Problem? = nil) {
    self.model = model
    self.prompt = prompt
    self.numbers = numbers
    self.seed = seed
    self.problem = problem
  }
}

/// What a strategy has written, whatever else its outcome holds.
public protocol GenerationOutcome: DrawnTexts {
  /// The texts: those of a search from the best down, samples in the order of their numbers.
  var continuations: [Continuation] { get }
}

extension GenerationOutcome {
  /// The first text: the result of a search, the first sample.
  ///
  /// - Precondition: there is one; a strategy that rejects texts may come back with none.
  public var best: Continuation {
    require(!continuations.isEmpty, "Nothing was written that was accepted; the outcome's candidates say what was tried.")
    return continuations[0]
  }
  /// The first text, as text.
  public var text: String { best.text }
  public var samples: [DrawnText?] { continuations.map { DrawnText($0) } }
}

extension LanguageModel {
  /// Writes after a prompt, without chance.
  ///
  /// - Throws: ``VocabularyError`` when the prompt has a word that the model does not know; what the model's calls throw.
  public func generate<S: DeterministicStrategy>(_ prompt: String = "", using strategy: S) async throws -> S.Outcome {
    try await strategy.generate(GenerationRequest(model: self, prompt: vocabulary.tokens(of: prompt)))
  }

  /// Chance needs a seed; this form is there to say so.
  @available(*, unavailable, message: "a strategy that draws at random needs a seed: generate(prompt, using: strategy, seed: 7)")
  public func generate<S: RandomStrategy>(_ prompt: String = "", using strategy: S) async throws -> S.Outcome {
    fatalError("unavailable")
  }

  /// Draws texts after a prompt. The first of 20 samples are the same as the samples of a request for fewer.
  ///
  /// - Throws: ``VocabularyError`` when the prompt has a word that the model does not know; what the model's calls throw.
  public func generate<S: RandomStrategy>(
    _ prompt: String = "", using strategy: S, samples: Int = 1, seed: UInt64
  ) async throws -> S.Outcome {
    require(samples >= 1, "samples: \(samples) was asked for; a strategy draws at least 1.")
    return try await strategy.generate(
      GenerationRequest(model: self, prompt: vocabulary.tokens(of: prompt), samples: samples, seed: seed))
  }
}
