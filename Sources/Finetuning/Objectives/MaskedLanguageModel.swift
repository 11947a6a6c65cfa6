public import Tensors

/// Hide some tokens and predict them from both sides (Devlin et al. 2019, section 3.1): BERT.
///
/// 15 % of the tokens are chosen; of these 80 % become `[MASK]`, 10 % a random token, 10 % stay: so the model cannot rely on seeing
/// where it will be asked.
public struct MaskedLanguageModel: Sendable {
  /// The share of tokens that are predicted.
  public var rate: Double
  /// Of these, the share that is masked.
  public var maskedShare: Double
  /// Of these, the share that is replaced by a random token.
  public var randomShare: Double

  public init(rate: Double = 0.15, maskedShare: Double = 0.8, randomShare: Double = 0.1) {
    precondition(
      rate > 0 && rate < 1 && maskedShare >= 0 && randomShare >= 0 && maskedShare + randomShare <= 1,
      "shares of masked language modelling are \(rate), \(maskedShare), \(randomShare); the first in 0..<1, the others at most 1 together")
    self.rate = rate
    self.maskedShare = maskedShare
    self.randomShare = randomShare
  }

  /// What the model reads, and for each token the one that it is to predict; −1 where nothing is asked.
  ///
  /// At least one token is chosen where there is one to choose.
  ///
  /// - Parameters:
  ///   - isSpecial: tokens that are never chosen: `[CLS]`, `[SEP]`.
  ///   - mask: the token that hides.
  ///   - vocabulary: tokens that may stand in for others.
  public func example(
    _ tokens: [Int], isSpecial: (Int) -> Bool, mask: Int, vocabulary: Range<Int>, using stream: inout RandomSource
  ) -> (input: [Int], targets: [Int]) {
    let choices = tokens.indices.filter { !isSpecial(tokens[$0]) }
    let count = min(choices.count, max(1, Int((Double(choices.count) * rate).rounded())))
    var (input, targets) = (tokens, Array(repeating: -1, count: tokens.count))
    for place in choices.shuffled(using: &stream).prefix(count) {
      targets[place] = tokens[place]
      let draw = Double.random(in: 0..<1, using: &stream)
      if draw < maskedShare {
        input[place] = mask
      } else if draw < maskedShare + randomShare {
        input[place] = Int.random(in: vocabulary, using: &stream)
      }
    }
    return (input, targets)
  }
}

/// Whether a sentence follows another: half of the pairs are from the same text, half are not (Devlin et al. 2019, section 3.1).
public struct NextSentencePrediction: Sendable {
  public init() {}

  /// A pair of sentences, and 0 if the second follows the first, 1 if it was drawn from another text.
  ///
  /// - Parameters:
  ///   - texts: sentences of each text, at least two texts, each with at least two sentences.
  ///   - index: the text that the first sentence is from.
  public func example(_ texts: [[String]], _ index: Int, using stream: inout RandomSource) -> (first: String, second: String, label: Int) {
    let text = texts[index]
    precondition(texts.count >= 2 && text.count >= 2, "next-sentence prediction takes two texts or more, of two sentences or more")
    let place = Int.random(in: 0..<text.count - 1, using: &stream)
    if Bool.random(using: &stream) { return (text[place], text[place + 1], 0) }
    let other = (index + Int.random(in: 1..<texts.count, using: &stream)) % texts.count
    return (text[place], texts[other][Int.random(in: 0..<texts[other].count, using: &stream)], 1)
  }
}
