import LanguageModels

/// Builds a ``Search`` while a strategy runs.
struct SearchRecorder {
  let model: any LanguageModel
  let prompt: [Int]
  let lengthPenalty: LengthPenalty
  private(set) var nodes: [SearchNode] = []
  private(set) var steps: [SearchStep] = []

  init(_ request: GenerationRequest, lengthPenalty: LengthPenalty) {
    model = request.model
    prompt = request.prompt
    self.lengthPenalty = lengthPenalty
  }

  /// Adds the continuation of a node, or of the prompt, by a token; returns its place.
  mutating func add(_ token: Int, logProbability: Double, after parent: Int?, fate: SearchNode.Fate = .kept) -> Int {
    let step = parent.map { nodes[$0].step + 1 } ?? 1
    let total = (parent.map { nodes[$0].total } ?? 0) + logProbability
    nodes.append(
      SearchNode(
        parent: parent, step: step, token: token, logProbability: logProbability, total: total,
        score: lengthPenalty.score(total, length: step), isFinished: model.endTokens.contains(token), fate: fate))
    return nodes.count - 1
  }

  /// Ranks the candidates of a step and keeps the best.
  ///
  /// - Parameters:
  ///   - candidates: nodes, in the order of the ranks of the texts that they continue: the last rule for ties.
  ///   - carried: those of them that were finished before the step.
  /// - Returns: the nodes that were kept, from the best down.
  mutating func rank(_ candidates: [Int], carried: Set<Int>, keeping width: Int) -> [Int] {
    let step = steps.count + 1
    let order = candidates.indices.sorted { left, right in
      let (first, second) = (nodes[candidates[left]], nodes[candidates[right]])
      return (second.score, first.token, left) < (first.score, second.token, right)
    }.map { candidates[$0] }
    for (index, node) in order.enumerated() where index >= width {
      nodes[node].fate = .outranked(step: step, rank: index + 1, candidates: order.count)
    }
    steps.append(
      SearchStep(
        number: step,
        candidates: order.enumerated().map { index, node in
          SearchStep.Candidate(node: node, rank: index + 1, isKept: index < width, isCarried: carried.contains(node))
        }))
    return Array(order.prefix(width))
  }

  /// The search, with the nodes that were kept to the end.
  func search(
    _ strategy: String, results: [Int], maximumNewTokens: Int, width: Int?, model metered: MeteredModel
  ) -> Search {
    var metered = metered
    let continuations = results.map(continuation)
    metered.write(continuations)
    return Search(
      strategy: strategy, nodes: nodes, steps: steps, continuations: continuations, ledger: metered.ledger, lengthPenalty: lengthPenalty,
      maximumNewTokens: maximumNewTokens, width: width, model: model, prompt: prompt)
  }

  private func continuation(to node: Int) -> Continuation {
    var tokens: [Int] = []
    var scores: [Double] = []
    var next: Int? = node
    while let index = next {
      tokens.append(nodes[index].token)
      scores.append(nodes[index].logProbability)
      next = nodes[index].parent
    }
    return Continuation(of: model, prompt: prompt, tokens: tokens.reversed(), logProbabilities: scores.reversed())
  }
}
