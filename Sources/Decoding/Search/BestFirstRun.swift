import LanguageModels

/// A* search for the text with the highest score: always continues the beginning that could still become the best.
struct BestFirstRun {
  /// A beginning that may still be continued.
  private struct Entry {
    /// No text that begins so has a higher score.
    var bound: Double
    /// The continued beginning that it adds a token to.
    var parent: Int
    var token: Int32
    /// What the token adds to the sum.
    var adapted: Float
  }

  /// A beginning that has been continued: its text, and the scores of its tokens.
  private struct Expanded {
    var parent: Int
    var text: Hypothesis
    var scores: TokenScores?
  }

  private(set) var metered: MeteredModel
  private let space: SearchSpace
  private var expanded: [Expanded] = []
  /// A heap with the highest bound first.
  private var frontier: [Entry] = []
  private var remaining = 0
  /// Entries up to this bound are forgotten: there are enough better ones.
  private var cutoff = -Double.infinity
  private var bestScore: Double
  /// The best text that was found: the beginning, and its last token; nil while none is better than the incumbent.
  private var best: (parent: Int, proposal: Proposal?)?
  /// What was continued, and what was left, for a reader; nil where nobody reads.
  private(set) var recorder: SearchRecorder?

  /// - Parameters:
  ///   - incumbent: the score of a complete text to beat.
  ///   - recorder: where to write the nodes down.
  init(_ space: SearchSpace, incumbent: Double, recorder: SearchRecorder? = nil) {
    self.space = space
    self.recorder = recorder
    metered = MeteredModel(space.model, adapters: space.adapters)
    bestScore = incumbent
  }

  /// Searches until the optimum is proven or the budget is spent.
  ///
  /// - Returns: the score of the best complete text, and a score that no text exceeds: the same once it is proven.
  mutating func run(forwardCalls: Int) async throws -> (score: Double, bound: Double) {
    remaining = forwardCalls - 1
    let start = try await metered.read(space.prompt)
    try expand(try space.start(start.states[0]), parent: -1, start.logits)
    while let next = frontier.first, next.bound > bestScore {
      guard remaining > 0 else { return (bestScore, next.bound) }
      remaining -= 1
      removeFirst()
      var text = continued(next)
      if text.text?.isClosed == true {
        let score = space.lengthPenalty.score(text.adaptedTotal, length: text.tokens.count)
        if score > bestScore {
          expanded.append(Expanded(parent: next.parent, text: text, scores: nil))
          (bestScore, best) = (score, (expanded.count - 1, nil))
        }
        continue
      }
      let output = try await metered.forward([text.input])
      text.hasRead(output.states[0])
      try expand(text, parent: next.parent, output.logits)
    }
    return (bestScore, bestScore)
  }

  /// The best text that was found, where it is better than the incumbent.
  var found: Continuation? {
    guard let best else { return nil }
    var text = expanded[best.parent].text
    var proposals = best.proposal.map { [$0] } ?? []
    if let proposal = best.proposal { text.accept(proposal, at: nil) }
    var next = best.parent
    while next >= 0, expanded[next].parent >= 0 {
      proposals.append(expanded[expanded[next].parent].scores!.proposal(expanded[next].text.tokens.last!))
      next = expanded[next].parent
    }
    proposals.reverse()
    return Continuation(
      of: space.model, prompt: space.prompt, tokens: proposals.map(\.token), logProbabilities: proposals.map(\.logProbability),
      adaptedLogProbabilities: space.adapters.isEmpty ? nil : proposals.map(\.adapted), check: text.text?.report())
  }

  /// The node of the best text that was found, written down.
  mutating func recordFound() -> Int? {
    guard let best else { return nil }
    guard let proposal = best.proposal else { return expanded[best.parent].text.node }
    return recorder?.add(proposal, after: expanded[best.parent].text.node)
  }

  /// Writes down the beginnings with the highest bounds that were left.
  mutating func recordFrontier(_ count: Int) {
    for entry in frontier.sorted(by: Self.isBefore).prefix(count) {
      let proposal = expanded[entry.parent].scores!.proposal(Int(entry.token))
      let fate = entry.bound > bestScore ? SearchNode.Fate.unfinished : .bounded(reachable: entry.bound, needed: bestScore)
      _ = recorder?.add(proposal, after: expanded[entry.parent].text.node, fate: fate)
    }
  }

  private mutating func continued(_ entry: Entry) -> Hypothesis {
    let proposal = expanded[entry.parent].scores!.proposal(Int(entry.token))
    let node = recorder?.add(proposal, after: expanded[entry.parent].text.node)
    return expanded[entry.parent].text.continued(by: proposal, at: node)
  }

  /// Looks at every token after a beginning: complete texts are compared with the best, the others join the frontier.
  private mutating func expand(_ beginning: Hypothesis, parent: Int, _ logits: Logits) throws {
    var text = beginning
    guard let scores = try space.scores(after: &text, logits, row: 0) else {
      if let node = text.node { recorder?.set(.deadEnd, of: node) }
      return
    }
    expanded.append(Expanded(parent: parent, text: text, scores: scores))
    let index = expanded.count - 1
    let length = text.tokens.count + 1
    let divisor = space.lengthPenalty.divisor(length: length)
    // A checker may end a text where it stands.
    let kindest = space.lengthPenalty.kindestDivisor(from: text.text == nil ? length + 1 : length, to: space.maximumNewTokens)
    for (token, score) in scores.all.enumerated() where score > -.infinity {
      let total = text.adaptedTotal + Double(score)
      if space.finishes(token, length: length) {
        if total / divisor > bestScore, isComplete(text, scores.proposal(token)) {
          (bestScore, best) = (total / divisor, (index, scores.proposal(token)))
        }
      } else {
        let bound = total / kindest
        if bound > bestScore, bound > cutoff { insert(Entry(bound: bound, parent: index, token: Int32(token), adapted: score)) }
      }
    }
    trim()
  }

  private func isComplete(_ text: Hypothesis, _ proposal: Proposal) -> Bool {
    guard text.text != nil, !space.isEnd[proposal.token] else { return true }
    return text.continued(by: proposal, at: nil).text?.verdict == .complete
  }

  /// Forgets what the budget can never reach: of the frontier, no more entries can be continued than calls remain, and one more
  /// is enough to say the bound.
  private mutating func trim() {
    guard frontier.count > 2 * remaining + 4_096 else { return }
    frontier.sort(by: Self.isBefore)
    // A sorted array is a heap.
    frontier.removeLast(frontier.count - (remaining + 1))
    cutoff = frontier[remaining].bound
  }

  /// The order of the frontier: by bound, then by what was found first, then by token, so that the same search is always the same.
  private static func isBefore(_ left: Entry, _ right: Entry) -> Bool {
    (right.bound, left.parent, left.token) < (left.bound, right.parent, right.token)
  }

  private mutating func insert(_ entry: Entry) {
    frontier.append(entry)
    var child = frontier.count - 1
    while child > 0, Self.isBefore(frontier[child], frontier[(child - 1) / 2]) {
      frontier.swapAt(child, (child - 1) / 2)
      child = (child - 1) / 2
    }
  }

  private mutating func removeFirst() {
    frontier.swapAt(0, frontier.count - 1)
    frontier.removeLast()
    var parent = 0
    while true {
      var first = parent
      for child in [2 * parent + 1, 2 * parent + 2] where child < frontier.count && Self.isBefore(frontier[child], frontier[first]) {
        first = child
      }
      if first == parent { return }
      frontier.swapAt(parent, first)
      parent = first
    }
  }
}
