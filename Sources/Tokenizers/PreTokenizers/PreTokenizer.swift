/// A stage that cuts a text into the words that the model sees: what `pre_tokenizer` in a tokenizer.json asks for.
protocol PreTokenizer: Sendable {
  /// Cuts every range of a text, and may rewrite it.
  ///
  /// - Parameter isStart: whether the piece is at the very start of the input.
  func split(_ text: WorkText, isStart: Bool)
}

/// Several pre-tokenizers, each cutting what the one before left.
struct PreTokenizerSequence: PreTokenizer {
  let stages: [any PreTokenizer]

  func split(_ text: WorkText, isStart: Bool) {
    for stage in stages { stage.split(text, isStart: isStart) }
  }
}
