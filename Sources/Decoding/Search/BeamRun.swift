import LanguageModels

/// What a beam search is told beside its settings: groups that keep apart, chance.
struct BeamVariant {
  /// How many beams of equal width go side by side.
  var groups = 1
  /// What a token loses for each text of the groups before that chose it at the same step, in nats.
  var penalty = 0.0
  var chance: BeamChance?
  /// The name of the strategy, as a cell writes it.
  var name: String
}

/// Several texts that compete with each other.
struct BeamGroup {
  /// The unfinished texts, from the best down.
  var beam: [Hypothesis]
  /// Row `firstRow + i` of the logits belongs to text i.
  var firstRow = 0
  /// With ``StoppingRule/allEnded``: all texts, finished or not, from the best down; nil is the prompt.
  var standing: [Int?] = [nil]
  /// With the other rules: the finished texts, by their nodes, from the best down.
  var ended: [Int] = []
  /// Whether the group has stopped.
  var isDone = false
}

/// One run of a beam search.
struct BeamRun {
  /// Its width is that of each group.
  let settings: BeamSearch
  let variant: BeamVariant
  let space: SearchSpace
  var model: MeteredModel
  var recorder: SearchRecorder
  var groups: [BeamGroup] = []
  var logits = Logits(vocabularySize: 1, values: [])
  /// Of the texts that ended, and of those that could not go on, what the checker says of them, by node.
  var checked: [Int?: CheckedText] = [:]
  /// Texts after which everything that may come next is wrong; nil for the prompt.
  var dead: [Int?] = []
  /// The tokens that the groups before chose at this step, with the number of their texts.
  var chosen: [Int: Int] = [:]

  init(_ settings: BeamSearch, _ request: GenerationRequest, _ variant: BeamVariant) {
    self.settings = settings
    self.variant = variant
    space = settings.space(request)
    model = MeteredModel(request.model, adapters: settings.adapters)
    recorder = SearchRecorder(space)
  }

  mutating func search(seed: UInt64? = nil) async throws -> Search {
    let start = try await model.read(space.prompt)
    let prompt = try space.start(start.states[0])
    groups = Array(repeating: BeamGroup(beam: [prompt]), count: variant.groups)
    logits = start.logits
    while true {
      try await step()
      let live = groups.indices.filter { !groups[$0].isDone }
      if live.isEmpty { break }
      let output = try await model.forward(live.flatMap { groups[$0].beam.map(\.input) })
      var row = 0
      for index in live {
        groups[index].firstRow = row
        for place in groups[index].beam.indices {
          groups[index].beam[place].hasRead(output.states[row])
          row += 1
        }
      }
      logits = output.logits
    }
    let results = results
    return try recorder.search(
      variant.name, results: results, width: settings.width, seed: seed, model: model, reports: reports(of: results),
      settings: hasBound ? settings : nil)
  }

  /// Writes every group's texts on by a token, one group after the other.
  private mutating func step() async throws {
    var ranked: [[SearchCandidate]] = []
    var kept: Set<Int> = []
    chosen = [:]
    let isLast = recorder.steps.count + 1 == space.maximumNewTokens
    for group in groups.indices where !groups[group].isDone {
      let found = try await candidates(of: group)
      let candidates = recorder.ordered(found)
      let (open, stay) =
        settings.stopping == .allEnded ? keepInPlace(candidates, in: group) : keepApart(candidates, in: group)
      groups[group].beam = open
      ranked.append(candidates)
      kept.formUnion(stay)
      if variant.penalty != 0 { count(candidates, kept: stay) }
      groups[group].isDone = isLast || open.isEmpty || stops(group)
    }
    recorder.close(step: ranked, kept: kept)
  }

  /// Remembers the tokens that a group goes on with, those of texts that are as long as they can be included.
  private mutating func count(_ ranked: [SearchCandidate], kept: Set<Int>) {
    let unfinished = ranked.prefix(proposals).filter { $0.proposal != nil && !recorder.nodes[$0.node].isFinished }
    let going = settings.stopping == .allEnded ? unfinished.filter { kept.contains($0.node) }[...] : unfinished.prefix(settings.width)
    for candidate in going { chosen[candidate.proposal!.token, default: 0] += 1 }
  }

  /// What there is to return: complete texts before those that were cut at the maximum length, and dead ends where nothing else is.
  private var results: [Int?] {
    var living: [Int?] = groups.flatMap { settings.stopping == .allEnded ? $0.standing : $0.ended.map { $0 } }
    if groups.count > 1 {
      living = living.indices.sorted { (score(of: living[$1]), $0) < (score(of: living[$0]), $1) }.map { living[$0] }
    }
    let ranked = living.filter { !isCutOff($0) } + living.filter(isCutOff)
    if !ranked.isEmpty { return Array(ranked.prefix(settings.texts * groups.count)) }
    let best = dead.max { score(of: $0) < score(of: $1) }
    return best.map { [$0] } ?? []
  }

  /// Whether the sum so far bounds what a text can be ranked by.
  private var hasBound: Bool {
    let isPlain = variant.groups == 1 && variant.chance == nil && settings.guide == nil
    return isPlain && (settings.adapters.isEmpty || settings.adaptedScore == .normalized)
  }

  private func score(of node: Int?) -> Double { node.map(key) ?? -.infinity }

  func isCutOff(_ node: Int?) -> Bool { checked[node]?.verdict == .open }

  private func reports(of nodes: [Int?]) -> [CheckReport?] {
    nodes.map { checked[$0]?.report(isDeadEnd: dead.contains($0)) }
  }

  /// What a node is ranked by.
  func key(of node: Int) -> Double { recorder.nodes[node].key ?? recorder.nodes[node].score }
}
