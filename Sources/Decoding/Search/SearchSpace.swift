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
  /// The checker before the first token.
  var checker: (any HypothesisChecker)?
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
  func start(_ state: ModelState) -> Hypothesis {
    Hypothesis(state: state, adapters: AdapterChain(adapters: adapters), checker: checker)
  }

  /// Whether a continuation by the token is as long as a text can be, or ended.
  func finishes(_ token: Int, length: Int) -> Bool { length >= maximumNewTokens || isEnd[token] }

  /// The scores of all tokens after a hypothesis. The hypothesis' adapters hear of it.
  ///
  /// - Throws: ``DecodingError`` when the model gave no distribution, or an adapter left nothing.
  func scores(after hypothesis: inout Hypothesis, _ logits: Logits, row: Int, random: RandomStream? = nil) throws -> TokenScores {
    let own = try NextToken(logits, row: row, afterTokens: prompt.count + hypothesis.tokens.count)
    guard !adapters.isEmpty else { return TokenScores(own: own, adapted: nil) }
    let position = Position(prompt: prompt, generated: hypothesis.tokens, random: random)
    var candidates = own.candidates
    if adaptedScore == .unnormalized {
      let vocabularySize = logits.vocabularySize
      candidates = Candidates(Logits(vocabularySize: vocabularySize, values: own.logProbabilities, areLogProbabilities: true), row: 0)
    }
    try hypothesis.adapters.adapt(&candidates, at: position)
    return TokenScores(own: own, adapted: adaptedRow(candidates, vocabularySize: logits.vocabularySize))
  }

  /// `[vocabulary]`: what candidates add to the sum, −∞ for those that were taken away.
  private func adaptedRow(_ candidates: Candidates, vocabularySize: Int) -> [Float] {
    var row = [Float](repeating: -.infinity, count: vocabularySize)
    let scores = adaptedScore == .normalized ? candidates.logProbabilities : candidates.scores
    for (token, score) in zip(candidates.tokens, scores) { row[token] = Float(score) }
    return row
  }

  /// The best continuations of a hypothesis, and those before them that must not be.
  ///
  /// - Parameter count: how many are wanted.
  func proposals(_ count: Int, after hypothesis: Hypothesis, _ scores: TokenScores) -> Proposals {
    guard let checker = hypothesis.checker else { return Proposals(accepted: scores.best(count).map(scores.proposal)) }
    return scores.proposals(count, checkedBy: checker, isEnd: isEnd)
  }
}

/// The best continuations of a hypothesis.
struct Proposals {
  /// From the best down.
  var accepted: [Proposal]
  /// What the checker refused, as far as it was looked at, from the best down.
  var refused: [(proposal: Proposal, fate: SearchNode.Fate)] = []
  /// The probability of all tokens that the checker does not allow; without a mask, of those that were tried.
  var prunedMass: Double?
}

extension AdapterChain {
  mutating func adapt(_ candidates: inout Candidates, at position: Position) throws {
    for index in adapters.indices { try apply(index, to: &candidates, at: position) }
  }
}
