import LanguageModels

/// The model's own distribution of the next token after one text: a row of logits that has been looked at once.
struct NextToken {
  let logits: Logits
  private let row: Int
  /// What makes logits the model's own log-probabilities.
  let normalizer: Double

  /// - Parameter length: the number of tokens of the text, for the sentence of the error.
  /// - Throws: ``DecodingError/noDistribution(afterTokens:)`` when a logit is not a number, or no token has any probability.
  init(_ logits: Logits, row: Int, afterTokens length: Int) throws {
    self.logits = logits
    self.row = row
    normalizer = logits.logNormalizer(ofRow: row)
    if normalizer.isNaN { throw DecodingError.noDistribution(afterTokens: length) }
  }

  /// In nats, rounded to single precision: sums of these are exact.
  func logProbability(of token: Int) -> Double {
    rounded(logits.values[row * logits.vocabularySize + token])
  }

  private func rounded(_ logit: Float) -> Double { Double(Float(Double(logit) - normalizer)) }

  /// The most probable tokens, from the most probable down; of equally probable ones the lower number first. None of probability 0.
  func mostProbable(_ count: Int) -> [(token: Int, logProbability: Double)] {
    logits.values.withUnsafeBufferPointer { values in
      let row = UnsafeBufferPointer(rebasing: values[logits.range(ofRow: row)])
      return highest(count, of: row).filter { row[$0] > -.infinity }.map { ($0, rounded(row[$0])) }
    }
  }

  /// Every token that has any probability, as adapters want them.
  var candidates: Candidates { Candidates(logits, row: row) }

  /// `[vocabulary]`: the log-probabilities of all tokens, in nats.
  var logProbabilities: [Float] {
    logits.values[logits.range(ofRow: row)].map { Float(Double($0) - normalizer) }
  }

  /// The same with the logits of the tokens outside a mask at minus infinity, one row.
  func masked(by mask: TokenMask) -> NextToken {
    let size = logits.vocabularySize
    let values = [Float](unsafeUninitializedCapacity: size) { values, count in
      logits.values.withUnsafeBufferPointer { own in
        for token in 0..<size { values[token] = mask.contains(token) ? own[row * size + token] : -.infinity }
      }
      count = size
    }
    return NextToken(masked: Logits(vocabularySize: size, values: values), normalizer: normalizer)
  }

  private init(masked logits: Logits, normalizer: Double) {
    self.logits = logits
    row = 0
    self.normalizer = normalizer
  }
}
