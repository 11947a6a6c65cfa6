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
    for (index, choice) in choices(scores, after: text, random).enumerated() {
      let isProposed = index < proposals
      let node = recorder.add(choice.proposal, after: parent, fate: isProposed ? .kept : .notProposed(rank: index + 1))
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

  /// The continuations that a text proposes, from the best down, each with what it is ranked by where that is not its score.
  private func choices(_ scores: TokenScores, after text: Hypothesis, _ random: RandomStream?) -> [(proposal: Proposal, key: Double?)] {
    if let chance = variant.chance, let random {
      let parent = text.node.map(key)
      return chance.perturbed(scores, after: text, parent: parent, count: proposals, random)
    }
    guard !chosen.isEmpty else { return scores.best(max(proposals, 4)).map { ($0, nil) } }
    // A token that is not penalised stands behind at most as many as are: so many more are enough.
    let penalized = scores.best(max(proposals, 4) + chosen.count).map { proposal in
      var proposal = proposal
      proposal.adapted -= variant.penalty * Double(chosen[proposal.token] ?? 0)
      return proposal
    }
    let order = penalized.indices.sorted { (penalized[$1].adapted, $0) < (penalized[$0].adapted, $1) }
    return order.prefix(max(proposals, 4)).map { (penalized[$0], nil) }
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
