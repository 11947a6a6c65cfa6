internal import Glibc
import LanguageModels

/// Contrastive decoding: of the tokens that the model finds plausible, prefers those that a weaker model finds less so.
///
/// Tokens that are less than `plausibility` times as probable as the most probable one go; the score of the others becomes
/// log p − log p′, p′ being the amateur's probability.
///
/// Source: Li et al. 2023, «Contrastive decoding: open-ended text generation as optimization», section 3.
public struct Contrastive: CompanionAdapter {
  public let amateur: any LanguageModel
  public let plausibility: Double
  public let temperature: Double

  /// - Parameters:
  ///   - amateur: the weaker model, with the same vocabulary.
  ///   - plausibility: α, above 0, at most 1.
  ///   - temperature: what the amateur's logits are divided by, above 0: below 1 only its clear preferences count against a token.
  public init(_ amateur: any LanguageModel, plausibility: Double = 0.1, temperature: Double = 1) {
    require(plausibility > 0 && plausibility <= 1, Contrastive.refusal(plausibility: plausibility))
    require(temperature > 0 && temperature.isFinite, "Contrastive(temperature: \(temperature)): a temperature is a number above 0.")
    self.amateur = amateur
    self.plausibility = plausibility
    self.temperature = temperature
  }

  static func refusal(plausibility: Double) -> String {
    "Contrastive(plausibility: \(plausibility)): the share of the highest probability is above 0 and at most 1."
  }

  public var companionCount: Int { 1 }

  public func companions(beside model: any LanguageModel) throws -> [Companion] {
    try Companion.checkVocabulary(of: amateur, beside: model, self)
    return [Companion(amateur)]
  }

  public func adapt(_ candidates: inout Candidates, beside others: [[Double]], at position: Position) {
    let own = candidates.logProbabilities
    let least = (own.max() ?? 0) + log(plausibility)
    // The amateur's own normaliser is the same for all candidates and cancels.
    for index in own.indices { candidates.scores[index] = own[index] - others[0][index] / temperature }
    candidates.keep { own[$0] >= least }
  }

  public var description: String { "Contrastive(plausibility: \(plausibility))" }
}
