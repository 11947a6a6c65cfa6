/// A stage that rewrites a text before it is cut: the first half of what `normalizer` in a tokenizer.json asks for.
protocol Normalizer: Sendable {
  /// Rewrites the one range of a text.
  func normalize(_ text: WorkText)
}

/// Several normalisers, one after the other.
struct NormalizerSequence: Normalizer {
  let stages: [any Normalizer]

  func normalize(_ text: WorkText) {
    for stage in stages { stage.normalize(text) }
  }
}
