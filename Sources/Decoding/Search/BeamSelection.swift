extension BeamRun {
  /// Keeps the k best, finished or not; returns the unfinished ones, and the nodes of all that are kept.
  mutating func keepInPlace(_ ranked: [SearchCandidate], in group: Int) -> (open: [Hypothesis], kept: Set<Int>) {
    let kept = Array(ranked.prefix(settings.width))
    drop(ranked.dropFirst(settings.width), ranked, in: group)
    groups[group].standing = kept.map(\.node)
    let isLast = recorder.steps.count + 1 == space.maximumNewTokens
    let open = kept.compactMap { candidate -> Hypothesis? in
      guard let next = continued(candidate, in: group) else { return nil }
      return hasEnded(next, isLast: isLast) ? nil : next
    }
    return (open, Set(kept.map(\.node)))
  }

  /// Takes finished texts out, as far as they are among the k best, and keeps the k best unfinished ones.
  mutating func keepApart(_ ranked: [SearchCandidate], in group: Int) -> (open: [Hypothesis], kept: Set<Int>) {
    let isLast = recorder.steps.count + 1 == space.maximumNewTokens
    var open: [(text: Hypothesis, place: Int)] = []
    var kept: Set<Int> = []
    for (index, candidate) in ranked.enumerated() where index < proposals {
      let next = continued(candidate, in: group)!
      if !hasEnded(next, isLast: isLast) {
        open.append((next, index))
      } else if index < settings.width {
        groups[group].ended.append(candidate.node)
        kept.insert(candidate.node)
      } else {
        recorder.set(.endedTooLow(step: recorder.steps.count + 1, rank: index + 1), of: candidate.node)
      }
    }
    // Where chance ranks the candidates, the sums still say which go on.
    if variant.chance != nil { open.sort { ($1.text.adaptedTotal, $0.place) < ($0.text.adaptedTotal, $1.place) } }
    let staying = open.prefix(settings.width)
    kept.formUnion(staying.map { ranked[$0.place].node })
    let outranked = Set(open.dropFirst(settings.width).map(\.place)).union(proposals < ranked.count ? proposals..<ranked.count : 0..<0)
    drop(outranked.sorted().map { ranked[$0] }[...], ranked, in: group)
    kept.subtract(rankEnded(in: group))
    return (staying.map(\.text), kept)
  }

  /// Whether a kept text goes no further; remembers what its checker says.
  private mutating func hasEnded(_ text: Hypothesis, isLast: Bool) -> Bool {
    let node = text.node!
    if text.text?.isClosed == true { recorder.note(node) { $0.isFinished = true } }
    guard isLast || recorder.nodes[node].isFinished else { return false }
    if let checkedText = text.text { checked[node] = checkedText }
    return true
  }

  private func continued(_ candidate: SearchCandidate, in group: Int) -> Hypothesis? {
    guard let beginning = candidate.beginning, let proposal = candidate.proposal else { return nil }
    return groups[group].beam[beginning].continued(by: proposal, at: candidate.node)
  }

  /// Of the finished texts the k best stay, those that ended first before others with the same score; returns the others.
  private mutating func rankEnded(in group: Int) -> ArraySlice<Int> {
    let ended = groups[group].ended
    func rank(_ node: Int) -> Double { variant.chance == nil ? key(of: node) : recorder.nodes[node].score }
    let order = ended.indices.sorted { left, right in
      let (first, second) = (ended[left], ended[right])
      if isCutOff(first) != isCutOff(second) { return isCutOff(second) }
      return (rank(second), left) < (rank(first), right)
    }.map { ended[$0] }
    for (index, node) in order.enumerated() where index >= settings.width {
      recorder.set(.outranked(step: recorder.steps.count + 1, rank: index + 1, candidates: order.count), of: node)
    }
    groups[group].ended = Array(order.prefix(settings.width))
    return order.dropFirst(settings.width)
  }

  /// Writes down why candidates were dropped: by rank, because of a value or a penalty, or by chance.
  private mutating func drop(_ dropped: ArraySlice<SearchCandidate>, _ ranked: [SearchCandidate], in group: Int) {
    guard !dropped.isEmpty else { return }
    let step = recorder.steps.count + 1
    let wouldStay = wouldStay(ranked, in: group)
    var ranks: [Int: Int] = [:]
    for (index, candidate) in ranked.enumerated() { ranks[candidate.node] = index + 1 }
    for candidate in dropped {
      let (rank, count) = (ranks[candidate.node]!, ranked.count)
      let fate: SearchNode.Fate
      if variant.chance != nil {
        fate = .notDrawn(step: step, rank: rank, candidates: count)
      } else if !wouldStay.contains(candidate.node) {
        fate = .outranked(step: step, rank: rank, candidates: count)
      } else if settings.guide != nil {
        fate = .undervalued(step: step, rank: rank, candidates: count)
      } else {
        fate = .penalized(step: step, rank: rank, candidates: count, penalty: penalty(candidate))
      }
      recorder.set(fate, of: candidate.node)
    }
  }

  private func penalty(_ candidate: SearchCandidate) -> Double {
    variant.penalty * Double(candidate.proposal.flatMap { chosen[$0.token] } ?? 0)
  }

  /// The candidates that would stay if neither a value nor a penalty had a say at this step.
  private func wouldStay(_ ranked: [SearchCandidate], in group: Int) -> Set<Int> {
    guard settings.guide != nil || !chosen.isEmpty else { return [] }
    let plain = ranked.map { candidate in
      let node = recorder.nodes[candidate.node]
      let score = space.lengthPenalty.score(node.adaptedTotal + penalty(candidate), length: node.length)
      return SearchCandidate(node: candidate.node, key: score)
    }
    return Set(recorder.ordered(plain).prefix(settings.width).map(\.node))
  }

  /// Whether a group is over though texts are unfinished; says so at their nodes.
  mutating func stops(_ group: Int) -> Bool {
    let (open, ended) = (groups[group].beam, groups[group].ended)
    guard settings.stopping != .allEnded, ended.count == settings.width else { return false }
    if settings.stopping == .firstEnded {
      for text in open { recorder.set(.unfinished, of: text.node!) }
      return true
    }
    let length = recorder.steps.count + 1
    let divisor =
      settings.stopping == .heuristic
      ? space.lengthPenalty.divisor(length: length)
      : space.lengthPenalty.kindestDivisor(from: length, to: space.maximumNewTokens)
    let reachable = open.map { $0.adaptedTotal / divisor }
    let needed = recorder.nodes[ended.last!].score
    guard reachable.allSatisfy({ $0 <= needed }) else { return false }
    for (text, reachable) in zip(open, reachable) { recorder.set(.bounded(reachable: reachable, needed: needed), of: text.node!) }
    return true
  }
}
