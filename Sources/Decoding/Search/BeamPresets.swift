extension BeamSearch {
  /// The beam search of transformers' `generate(num_beams: width)`, token for token.
  ///
  /// ```swift
  /// BeamSearch.transformers(width: 4, maximumNewTokens: 32) { NoRepeatNGram(3) }
  /// ```
  /// Scores are Σ log p / length^α over the tokens that were written; finished texts leave the beam; every step looks at
  /// max(2, 1 + number of end tokens) · k candidates, of which only the k best may end. Adapters change log-probabilities,
  /// not logits, and what they leave is added up as it is. With width 1 it is greedy.
  ///
  /// - Parameters:
  ///   - width: `num_beams`, at least 1.
  ///   - maximumNewTokens: `max_new_tokens`, at least 1.
  ///   - lengthPenalty: `length_penalty`, α: 0 compares sums, 1 means; a negative one favours short texts.
  ///   - stopping: `early_stopping`: `.firstEnded` for True, `.heuristic` for False, `.never` for "never".
  ///   - texts: `num_return_sequences`, from 1 to the width.
  ///
  /// Source: transformers 5, `GenerationMixin._beam_search`. With `stopping: .never` and α = 0 it is canonical beam search.
  public static func transformers(
    width: Int, maximumNewTokens: Int = 20, lengthPenalty: Double = 1, stopping: StoppingRule = .heuristic, texts: Int = 1,
    @AdapterBuilder _ adapters: () -> [any Adapter] = { [] }
  ) -> BeamSearch {
    require(
      stopping != .allEnded,
      "BeamSearch.transformers(stopping: .allEnded): its finished texts leave the beam; .firstEnded, .heuristic and .never do so.")
    return BeamSearch(
      width: width, maximumNewTokens: maximumNewTokens, lengthPenalty: lengthPenalty == 0 ? .sum : .average(exponent: lengthPenalty),
      stopping: width == 1 ? .firstEnded : stopping, texts: texts,
      // Greedy decoding lets adapters change logits there too.
      adaptedScore: width == 1 ? .normalized : .unnormalized, adapters)
  }
}
