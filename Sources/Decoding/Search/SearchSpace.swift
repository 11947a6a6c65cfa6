internal import Glibc
import LanguageModels

/// What a search looks for: which texts there are, and what they are ranked by.
struct SearchSpace: Sendable {
  let model: any LanguageModel
  let prompt: [Int]
  let maximumNewTokens: Int
  var lengthPenalty = LengthPenalty.sum
  var adapters: [any Adapter] = []
  var adaptedScore = AdaptedScore.normalized
  var checker: AnyChecker?
  /// `[vocabulary]`: an array, because every token of every row asks.
  let isEnd: [Bool]

  init(_ request: GenerationRequest, maximumNewTokens: Int, lengthPenalty: LengthPenalty = .sum) {
    model = request.model
    prompt = request.prompt
    self.maximumNewTokens = maximumNewTokens
    self.lengthPenalty = lengthPenalty
    let ends = Set(model.endTokens)
    isEnd = (0..<model.vocabulary.count).map(ends.contains)
  }

  /// The hypothesis that has read the prompt.
  ///
  /// - Throws: ``DecodingError/promptIsWrong(checker:problem:)``.
  func start(_ state: ModelState) throws -> Hypothesis {
    let text = try checker.map { try CheckedText($0, model: model, prompt: prompt) }
    return Hypothesis(state: state, adapters: AdapterChain(adapters: adapters), text: text)
  }

  /// Whether a continuation by the token is as long as a text can be, or ended.
  func finishes(_ token: Int, length: Int) -> Bool { length >= maximumNewTokens || isEnd[token] }

  /// The scores of all tokens after a hypothesis: the checker's mask comes first, then the adapters, which hear of it.
  ///
  /// - Returns: nil when the checker allows no token that has any probability: a dead end.
  /// - Throws: ``DecodingError`` when the model gave no distribution, or an adapter left nothing.
  func scores(after hypothesis: inout Hypothesis, _ logits: Logits, row: Int, random: RandomStream? = nil) throws -> TokenScores? {
    var own = try NextToken(logits, row: row, afterTokens: prompt.count + hypothesis.tokens.count)
    var keptMass = 1.0
    var unchecked: NextToken?
    if let text = hypothesis.text {
      guard let allowed = own.restricted(to: text.mask) else { return nil }
      unchecked = own
      (own, keptMass) = allowed
    }
    var adapted: [Float]?
    if !adapters.isEmpty {
      let position = Position(prompt: prompt, generated: hypothesis.tokens, random: random, beside: logits, row: row)
      var candidates = own.candidates
      if adaptedScore == .unnormalized {
        let logProbabilities = Logits(vocabularySize: logits.vocabularySize, values: own.logProbabilities, areLogProbabilities: true)
        candidates = Candidates(logProbabilities, row: 0)
      }
      try hypothesis.adapters.adapt(&candidates, at: position)
      adapted = adaptedRow(candidates, vocabularySize: logits.vocabularySize)
    }
    return TokenScores(own: own, adapted: adapted, keptMass: keptMass, unchecked: unchecked)
  }

  /// A text as a value function sees it.
  func partialText(_ tokens: [Int], logProbability: Double, isFinished: Bool) -> PartialText {
    PartialText(prompt: prompt, tokens: tokens, logProbability: logProbability, isFinished: isFinished, vocabulary: model.vocabulary)
  }

  /// `[vocabulary]`: what candidates add to the sum, −∞ for those that were taken away.
  private func adaptedRow(_ candidates: Candidates, vocabularySize: Int) -> [Float] {
    var row = Logits(vocabularySize: vocabularySize, values: [Float](repeating: -.infinity, count: vocabularySize))
    row.values.withUnsafeMutableBufferPointer { values in
      for (token, score) in zip(candidates.tokens, candidates.scores) { values[token] = Float(score) }
    }
    return adaptedScore == .normalized ? row.logProbabilities(ofRow: 0) : row.values
  }
}

extension AdapterChain {
  mutating func adapt(_ candidates: inout Candidates, at position: Position) throws {
    for index in adapters.indices { try apply(index, to: &candidates, at: position) }
  }
}
