internal import Glibc
import LanguageModels

/// One run of a ``MonteCarloTreeSearch``.
struct TreeSearchRun {
  private struct Node {
    var parent: Int?
    /// Its place in the record; nil for the prompt.
    var place: Int?
    var text: Hypothesis
    var prior: Double
    var isFinished = false
    var isDead = false
    var read: ReadText?
    var children: [Int]?
    var visits = 0
    var sum = 0.0
  }

  private let strategy: MonteCarloTreeSearch
  private var search: StepSearch
  private var nodes: [Node] = []
  private var lowest = Double.infinity
  private var highest = -Double.infinity
  /// Complete texts by their places in the record.
  private var complete: [Int] = []
  private var seen: Set<[Int]> = []

  init(_ strategy: MonteCarloTreeSearch, _ request: GenerationRequest, sample: Int) {
    self.strategy = strategy
    search = strategy.settings.start(request, sample: sample)
  }

  mutating func search(seed: UInt64) async throws -> Search {
    let start = try await search.start()
    nodes = [Node(text: start.hypothesis, prior: 1, read: start)]
    try await expand(0)
    for _ in 0..<strategy.simulations {
      let leaf = try await select()
      if let value = try await evaluate(leaf) { backUp(value, from: leaf) } else { bury(leaf) }
      if nodes[0].isDead { break }
    }
    for node in nodes {
      guard let place = node.place else { continue }
      let mean = node.visits > 0 ? node.sum / Double(node.visits) : nil
      let wasVisited = node.visits > 0
      search.recorder.note(place) { record in
        record.visits = node.visits
        record.value = mean
        if !wasVisited, record.fate == .kept { record.fate = .unvisited }
      }
    }
    let record = search.recorder.nodes
    let results = complete.indices.sorted { left, right in
      let (first, second) = (record[complete[left]], record[complete[right]])
      return (second.value ?? 0, second.total, left) < (first.value ?? 0, first.total, right)
    }.map { complete[$0] }
    return try search.search(strategy.description, results: Array(results.prefix(16)), width: nil, seed: seed)
  }

  /// Goes down to a leaf; one that was visited before gets children first.
  private mutating func select() async throws -> Int {
    var node = 0
    while true {
      if nodes[node].isFinished { return node }
      if nodes[node].children == nil {
        if nodes[node].visits == 0 { return node }
        try await expand(node)
      }
      guard let next = best(childOf: node) else { return node }
      node = next
    }
  }

  private func best(childOf parent: Int) -> Int? {
    let living = (nodes[parent].children ?? []).filter { !nodes[$0].isDead }
    // Of equal bounds the first child counts: the most probable one.
    return living.indices.max { (bound(living[$0], parent), -$0) < (bound(living[$1], parent), -$1) }.map { living[$0] }
  }

  private func bound(_ child: Int, _ parent: Int) -> Double {
    let (visits, total) = (Double(nodes[child].visits), Double(max(1, nodes[parent].visits)))
    let mean = visits > 0 ? scaled(nodes[child].sum / visits) : nil
    switch strategy.selection {
    case .uct(let exploration):
      guard let mean else { return .infinity }
      return mean + exploration * (log(total) / visits).squareRoot()
    case .puct(let exploration):
      let known = mean ?? (nodes[parent].visits > 0 ? scaled(nodes[parent].sum / total) : 0)
      return known + exploration * nodes[child].prior * total.squareRoot() / (1 + visits)
    }
  }

  private func scaled(_ value: Double) -> Double { highest > lowest ? (value - lowest) / (highest - lowest) : 0.5 }

  /// Gives a node its children.
  private mutating func expand(_ node: Int) async throws {
    let read = try await read(node)
    var steps: [(step: DrawnStep, prior: Double)] = []
    if strategy.settings.unit == .tokens(1) {
      steps = try tokens(after: read)
    } else {
      var counts: [[Int]: Int] = [:]
      let drawn = try await search.sampler.draw(after: Array(repeating: read, count: strategy.branching), by: &search.model)
      for step in drawn where !step.proposals.isEmpty { counts[step.proposals.map(\.token), default: 0] += 1 }
      for step in drawn {
        guard let count = counts.removeValue(forKey: step.proposals.map(\.token)) else { continue }
        steps.append((step, Double(count) / Double(strategy.branching)))
      }
    }
    nodes[node].children = steps.map { step, prior in
      let place = search.record(step, after: nodes[node].place)
      nodes.append(
        Node(parent: node, place: place, text: step.hypothesis, prior: prior, isFinished: step.isFinished, isDead: step.isDeadEnd))
      nodes[nodes.count - 1].text.node = place
      return nodes.count - 1
    }
    if steps.allSatisfy(\.step.isDeadEnd) { bury(node) }
  }

  /// The most probable tokens, with their probabilities among themselves.
  private func tokens(after read: ReadText) throws -> [(step: DrawnStep, prior: Double)] {
    var text = read.hypothesis
    guard let scores = try search.space.scores(after: &text, read.logits, row: 0) else { return [] }
    let best = scores.best(strategy.branching)
    let sum = best.reduce(0) { $0 + exp($1.adapted) }
    return best.map { proposal in
      let next = text.continued(by: proposal, at: nil)
      let isFinished = search.space.finishes(proposal.token, length: next.tokens.count) || next.text?.isClosed ?? false
      return (DrawnStep(proposals: [proposal], hypothesis: next, isFinished: isFinished), exp(proposal.adapted) / sum)
    }
  }

  private mutating func read(_ node: Int) async throws -> ReadText {
    if let read = nodes[node].read { return read }
    let read = try await search.sampler.read([nodes[node].text], by: &search.model)[0]
    nodes[node].read = read
    return read
  }

  /// The value of a leaf; nil where everything after it is wrong.
  private mutating func evaluate(_ leaf: Int) async throws -> Double? {
    if nodes[leaf].isDead { return nil }
    if nodes[leaf].isFinished { return try await complete(nodes[leaf].text, at: nodes[leaf].place!) }
    if strategy.evaluation == .value { return try await search.judge(nodes[leaf].text, node: nodes[leaf].place, isFinished: false) }
    let read = try await read(leaf)
    let end = try await search.sampler.draw(after: [read], by: &search.model, toTheEnd: true)[0]
    if end.proposals.isEmpty { return nil }
    let place = search.record(end, after: nodes[leaf].place, fate: .rollout)
    if end.isDeadEnd { return lowest.isFinite ? lowest : 0 }
    return try await complete(end.hypothesis, at: place)
  }

  private mutating func complete(_ text: Hypothesis, at place: Int) async throws -> Double {
    let value = try await search.judge(text, node: place, isFinished: true)
    search.recorder.note(place) { $0.value = value }
    if seen.insert(text.tokens).inserted { complete.append(place) }
    return value
  }

  private mutating func backUp(_ value: Double, from leaf: Int) {
    lowest = min(lowest, value)
    highest = max(highest, value)
    var next: Int? = leaf
    while let node = next {
      nodes[node].visits += 1
      nodes[node].sum += value
      next = nodes[node].parent
    }
  }

  /// Takes a node out of the search, and every node above it that has nothing else.
  private mutating func bury(_ node: Int) {
    nodes[node].isDead = true
    if let place = nodes[node].place { search.recorder.set(.deadEnd, of: place) }
    guard let parent = nodes[node].parent, nodes[parent].children?.allSatisfy({ nodes[$0].isDead }) == true else { return }
    bury(parent)
  }
}
