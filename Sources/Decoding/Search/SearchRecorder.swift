import LanguageModels

/// A text that a search chooses among at one step.
struct SearchCandidate {
  /// Its place in the record.
  var node: Int
  /// What it is ranked by.
  var key: Double
  /// The hypothesis that it continues; nil for a text that had ended before and keeps its place.
  var beginning: Int?
  var proposal: Proposal?
}

/// Builds a ``Search`` while a strategy runs.
struct SearchRecorder {
  let space: SearchSpace
  private(set) var nodes: [SearchNode] = []
  private(set) var steps: [SearchStep] = []

  init(_ space: SearchSpace) { self.space = space }

  /// Adds the continuation of a node, or of the prompt, by a token; returns its place.
  mutating func add(_ proposal: Proposal, after parent: Int?, fate: SearchNode.Fate = .kept) -> Int {
    let scored = ScoredToken(token: proposal.token, logProbability: proposal.logProbability, adapted: proposal.adapted)
    return add([scored], after: parent, fate: fate)
  }

  /// Adds a step of several tokens, at least one.
  mutating func add(_ tokens: [ScoredToken], after parent: Int?, fate: SearchNode.Fate = .kept) -> Int {
    let before = parent.map { nodes[$0] }
    let length = (before?.length ?? 0) + tokens.count
    let logProbability = tokens.reduce(0) { $0 + $1.logProbability }
    let adaptedTotal = (before?.adaptedTotal ?? 0) + tokens.reduce(0) { $0 + $1.adapted }
    nodes.append(
      SearchNode(
        parent: parent, step: (before?.step ?? 0) + 1, length: length, rest: tokens.count > 1 ? Array(tokens[1...]) : [], first: tokens[0],
        logProbability: logProbability, total: (before?.total ?? 0) + logProbability, adaptedTotal: adaptedTotal,
        score: space.lengthPenalty.score(adaptedTotal, length: length), isFinished: space.isEnd[tokens[tokens.count - 1].token], fate: fate)
    )
    return nodes.count - 1
  }

  /// Changes what is known of a node.
  mutating func note(_ node: Int, _ change: (inout SearchNode) -> Void) { change(&nodes[node]) }

  mutating func set(_ fate: SearchNode.Fate, of node: Int) { nodes[node].fate = fate }

  /// Candidates from the best down.
  ///
  /// - Parameter candidates: in the order of the ranks of the texts that they continue: the last rule for ties.
  func ordered(_ candidates: [SearchCandidate]) -> [SearchCandidate] {
    candidates.indices.sorted { left, right in
      let (first, second) = (candidates[left], candidates[right])
      return (second.key, nodes[first.node].token, left) < (first.key, nodes[second.node].token, right)
    }.map { candidates[$0] }
  }

  /// Writes down a step.
  ///
  /// - Parameters:
  ///   - ranked: the candidates of each group, from the best down.
  ///   - kept: the nodes of those that stay.
  mutating func close(step ranked: [[SearchCandidate]], kept: Set<Int>) {
    let candidates = ranked.flatMap { group in
      group.enumerated().map { index, candidate in
        SearchStep.Candidate(
          node: candidate.node, rank: index + 1, isKept: kept.contains(candidate.node), isCarried: candidate.beginning == nil)
      }
    }
    steps.append(SearchStep(number: steps.count + 1, candidates: candidates))
  }

  /// The search, with its results from the best down.
  ///
  /// - Parameters:
  ///   - results: nodes; nil is the empty text, where the prompt is a dead end.
  ///   - reports: what the checker says of each; empty without one.
  ///   - earlier: what was spent before the meter was set up.
  ///   - settings: a beam search of the same space; nil where its score has no bound.
  ///   - bound: a score that no text exceeds.
  func search(
    _ strategy: String, results: [Int?], width: Int?, seed: UInt64? = nil, model metered: MeteredModel, reports: [CheckReport?] = [],
    earlier: Ledger = Ledger(), settings: BeamSearch? = nil, bound: Double? = nil
  ) throws -> Search {
    var metered = metered
    let continuations = results.enumerated().map { index, node in
      continuation(to: node, index < reports.count ? reports[index] : nil)
    }
    metered.write(continuations)
    return Search(
      strategy: strategy, nodes: nodes, steps: steps, results: results.compactMap { $0 }, continuations: continuations,
      ledger: earlier + metered.ledger, seed: seed, width: width, bound: bound, space: space, settings: settings)
  }

  private func continuation(to node: Int?, _ report: CheckReport?) -> Continuation {
    var tokens: [ScoredToken] = []
    var next = node
    while let index = next {
      tokens += nodes[index].scoredTokens.reversed()
      next = nodes[index].parent
    }
    tokens.reverse()
    return Continuation(
      of: space.model, prompt: space.prompt, tokens: tokens.map(\.token), logProbabilities: tokens.map(\.logProbability),
      adaptedLogProbabilities: space.adapters.isEmpty ? nil : tokens.map(\.adapted), isFinished: node.map { nodes[$0].isFinished },
      check: report)
  }
}
