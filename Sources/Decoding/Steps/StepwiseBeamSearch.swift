import LanguageModels

/// A beam of texts that grow by lines or sentences, judged after every step.
///
/// ```swift
/// StepwiseBeamSearch(width: 4, proposals: 4, step: .line, by: verifier) { Temperature(0.8) }
/// ```
/// Each of the k texts draws a few next steps; of all of them, and of the texts that have ended, the k with the highest value stay.
/// Steps that were drawn twice after the same text count once. Without a value function the mean log-probability per token ranks.
///
/// Complexity: for S steps of at most L tokens, S · L batches of at most width · proposals texts, and as many calls of the value
/// function as there are different steps.
///
/// Source: Welleck et al. 2024, «From decoding to meta-generation», section 4.4; Xie et al. 2023, «Self-evaluation guided beam search».
public struct StepwiseBeamSearch: RandomStrategy, CheckableStrategy {
  public let width: Int
  public let proposals: Int
  private var settings: StepSettings

  /// - Parameters:
  ///   - width: k, how many texts are kept, at least 1.
  ///   - proposals: how many steps each text draws, at least 1.
  ///   - maximumNewTokens: at least 1.
  ///   - value: judges a text after every step; nil for the mean log-probability per token.
  ///   - adapters: of the draws.
  public init(
    width: Int, proposals: Int, step unit: StepUnit, by value: ValueFunction? = nil, maximumNewTokens: Int = 100,
    @AdapterBuilder _ adapters: () -> [any Adapter] = { [] }
  ) {
    require(width >= 1, "StepwiseBeamSearch(width: \(width)): at least 1 text is kept at every step.")
    require(proposals >= 1, "StepwiseBeamSearch(proposals: \(proposals)): each text draws at least 1 step.")
    self.width = width
    self.proposals = proposals
    settings = StepSettings("StepwiseBeamSearch", unit: unit, maximumNewTokens: maximumNewTokens, value: value, adapters: adapters())
  }

  public var checker: AnyChecker? {
    get { settings.checker }
    set { settings.checker = newValue }
  }

  public func generate(_ request: GenerationRequest) async throws -> SearchRuns {
    var searches: [Search] = []
    for number in request.numbers { searches.append(try await search(request, sample: number)) }
    return SearchRuns(searches, texts: 1)
  }

  private func search(_ request: GenerationRequest, sample: Int) async throws -> Search {
    var search = settings.start(request, sample: sample)
    var beam: [(node: Int?, text: ReadText?)] = [(nil, try await search.start())]
    while true {
      let open = beam.filter { $0.text != nil }
      let steps = try await search.sampler.draw(
        after: open.flatMap { Array(repeating: $0.text!, count: proposals) }, by: &search.model)
      var candidates: [SearchCandidate] = beam.filter { $0.text == nil }.map {
        SearchCandidate(node: $0.node!, key: search.recorder.nodes[$0.node!].key!)
      }
      var drawn: [Int: DrawnStep] = [:]
      for (place, beginning) in open.enumerated() {
        var first: [[Int]: Int] = [:]
        let own = steps[place * proposals..<(place + 1) * proposals]
        if own.allSatisfy(\.proposals.isEmpty) { search.close(beginning.text!.hypothesis, at: beginning.node) }
        for step in own where !step.proposals.isEmpty {
          let tokens = step.proposals.map(\.token)
          if let other = first[tokens] {
            _ = search.record(step, after: beginning.node, fate: .duplicate(of: other))
            continue
          }
          let node = search.record(step, after: beginning.node)
          first[tokens] = node
          if step.isDeadEnd { continue }
          let value = try await search.judge(step.hypothesis, node: node, isFinished: step.isFinished)
          search.recorder.note(node) { node in
            node.value = value
            node.key = value
          }
          drawn[node] = step
          candidates.append(SearchCandidate(node: node, key: value, beginning: place))
        }
      }
      let ranked = search.recorder.ordered(candidates)
      for (index, candidate) in ranked.enumerated() where index >= width {
        search.recorder.set(
          .outranked(step: search.recorder.steps.count + 1, rank: index + 1, candidates: ranked.count), of: candidate.node)
      }
      let kept = ranked.prefix(width)
      search.recorder.close(step: [ranked], kept: Set(kept.map(\.node)))
      let going = kept.compactMap { drawn[$0.node] }.filter { !$0.isFinished }
      if going.isEmpty {
        return try search.search(description, results: kept.map(\.node), width: width, seed: request.seed)
      }
      let goingNodes = kept.map(\.node).filter { drawn[$0].map { !$0.isFinished } ?? false }
      let read = try await search.sampler.read(going.map(\.hypothesis), by: &search.model)
      let texts = Dictionary(uniqueKeysWithValues: zip(goingNodes, read))
      beam = kept.map { ($0.node, texts[$0.node]) }
    }
  }

  public var description: String { settings.described(as: "StepwiseBeamSearch, width \(width), \(proposals) proposals") }
}
