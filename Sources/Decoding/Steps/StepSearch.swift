import LanguageModels

/// What searches by steps share: the record, the meter, and what is known of texts that ended.
struct StepSearch {
  let space: SearchSpace
  var model: MeteredModel
  var recorder: SearchRecorder
  var sampler: StepSampler
  private let value: ValueFunction?
  private var values: [[Int]: Double] = [:]
  private var checked: [Int: CheckReport] = [:]

  init(_ space: SearchSpace, unit: StepUnit, value: ValueFunction?, _ request: GenerationRequest, sample: Int) {
    self.space = space
    self.value = value
    model = MeteredModel(request.model, adapters: space.adapters)
    recorder = SearchRecorder(space)
    sampler = StepSampler(space, unit: unit, request: request, sample: sample)
  }

  mutating func start() async throws -> ReadText {
    let output = try await model.read(space.prompt)
    return ReadText(hypothesis: try space.start(output.states[0]), logits: output.logits)
  }

  /// Writes a drawn step down; returns its place.
  mutating func record(_ step: DrawnStep, after parent: Int?, fate: SearchNode.Fate = .kept) -> Int {
    let tokens = step.proposals.map { ScoredToken(token: $0.token, logProbability: $0.logProbability, adapted: $0.adapted) }
    let node = recorder.add(tokens, after: parent, fate: step.isDeadEnd ? .deadEnd : fate)
    if step.hypothesis.text?.isClosed == true { recorder.note(node) { $0.isFinished = true } }
    if step.isFinished || step.isDeadEnd, let text = step.hypothesis.text { checked[node] = text.report(isDeadEnd: step.isDeadEnd) }
    return node
  }

  /// The value of a text, asked once for every different text; without a value function its score.
  mutating func judge(_ text: Hypothesis, node: Int?, isFinished: Bool) async throws -> Double {
    guard let value else {
      return space.lengthPenalty.score(text.adaptedTotal, length: max(1, text.tokens.count))
    }
    if let known = values[text.tokens] { return known }
    let judged = try await value(space.partialText(text.tokens, logProbability: text.total, isFinished: isFinished))
    model.verify()
    values[text.tokens] = judged
    return judged
  }

  /// The search, with its results from the best down. Where no text came to an end, the dead end with the highest score is the result,
  /// and where not even the first step could be written, the empty text.
  func search(_ name: String, results: [Int], width: Int?, seed: UInt64) throws -> Search {
    var results: [Int?] = results
    if results.isEmpty {
      let nodes = recorder.nodes
      let dead = nodes.indices.filter { nodes[$0].fate == .deadEnd }
      results = [dead.max { (nodes[$0].score, $1) < (nodes[$1].score, $0) }]
    }
    let reports = space.checker == nil ? [] : results.map { node in node.flatMap { checked[$0] } }
    return try recorder.search(name, results: results, width: width, seed: seed, model: model, reports: reports)
  }

  /// Remembers that nothing may follow a text.
  mutating func close(_ text: Hypothesis, at node: Int?) {
    guard let node else { return }
    recorder.set(.deadEnd, of: node)
    checked[node] = text.text?.report(isDeadEnd: true)
  }
}

/// What searches by steps are told.
struct StepSettings: Sendable {
  var unit: StepUnit
  var maximumNewTokens: Int
  var adapters: [any Adapter]
  var value: ValueFunction?
  var checker: AnyChecker?
  var lengthPenalty = LengthPenalty.average(exponent: 1)

  /// - Parameter name: of the strategy, for the sentence of a refusal.
  init(_ name: String, unit: StepUnit, maximumNewTokens: Int, value: ValueFunction?, adapters: [any Adapter]) {
    require(unit.refusal == nil, unit.refusal ?? "")
    require(maximumNewTokens >= 1, "\(name)(maximumNewTokens: \(maximumNewTokens)): at least 1 token is written.")
    self.unit = unit
    self.maximumNewTokens = maximumNewTokens
    self.value = value
    self.adapters = adapters
  }

  func start(_ request: GenerationRequest, sample: Int) -> StepSearch {
    var space = SearchSpace(request, maximumNewTokens: maximumNewTokens, lengthPenalty: lengthPenalty)
    space.adapters = adapters
    space.checker = checker
    return StepSearch(space, unit: unit, value: value, request, sample: sample)
  }

  func described(as name: String) -> String {
    var words = [name, "steps of a \(unit)"]
    if case .tokens(let count) = unit, count != 1 { words[1] = "steps of \(count) tokens" }
    if let value { words.append("by \(value)") }
    if let checker { words.append("checked by \(checker)") }
    let text = words.joined(separator: ", ")
    return adapters.isEmpty ? text : text + " { \(adapters.map { "\($0)" }.joined(separator: "; ")) }"
  }
}
