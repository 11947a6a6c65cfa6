/// What a search adds up when adapters have changed the scores of a step.
public enum AdaptedScore: Sendable, Equatable {
  /// Log-probabilities again: the scores after the last adapter minus the logarithm of the sum of their exponentials.
  case normalized
  /// The scores as the adapters leave them, beginning with log-probabilities, not with logits: what transformers' beams add up.
  /// What is taken away does not make the rest more probable, and a temperature scales the sum.
  case unnormalized
}
