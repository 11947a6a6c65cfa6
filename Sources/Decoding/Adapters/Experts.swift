import LanguageModels

/// DExperts: moves the model towards one model and away from another, p · (p₊ / p₋)^α.
///
/// Source: Liu et al. 2021, «DExperts: decoding-time controlled text generation with experts and anti-experts», equation 1.
public struct Experts: CompanionAdapter {
  public let expert: any LanguageModel
  public let antiExpert: any LanguageModel
  public let strength: Double

  /// - Parameters:
  ///   - expert: what texts should be like, with the same vocabulary.
  ///   - antiExpert: what they should not be like, with the same vocabulary.
  ///   - strength: α; 0 changes nothing, below 0 the two change places.
  public init(towards expert: any LanguageModel, awayFrom antiExpert: any LanguageModel, strength: Double = 2) {
    require(strength.isFinite, "Experts(strength: \(strength)): the strength is a finite number.")
    self.expert = expert
    self.antiExpert = antiExpert
    self.strength = strength
  }

  public var companionCount: Int { 2 }

  public func companions(beside model: any LanguageModel) throws -> [Companion] {
    for other in [expert, antiExpert] { try Companion.checkVocabulary(of: other, beside: model, self) }
    return [Companion(expert), Companion(antiExpert)]
  }

  public func adapt(_ candidates: inout Candidates, beside others: [[Double]], at position: Position) {
    for index in candidates.scores.indices { candidates.scores[index] += strength * (others[0][index] - others[1][index]) }
  }

  public var description: String { "Experts(strength: \(strength))" }
}

/// Proxy tuning: gives a large model what a small one has learnt, p · p_tuned / p_untuned of the small one.
///
/// Source: Liu et al. 2024, «Tuning language models by proxy», section 2.
public struct ProxyTuning: CompanionAdapter {
  private let experts: Experts

  /// - Parameters:
  ///   - tuned: the small model after its finetuning, with the same vocabulary.
  ///   - untuned: the same model before, with the same vocabulary.
  public init(tuned: any LanguageModel, untuned: any LanguageModel) {
    experts = Experts(towards: tuned, awayFrom: untuned, strength: 1)
  }

  public var companionCount: Int { experts.companionCount }
  public func companions(beside model: any LanguageModel) throws -> [Companion] { try experts.companions(beside: model) }

  public func adapt(_ candidates: inout Candidates, beside others: [[Double]], at position: Position) {
    experts.adapt(&candidates, beside: others, at: position)
  }

  public var description: String { "ProxyTuning" }
}
