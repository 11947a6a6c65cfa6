import LanguageModels

extension BeamRun {
  /// How many continuations each text proposes: as many as can be kept.
  ///
  /// Where finished texts leave the beam, enough that k unfinished ones remain whatever ends.
  var proposals: Int {
    settings.stopping == .allEnded ? settings.width : max(2, 1 + space.model.endTokens.count) * settings.width
  }

  /// The texts that this step chooses among, in the order of their beginnings.
  mutating func candidates(of group: Int) async throws -> [SearchCandidate] {
    var candidates: [SearchCandidate] = []
    if settings.stopping == .allEnded {
      for node in groups[group].standing {
        if let place = groups[group].beam.firstIndex(where: { $0.node == node }) {
          candidates += try propose(after: place, in: group)
        } else if let node {
          candidates.append(SearchCandidate(node: node, key: key(of: node)))
        }
      }
    } else {
      for place in groups[group].beam.indices { candidates += try propose(after: place, in: group) }
    }
    if let guide = settings.guide { try await judge(&candidates, in: group, by: guide.value, weight: guide.weight) }
    return candidates
  }

  /// The best continuations of a text. A narrow beam also records the next few, so that a reader sees what it did not look at.
  private mutating func propose(after place: Int, in group: Int) throws -> [SearchCandidate] {
    let row = groups[group].firstRow + place
    let parent = groups[group].beam[place].node
    let random = variant.chance?.stream(prompt: space.prompt, generated: groups[group].beam[place].tokens)
    guard let scores = try space.scores(after: &groups[group].beam[place], logits, row: row, random: random) else {
      let text = groups[group].beam[place]
      let next = try NextToken(logits, row: row, afterTokens: space.prompt.count + text.tokens.count)
      record(next.mostProbable(proposals).map { Proposal(token: $0.token, logProbability: $0.logProbability) }, after: parent)
      if let parent {
        recorder.note(parent) { $0.prunedMass = 1 }
        recorder.set(.deadEnd, of: parent)
      }
      checked[parent] = text.text
      dead.append(parent)
      return []
    }
    let text = groups[group].beam[place]
    record(scores.refused(proposals), after: parent)
    if let parent, text.text != nil { recorder.note(parent) { $0.prunedMass = 1 - scores.keptMass } }
    var candidates: [SearchCandidate] = []
    let found = choices(scores, after: text, random)
    for (index, choice) in found.enumerated() {
      let isProposed = index < proposals
      var fate = isProposed ? SearchNode.Fate.kept : .notProposed(rank: index + 1)
      if !isProposed, choice.rank < proposals, let count = chosen[choice.proposal.token] {
        fate = .penalized(
          step: recorder.steps.count + 1, rank: index + 1, candidates: found.count, penalty: variant.penalty * Double(count))
      }
      let node = recorder.add(choice.proposal, after: parent, fate: fate)
      let key = choice.key ?? recorder.nodes[node].score
      let number = variant.groups > 1 ? group + 1 : nil
      recorder.note(node) { node in
        node.group = number
        node.key = choice.key
      }
      if isProposed { candidates.append(SearchCandidate(node: node, key: key, beginning: place, proposal: choice.proposal)) }
    }
    return candidates
  }

  /// A continuation that a text proposes.
  private struct Choice {
    var proposal: Proposal
    /// Its place among the others before any penalty, from 0.
    var rank: Int
    /// What it is ranked by where that is not its score.
    var key: Double?
  }

  /// The continuations that a text proposes, from the best down.
  private func choices(_ scores: TokenScores, after text: Hypothesis, _ random: RandomStream?) -> [Choice] {
    if let chance = variant.chance, let random {
      let parent = text.node.map(key)
      return chance.perturbed(scores, after: text, parent: parent, count: proposals, random).enumerated().map { rank, drawn in
        Choice(proposal: drawn.proposal, rank: rank, key: drawn.key)
      }
    }
    // A token that is not penalised stands behind at most as many as are: so many more are enough.
    let count = max(proposals, 4)
    let own = scores.best(count + chosen.count).enumerated().map { rank, proposal in
      var proposal = proposal
      proposal.adapted -= variant.penalty * Double(chosen[proposal.token] ?? 0)
      return Choice(proposal: proposal, rank: rank)
    }
    if chosen.isEmpty { return own }
    let order = own.sorted { ($1.proposal.adapted, $0.rank) < ($0.proposal.adapted, $1.rank) }
    return Array(order.prefix(count))
  }

  /// Writes down the tokens that the checker took from the model's best.
  private mutating func record(_ refused: [Proposal], after parent: Int?) {
    for proposal in refused { _ = recorder.add(proposal, after: parent, fate: space.isEnd[proposal.token] ? .cannotEnd : .rejected) }
  }

  private mutating func judge(
    _ candidates: inout [SearchCandidate], in group: Int, by value: ValueFunction, weight: Double
  ) async throws {
    for index in candidates.indices {
      guard let beginning = candidates[index].beginning else { continue }
      let node = recorder.nodes[candidates[index].node]
      let text = space.partialText(
        groups[group].beam[beginning].tokens + node.tokens, logProbability: node.total, isFinished: node.isFinished)
      let judged = try await value(text)
      model.verify()
      candidates[index].key = node.score + weight * judged
      recorder.note(candidates[index].node) { node in
        node.value = judged
        node.key = candidates[index].key
      }
    }
  }
}
