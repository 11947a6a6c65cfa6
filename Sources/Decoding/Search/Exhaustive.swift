import LanguageModels

/// Looks at every text: finds the optimum for sure, at a cost that grows as M^T.
///
/// ```swift
/// try await decoder.generate(using: Exhaustive(maximumNewTokens: 3)).best
/// ```
/// For small vocabularies and short texts. Of texts with the same score the one is the result that a beam search would rank higher.
///
/// Complexity: for M words and length T, 1 + M + … + M^(T−1) forward calls in T batches.
public struct Exhaustive: DeterministicStrategy, Equatable {
  public let maximumNewTokens: Int
  public let lengthPenalty: LengthPenalty
  /// The most texts that are looked at.
  static let limit = 100_000

  /// - Parameter maximumNewTokens: at least 1.
  public init(maximumNewTokens: Int, lengthPenalty: LengthPenalty = .sum) {
    require(maximumNewTokens >= 1, "Exhaustive(maximumNewTokens: \(maximumNewTokens)): at least 1 token is written.")
    require(lengthPenalty.refusal == nil, lengthPenalty.refusal ?? "")
    self.maximumNewTokens = maximumNewTokens
    self.lengthPenalty = lengthPenalty
  }

  /// - Throws: ``DecodingError/tooManySequences(vocabularySize:length:limit:)`` when there are more than 100,000 texts.
  public func generate(_ request: GenerationRequest) async throws -> Search {
    var model = MeteredModel(request.model)
    var recorder = SearchRecorder(SearchSpace(request, maximumNewTokens: maximumNewTokens, lengthPenalty: lengthPenalty))
    var output = try await model.read(request.prompt)
    var open: [Int?] = [nil]
    var complete: [Int] = []
    for step in 1...maximumNewTokens {
      var longer: [Int?] = []
      var states: [ModelState] = []
      for (row, node) in open.enumerated() {
        let own = try NextToken(output.logits, row: row, afterTokens: request.prompt.count + step - 1)
        for (token, score) in own.logProbabilities.enumerated() where score > -.infinity {
          let next = recorder.add(Proposal(token: token, logProbability: Double(score), adapted: Double(score)), after: node)
          if recorder.nodes[next].isFinished || step == maximumNewTokens {
            complete.append(next)
          } else {
            longer.append(next)
            states.append(output.states[row])
          }
        }
        if complete.count + longer.count > Self.limit {
          throw DecodingError.tooManySequences(vocabularySize: model.vocabularySize, length: maximumNewTokens, limit: Self.limit)
        }
      }
      open = longer
      if open.isEmpty { break }
      output = try await model.forward(zip(open, states).map { ForwardInput($1, recorder.nodes[$0!].token) })
    }
    let ranked = recorder.ordered(complete.map { SearchCandidate(node: $0, key: recorder.nodes[$0].score, beginning: 0) })
    recorder.close(step: [ranked], kept: Set(complete))
    return try recorder.search(
      description, results: ranked.map(\.node), width: nil, model: model,
      settings: BeamSearch(width: 1, maximumNewTokens: maximumNewTokens, lengthPenalty: lengthPenalty), bound: ranked.first?.key)
  }

  public var description: String { "Exhaustive" + (lengthPenalty == .sum ? "" : ", \(lengthPenalty)") }
}
