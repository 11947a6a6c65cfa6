import LanguageModels

/// Keeps the k best texts at every step.
///
/// ```swift
/// let search = try await model.generate("The king", using: BeamSearch(width: 4, maximumNewTokens: 8))
/// ```
/// Each of the k texts proposes its k most probable tokens; of the at most k² candidates the k best stay. Ties go to the higher score,
/// then to the lower token number, then to the text whose beginning ranked higher. A text that has ended is a candidate like
/// the others and proposes nothing; the search ends when all k have ended, or at the maximum length. The first of the k is the
/// result. The search is kept as a value, see ``Search``.
///
/// With width 1 this is ``Greedy``; with a width of at least M^(T−1), for M words and length T, it is ``Exhaustive``.
///
/// Complexity: T steps; each advances at most k texts in one batch, selects k of M tokens k times, and sorts k².
///
/// Source: the pseudo-code of the course; Meister, Vieira and Cotterell 2020, «Best-first beam search», algorithm 1.
public struct BeamSearch: DeterministicStrategy, Equatable {
  /// k: how many texts are kept.
  public let width: Int
  /// T: where a text ends if no end token came before.
  public let maximumNewTokens: Int
  /// How texts of different lengths are compared.
  public let lengthPenalty: LengthPenalty

  /// - Parameters:
  ///   - width: at least 1.
  ///   - maximumNewTokens: at least 1.
  public init(width: Int, maximumNewTokens: Int = 20, lengthPenalty: LengthPenalty = .sum) {
    require(width >= 1, BeamSearch.refusal(width: width))
    require(maximumNewTokens >= 1, "BeamSearch(maximumNewTokens: \(maximumNewTokens)): at least 1 token is written.")
    require(lengthPenalty.refusal == nil, lengthPenalty.refusal ?? "")
    self.width = width
    self.maximumNewTokens = maximumNewTokens
    self.lengthPenalty = lengthPenalty
  }

  static func refusal(width: Int) -> String { "BeamSearch(width: \(width)): at least 1 text is kept at every step." }

  public func generate(_ request: GenerationRequest) async throws -> Search {
    var model = MeteredModel(request.model)
    var recorder = SearchRecorder(request, lengthPenalty: lengthPenalty)
    var output = try await model.read(request.prompt)
    // The texts in the beam, from the best down; an unfinished one has a row of logits and a state.
    var beam: [(node: Int?, row: Int?)] = [(nil, 0)]
    for _ in 0..<maximumNewTokens {
      var candidates: [Int] = []
      var carried: Set<Int> = []
      for text in beam {
        if let row = text.row {
          candidates += try propose(after: text.node, output.logits, row: row, to: &recorder)
        } else if let node = text.node {
          candidates.append(node)
          carried.insert(node)
        }
      }
      let states = beam.map { $0.row.map { output.states[$0] } }
      let beginnings = Dictionary(uniqueKeysWithValues: zip(beam.map(\.node), states))
      let kept = recorder.rank(candidates, carried: carried, keeping: width)
      let open = kept.filter { !recorder.nodes[$0].isFinished }
      beam = kept.map { node in (node, open.firstIndex(of: node)) }
      if open.isEmpty || recorder.steps.count == maximumNewTokens { break }
      output = try await model.forward(open.map { ForwardInput(beginnings[recorder.nodes[$0].parent]!!, recorder.nodes[$0].token) })
    }
    return recorder.search(
      description, results: beam.compactMap(\.node), maximumNewTokens: maximumNewTokens, width: width, model: model)
  }

  /// The nodes of the best continuations of a text. A narrow beam also records the next few, so that a reader sees what it did
  /// not look at.
  private func propose(after node: Int?, _ logits: Logits, row: Int, to recorder: inout SearchRecorder) throws -> [Int] {
    let length = recorder.prompt.count + (node.map { recorder.nodes[$0].step } ?? 0)
    let next = try NextToken(logits, row: row, afterTokens: length)
    var proposed: [Int] = []
    for (index, (token, logProbability)) in next.mostProbable(max(width, 4)).enumerated() {
      let isProposed = index < width
      let fate = isProposed ? SearchNode.Fate.kept : .notProposed(rank: index + 1)
      let place = recorder.add(token, logProbability: logProbability, after: node, fate: fate)
      if isProposed { proposed.append(place) }
    }
    return proposed
  }

  public var description: String {
    "BeamSearch, width \(width)" + (lengthPenalty == .sum ? "" : ", \(lengthPenalty)")
  }
}
