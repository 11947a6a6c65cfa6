import LanguageModels

/// Classifier-free guidance: makes the prompt weigh more, by comparing with what the model says without it.
///
/// Scores become log p₀ + γ · (log p − log p₀), where p₀ follows another prompt: one that says what is not wanted, or, where none is
/// given, the last token of the prompt alone.
///
/// Source: Sanchez et al. 2023, «Stay on topic with classifier-free guidance», equation 7; `guidance_scale` of transformers.
public struct Guidance: CompanionAdapter {
  public let scale: Double
  /// The prompt to move away from; nil for the last token of the prompt.
  public let awayFrom: String?

  /// - Parameters:
  ///   - scale: γ; 1 changes nothing, 0 forgets the prompt.
  ///   - prompt: what p₀ follows; nil for the last token of the prompt alone.
  public init(_ scale: Double, awayFrom prompt: String? = nil) {
    require(scale.isFinite, "Guidance(\(scale)): the scale is a finite number.")
    self.scale = scale
    awayFrom = prompt
  }

  public var companionCount: Int { 1 }

  public func companions(beside model: any LanguageModel) throws -> [Companion] {
    guard let awayFrom else { return [Companion(model) { $0.suffix(1) }] }
    let tokens = try model.vocabulary.tokens(of: awayFrom)
    return [Companion(model) { _ in tokens }]
  }

  public func adapt(_ candidates: inout Candidates, beside others: [[Double]], at position: Position) {
    let own = candidates.logProbabilities
    for index in own.indices { candidates.scores[index] = others[0][index] + scale * (own[index] - others[0][index]) }
  }

  public var description: String { "Guidance(\(scale)\(awayFrom.map { ", awayFrom: \"\($0)\"" } ?? ""))" }
}
