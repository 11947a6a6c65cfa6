import LanguageModels

/// Looks for the text with the highest score by always going on with the beginning that could still become the best (A*).
///
/// ```swift
/// BestFirstSearch(maximumNewTokens: 8, budget: .forwardCalls(5_000))
/// ```
/// Log-probabilities are at most 0, so that the sum so far, by the kindest length, bounds all continuations: when no bound is above the
/// best complete text, that text is the optimum. When the budget ends first, the result is the best text that is known, and
/// ``Search/bound`` says what no text exceeds. It begins with the greedy text, to have one to beat.
///
/// Complexity: at most as many forward calls as the budget says, one at a time; memory for as many states.
///
/// Source: Hart, Nilsson and Raphael 1968; Meister, Vieira and Cotterell 2020, «Best-first beam search».
public struct BestFirstSearch: DeterministicStrategy, CheckableStrategy {
  public let budget: Certificate.Budget
  private var beams: BeamSearch

  /// - Parameters:
  ///   - maximumNewTokens: at least 1.
  ///   - budget: more calls than the greedy text needs, one for each token.
  ///   - adapters: none for the model's own distribution; none that draws at random.
  public init(
    maximumNewTokens: Int, budget: Certificate.Budget = .forwardCalls(10_000), lengthPenalty: LengthPenalty = .sum,
    @AdapterBuilder _ adapters: () -> [any Adapter] = { [] }
  ) {
    require(
      budget.calls > maximumNewTokens,
      "BestFirstSearch(budget: .forwardCalls(\(budget.calls))): the greedy text alone needs up to \(maximumNewTokens) calls; allow more.")
    self.budget = budget
    beams = BeamSearch(width: 1, maximumNewTokens: maximumNewTokens, lengthPenalty: lengthPenalty, adapters)
  }

  public var checker: AnyChecker? {
    get { beams.checker }
    set { beams.checker = newValue }
  }

  public func generate(_ request: GenerationRequest) async throws -> Search {
    let greedy = try await beams.generate(request)
    let isComplete = greedy.best.check.map { $0.ending == .complete } ?? true
    let space = beams.space(request)
    var run = BestFirstRun(space, incumbent: isComplete ? greedy.score : -.infinity, recorder: SearchRecorder(space))
    let (_, bound) = try await run.run(forwardCalls: budget.calls - greedy.ledger.forwardCalls)
    let found = run.recordFound()
    run.recordFrontier(64)
    var recorder = run.recorder!
    let result = found ?? recorder.add(greedy)
    let report = found == nil ? greedy.best.check : run.found?.check
    return try recorder.search(
      description, results: [result], width: nil, model: run.metered, reports: [report], earlier: greedy.ledger, settings: beams,
      bound: bound)
  }

  public var description: String { beams.described(as: "BestFirstSearch, at most \(budget.calls) calls") }
}

extension SearchRecorder {
  /// Adds the best text of another search of the same space; returns the place of its end, nil for the empty text.
  fileprivate mutating func add(_ search: Search) -> Int? {
    guard let end = search.results.first else { return nil }
    var place: Int?
    for index in search.path(to: end) {
      let (token, parent) = (search.nodes[index].token, place)
      let known = nodes.firstIndex { $0.parent == parent && $0.token == token }
      place = known ?? add(search.nodes[index].scoredTokens, after: place)
      set(.kept, of: place!)
    }
    return place
  }
}
