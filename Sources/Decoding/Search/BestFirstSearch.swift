import LanguageModels

/// A* search for the text with the highest score: always continues the beginning that could still become the best.
struct BestFirstSearch {
  /// A beginning that may still be continued.
  private struct Entry {
    /// No text that begins so has a higher score.
    var bound: Double
    var total: Double
    /// The continued beginning that it adds a token to; −1 for the prompt.
    var parent: Int
    var token: Int32
  }

  /// A beginning that has been continued.
  private struct Expanded {
    var parent: Int
    var token: Int32
    var logProbability: Double
    var length: Int
    var total: Double
    var state: ModelState
  }

  private(set) var metered: MeteredModel
  private let prompt: [Int]
  private let maximumNewTokens: Int
  private let lengthPenalty: LengthPenalty
  /// `[vocabulary]`: an array, because every token of every row asks.
  private let isEnd: [Bool]
  private var best: Continuation
  private var bestScore: Double
  private var expanded: [Expanded] = []
  /// A heap with the highest bound first.
  private var frontier: [Entry] = []
  private var remaining = 0
  /// Entries up to this bound are forgotten: there are enough better ones.
  private var cutoff = -Double.infinity

  /// - Parameter incumbent: a complete text to beat.
  init(model: any LanguageModel, prompt: [Int], maximumNewTokens: Int, lengthPenalty: LengthPenalty, incumbent: Continuation) {
    metered = MeteredModel(model)
    self.prompt = prompt
    self.maximumNewTokens = maximumNewTokens
    self.lengthPenalty = lengthPenalty
    let ends = model.endTokens
    isEnd = (0..<model.vocabulary.count).map(ends.contains)
    best = incumbent
    bestScore = lengthPenalty.score(incumbent.logProbability, length: incumbent.tokens.count)
  }

  /// Searches until the optimum is proven or the budget is spent.
  ///
  /// - Returns: the best complete text, its score, and a score that no text exceeds: its own once it is proven.
  mutating func run(forwardCalls: Int) async throws -> (best: Continuation, score: Double, bound: Double) {
    remaining = forwardCalls - 1
    let start = try await metered.read(prompt)
    expanded.append(Expanded(parent: -1, token: -1, logProbability: 0, length: 0, total: 0, state: start.states[0]))
    try expand(0, start.logits)
    while let next = frontier.first, next.bound > bestScore {
      guard remaining > 0 else { return (best, bestScore, next.bound) }
      remaining -= 1
      removeFirst()
      let parent = expanded[next.parent]
      let output = try await metered.forward([ForwardInput(parent.state, Int(next.token))])
      expanded.append(
        Expanded(
          parent: next.parent, token: next.token, logProbability: next.total - parent.total, length: parent.length + 1, total: next.total,
          state: output.states[0]))
      try expand(expanded.count - 1, output.logits)
    }
    return (best, bestScore, bestScore)
  }

  /// Looks at every token after a beginning: complete texts are compared with the best, the others join the frontier.
  private mutating func expand(_ index: Int, _ logits: Logits) throws {
    let beginning = expanded[index]
    let length = beginning.length + 1
    let next = try NextToken(logits, row: 0, afterTokens: prompt.count + beginning.length)
    let divisor = lengthPenalty.divisor(length: length)
    let kindest = lengthPenalty.kindestDivisor(from: length + 1, to: maximumNewTokens)
    for (token, logProbability) in next.logProbabilities.enumerated() where logProbability > -.infinity {
      let total = beginning.total + Double(logProbability)
      if length == maximumNewTokens || isEnd[token] {
        if total / divisor > bestScore {
          bestScore = total / divisor
          best = continuation(index, token, Double(logProbability))
        }
      } else {
        let bound = total / kindest
        if bound > bestScore, bound > cutoff { insert(Entry(bound: bound, total: total, parent: index, token: Int32(token))) }
      }
    }
    trim()
  }

  private func continuation(_ index: Int, _ token: Int, _ logProbability: Double) -> Continuation {
    var tokens = [token]
    var scores = [logProbability]
    var next = index
    while expanded[next].parent >= 0 {
      tokens.append(Int(expanded[next].token))
      scores.append(expanded[next].logProbability)
      next = expanded[next].parent
    }
    return Continuation(of: metered.model, prompt: prompt, tokens: tokens.reversed(), logProbabilities: scores.reversed())
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
