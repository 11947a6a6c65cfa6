import LanguageModels

/// Sampling that has tokens proposed by a draft and reads several of them in one call of the model.
///
/// ```swift
/// Sampling { TopP(0.9) }.drafted(by: .model(small), tokens: 4)
/// Greedy(maximumNewTokens: 100).drafted(by: .lookup(longest: 3), tokens: 8)
/// ```
/// The law of the texts is that of the strategy without a draft, adapters included: both the target's and the draft's distributions are
/// taken after the adapters. From a greedy strategy the text is the same. What changes is how many calls of the model a text needs.
///
/// Complexity: a call of the target for every run of accepted tokens and the one after it; with a model as draft, `tokens` calls of it.
///
/// Source: Leviathan, Kalman and Matias 2023, «Fast inference from transformers via speculative decoding».
public struct SpeculativeSampling: RandomStrategy {
  let settings: SpeculativeSettings

  public func generate(_ request: GenerationRequest) async throws -> SpeculativeGeneration {
    var run = try SpeculativeRun(settings, request)
    return try await run.generate(description, seed: request.seed)
  }

  public var description: String { settings.described("Sampling") }
}

/// Greedy decoding that has tokens proposed by a draft: the same text in fewer calls of the model. See ``SpeculativeSampling``.
public struct SpeculativeGreedy: DeterministicStrategy {
  let settings: SpeculativeSettings

  public func generate(_ request: GenerationRequest) async throws -> SpeculativeGeneration {
    var run = try SpeculativeRun(settings, request)
    return try await run.generate(description, seed: nil)
  }

  public var description: String { settings.described("Greedy") }
}

extension Sampling {
  /// The same law of texts, in fewer calls of the model where a draft guesses well.
  ///
  /// - Precondition: no checker, and no adapter that compares with other models.
  /// - Parameter tokens: how many tokens are drafted at once, 1 to 64.
  public func drafted(by draft: Draft, tokens: Int = 4) -> SpeculativeSampling {
    require(checker == nil, "\(self).drafted(by:): a draft knows no checker.")
    return SpeculativeSampling(
      settings: SpeculativeSettings(
        draft: draft, tokens: tokens, maximumNewTokens: maximumNewTokens, adapters: adapters, isGreedy: false))
  }
}

extension Greedy {
  /// The same text, in fewer calls of the model where a draft guesses well.
  ///
  /// - Precondition: no checker.
  /// - Parameter tokens: how many tokens are drafted at once, 1 to 64.
  public func drafted(by draft: Draft, tokens: Int = 4) -> SpeculativeGreedy {
    require(checker == nil, "\(self).drafted(by:): a draft knows no checker.")
    return SpeculativeGreedy(
      settings: SpeculativeSettings(draft: draft, tokens: tokens, maximumNewTokens: maximumNewTokens, adapters: [], isGreedy: true))
  }
}

/// What both speculative strategies are told.
struct SpeculativeSettings: Sendable {
  let draft: Draft
  let tokens: Int
  let maximumNewTokens: Int
  let adapters: [any Adapter]
  let isGreedy: Bool

  init(draft: Draft, tokens: Int, maximumNewTokens: Int, adapters: [any Adapter], isGreedy: Bool) {
    require(draft.refusal == nil, draft.refusal ?? "")
    require((1...64).contains(tokens), "drafted(by: \(draft), tokens: \(tokens)): 1 to 64 tokens are drafted at once.")
    for adapter in adapters {
      require(!(adapter is any CompanionAdapter), "drafted(by:): \(adapter) compares with another model, which a draft does not advance.")
    }
    self.draft = draft
    self.tokens = tokens
    self.maximumNewTokens = maximumNewTokens
    self.adapters = adapters
    self.isGreedy = isGreedy
  }

  func described(_ name: String) -> String {
    let chain = adapters.isEmpty ? "" : " { \(adapters.map { "\($0)" }.joined(separator: "; ")) }"
    return name + chain + ", \(tokens) tokens drafted by \(draft)"
  }
}
