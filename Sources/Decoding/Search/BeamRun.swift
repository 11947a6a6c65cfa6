import LanguageModels

/// One run of a ``BeamSearch``.
struct BeamRun {
  private let settings: BeamSearch
  private let space: SearchSpace
  private var model: MeteredModel
  private var recorder: SearchRecorder
  /// The unfinished texts, from the best down; row i of the logits belongs to text i.
  private var beam: [Hypothesis] = []
  private var logits = Logits(vocabularySize: 1, values: [])
  /// The finished texts, by their nodes, from the best down; with ``StoppingRule/allEnded`` they stand between the others.
  private var ended: [Int] = []
  /// Of the texts that stay with ``StoppingRule/allEnded``, the order in which they stand.
  private var standing: [Int?] = [nil]
  /// Of the texts that ended, and of those that could not go on, what the checker says of them, by node.
  private var checked: [Int?: CheckedText] = [:]
  /// Texts after which everything that may come next is wrong; nil for the prompt.
  private var dead: [Int?] = []

  init(_ settings: BeamSearch, _ space: SearchSpace, _ request: GenerationRequest) {
    self.settings = settings
    self.space = space
    model = MeteredModel(request.model, adapters: space.adapters)
    recorder = SearchRecorder(space)
  }

  mutating func search() async throws -> Search {
    let start = try await model.read(space.prompt)
    beam = [try space.start(start.states[0])]
    logits = start.logits
    while true {
      let candidates = try await candidates()
      let ranked = recorder.ordered(candidates)
      let kept = settings.stopping == .allEnded ? keepInPlace(ranked) : keepApart(ranked)
      let isLast = recorder.steps.count == space.maximumNewTokens || kept.isEmpty || stops(kept)
      if isLast { break }
      beam = kept
      let output = try await model.forward(beam.map(\.input))
      for index in beam.indices { beam[index].hasRead(output.states[index]) }
      logits = output.logits
    }
    return try recorder.search(
      settings.description, results: results, width: settings.width, model: model, reports: reports(of: results))
  }

  /// What there is to return: complete texts before those that were cut at the maximum length, and dead ends where nothing else is.
  private var results: [Int?] {
    let living = settings.stopping == .allEnded ? standing : ended.map { $0 }
    let ranked = living.filter { !isCutOff($0) } + living.filter(isCutOff)
    if !ranked.isEmpty { return Array(ranked.prefix(settings.texts)) }
    let best = dead.max { score(of: $0) < score(of: $1) }
    return best.map { [$0] } ?? []
  }

  private func score(of node: Int?) -> Double { node.map(key) ?? -.infinity }

  private func isCutOff(_ node: Int?) -> Bool { checked[node]?.verdict == .open }

  private func reports(of nodes: [Int?]) -> [CheckReport?] {
    nodes.map { checked[$0]?.report(isDeadEnd: dead.contains($0)) }
  }
}

extension BeamRun {
  /// How many continuations each text proposes: as many as can be kept.
  ///
  /// Where finished texts leave the beam, enough that k unfinished ones remain whatever ends.
  private var proposals: Int {
    settings.stopping == .allEnded ? settings.width : max(2, 1 + space.model.endTokens.count) * settings.width
  }

  /// The texts that this step chooses among, in the order of their beginnings.
  private mutating func candidates() async throws -> [SearchCandidate] {
    var candidates: [SearchCandidate] = []
    if settings.stopping == .allEnded {
      for node in standing {
        if let row = beam.firstIndex(where: { $0.node == node }) {
          candidates += try propose(after: row)
        } else if let node {
          candidates.append(SearchCandidate(node: node, key: key(of: node)))
        }
      }
    } else {
      for row in beam.indices { candidates += try propose(after: row) }
    }
    if let guide = settings.guide { try await judge(&candidates, by: guide.value, weight: guide.weight) }
    return candidates
  }

  /// The best continuations of a text. A narrow beam also records the next few, so that a reader sees what it did not look at.
  private mutating func propose(after row: Int) throws -> [SearchCandidate] {
    let parent = beam[row].node
    guard let scores = try space.scores(after: &beam[row], logits, row: row) else {
      recordRefused(try NextToken(logits, row: row, afterTokens: 0), after: row)
      if let parent { recorder.set(.deadEnd, of: parent) }
      checked[parent] = beam[row].text
      dead.append(parent)
      return []
    }
    record(scores.refused(proposals), after: row)
    if let parent, beam[row].text != nil { recorder.note(parent) { $0.prunedMass = 1 - scores.keptMass } }
    var candidates: [SearchCandidate] = []
    for (index, proposal) in scores.best(max(proposals, 4)).enumerated() {
      let isProposed = index < proposals
      let node = recorder.add(proposal, after: parent, fate: isProposed ? .kept : .notProposed(rank: index + 1))
      if isProposed { candidates.append(SearchCandidate(node: node, key: recorder.nodes[node].score, beginning: row, proposal: proposal)) }
    }
    return candidates
  }

  /// Writes down the tokens that the checker took from the model's best.
  private mutating func record(_ refused: [Proposal], after row: Int) {
    for proposal in refused {
      _ = recorder.add(proposal, after: beam[row].node, fate: space.isEnd[proposal.token] ? .cannotEnd : .rejected)
    }
  }

  private mutating func recordRefused(_ next: NextToken, after row: Int) {
    record(
      next.mostProbable(proposals).map { Proposal(token: $0.token, logProbability: $0.logProbability, adapted: $0.logProbability) },
      after: row)
    if let node = beam[row].node { recorder.note(node) { $0.prunedMass = 1 } }
  }

  private func key(of node: Int) -> Double { recorder.nodes[node].key ?? recorder.nodes[node].score }

  private mutating func judge(_ candidates: inout [SearchCandidate], by value: ValueFunction, weight: Double) async throws {
    for index in candidates.indices where candidates[index].beginning != nil {
      let node = recorder.nodes[candidates[index].node]
      let tokens = beam[candidates[index].beginning!].tokens + node.tokens
      let judged = try await value(
        PartialText(
          prompt: space.prompt, tokens: tokens, logProbability: node.total, isFinished: node.isFinished, vocabulary: space.model.vocabulary)
      )
      model.verify()
      candidates[index].key = node.score + weight * judged
      recorder.note(candidates[index].node) { node in
        node.value = judged
        node.key = candidates[index].key
      }
    }
  }
}

extension BeamRun {
  /// Keeps the k best, finished or not; returns the unfinished ones.
  private mutating func keepInPlace(_ ranked: [SearchCandidate]) -> [Hypothesis] {
    let kept = Array(ranked.prefix(settings.width))
    drop(ranked.dropFirst(settings.width), ranked)
    recorder.close(step: ranked, kept: Set(kept.map(\.node)))
    standing = kept.map(\.node)
    let isLast = recorder.steps.count == space.maximumNewTokens
    return kept.compactMap { candidate in
      guard let next = continued(candidate) else { return nil }
      return hasEnded(next, isLast: isLast) ? nil : next
    }
  }

  /// Whether a kept text goes no further; remembers what its checker says.
  private mutating func hasEnded(_ text: Hypothesis, isLast: Bool) -> Bool {
    let node = text.node!
    if text.text?.isClosed == true { recorder.note(node) { $0.isFinished = true } }
    guard isLast || recorder.nodes[node].isFinished else { return false }
    if let checkedText = text.text { checked[node] = checkedText }
    return true
  }

  /// Takes finished texts out, as far as they are among the k best, and keeps the k best unfinished ones.
  private mutating func keepApart(_ ranked: [SearchCandidate]) -> [Hypothesis] {
    let isLast = recorder.steps.count + 1 == space.maximumNewTokens
    var open: [Hypothesis] = []
    var kept: Set<Int> = []
    var outranked: [SearchCandidate] = []
    for (index, candidate) in ranked.enumerated() {
      guard index < proposals else {
        outranked.append(candidate)
        continue
      }
      let next = continued(candidate)!
      if hasEnded(next, isLast: isLast) {
        if index < settings.width {
          ended.append(candidate.node)
          kept.insert(candidate.node)
        } else {
          recorder.set(.endedTooLow(step: recorder.steps.count + 1, rank: index + 1), of: candidate.node)
        }
      } else if open.count < settings.width {
        open.append(next)
        kept.insert(candidate.node)
      } else {
        outranked.append(candidate)
      }
    }
    drop(outranked[...], ranked)
    kept.subtract(rankEnded())
    recorder.close(step: ranked, kept: kept)
    return open
  }

  /// Of the finished texts the k best stay, those that ended first before others with the same score; returns the others.
  private mutating func rankEnded() -> ArraySlice<Int> {
    let order = ended.indices.sorted { left, right in
      let (first, second) = (ended[left], ended[right])
      if isCutOff(first) != isCutOff(second) { return isCutOff(second) }
      return (key(of: second), left) < (key(of: first), right)
    }.map { ended[$0] }
    for (index, node) in order.enumerated() where index >= settings.width {
      recorder.set(.outranked(step: recorder.steps.count + 1, rank: index + 1, candidates: order.count), of: node)
    }
    ended = Array(order.prefix(settings.width))
    return order.dropFirst(settings.width)
  }

  private func continued(_ candidate: SearchCandidate) -> Hypothesis? {
    guard let beginning = candidate.beginning, let proposal = candidate.proposal else { return nil }
    return beam[beginning].continued(by: proposal, at: candidate.node)
  }

  /// Writes down why candidates were dropped: by rank, or because of a value.
  private mutating func drop(_ dropped: ArraySlice<SearchCandidate>, _ ranked: [SearchCandidate]) {
    guard !dropped.isEmpty else { return }
    let step = recorder.steps.count + 1
    var wouldStay: Set<Int> = []
    if settings.guide != nil {
      let byScore = ranked.map { SearchCandidate(node: $0.node, key: recorder.nodes[$0.node].score) }
      wouldStay = Set(recorder.ordered(byScore).prefix(settings.width).map(\.node))
    }
    var ranks: [Int: Int] = [:]
    for (index, candidate) in ranked.enumerated() { ranks[candidate.node] = index + 1 }
    for candidate in dropped {
      let rank = ranks[candidate.node]!
      let fate: SearchNode.Fate =
        wouldStay.contains(candidate.node)
        ? .undervalued(step: step, rank: rank, candidates: ranked.count)
        : .outranked(step: step, rank: rank, candidates: ranked.count)
      recorder.set(fate, of: candidate.node)
    }
  }

  /// Whether the search is over though texts are unfinished; says so at their nodes.
  private mutating func stops(_ open: [Hypothesis]) -> Bool {
    guard settings.stopping != .allEnded, ended.count == settings.width else { return false }
    if settings.stopping == .firstEnded {
      for text in open { recorder.set(.unfinished, of: text.node!) }
      return true
    }
    let length = recorder.steps.count
    let divisor =
      settings.stopping == .heuristic
      ? space.lengthPenalty.divisor(length: length)
      : space.lengthPenalty.kindestDivisor(from: length, to: space.maximumNewTokens)
    let reachable = open.map { $0.adaptedTotal / divisor }
    let needed = key(of: ended.last!)
    guard reachable.allSatisfy({ $0 <= needed }) else { return false }
    for (text, reachable) in zip(open, reachable) { recorder.set(.bounded(reachable: reachable, needed: needed), of: text.node!) }
    return true
  }
}
