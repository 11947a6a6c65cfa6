extension LanguageModel {
  /// The log-probability of every token of a text after a prompt, in nats.
  ///
  /// - Returns: one number per token of `tokens`.
  /// - Throws: what the model's forward call throws.
  public func logProbabilities(of tokens: [Int], after prompt: [Int] = []) async throws -> [Double] {
    guard let first = tokens.first else { return [] }
    let start = try await read([prompt])
    var scores = [Double(start.logits.logProbabilities(ofRow: 0)[first])]
    // In pieces, so that the rows of a long text need not stand in memory at once.
    var state = start.states[0]
    var index = 0
    while index + 1 < tokens.count {
      let piece = Array(tokens[index..<min(index + 64, tokens.count - 1)])
      let output = try await forward([ForwardInput(state, tokens: piece)], rows: .all)
      for row in piece.indices {
        let value = output.logits.values[output.logits.range(ofRow: row)][row * output.logits.vocabularySize + tokens[index + row + 1]]
        scores.append(Double(Float(Double(value) - output.logits.logNormalizer(ofRow: row))))
      }
      state = output.states[0]
      index += piece.count
    }
    return scores
  }

  /// The log-probability of a text after a prompt, in nats: the sum over its tokens.
  public func logProbability(of text: String, after prompt: String = "") async throws -> Double {
    try await logProbabilities(of: vocabulary.tokens(of: text), after: vocabulary.tokens(of: prompt)).reduce(0, +)
  }
}
