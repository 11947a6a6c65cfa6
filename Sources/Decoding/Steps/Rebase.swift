internal import Glibc
import LanguageModels

/// Reward-balanced search: a budget of steps is shared among the texts in proportion to the exponentials of their values.
///
/// ```swift
/// Rebase(budget: 16, temperature: 0.2, step: .line, by: verifier) { Temperature(0.8) }
/// ```
/// At every depth the open text i with value vᵢ draws round(B · softmax(v / τ)ᵢ) next steps. Each text that ends takes one off the
/// budget B; the search is over when nothing is left of it or nothing is open. All texts that ended are results, from the highest value
/// down: what a vote weighs.
///
/// Complexity: at every depth, at most about B draws and as many calls of the value function as there are different texts.
///
/// Source: Wu et al. 2024, «Inference scaling laws: an empirical analysis of compute-optimal inference for problem-solving with
/// language models», section 3.2.
public struct Rebase: RandomStrategy, CheckableStrategy {
  public let budget: Int
  public let temperature: Double
  private var settings: StepSettings

  /// - Parameters:
  ///   - budget: B, how many steps are drawn at a depth, at least 1.
  ///   - temperature: τ, above 0: small ones give all to the best text.
  ///   - value: judges a text after every step.
  ///   - maximumNewTokens: at least 1.
  ///   - adapters: of the draws.
  public init(
    budget: Int, temperature: Double = 0.1, step unit: StepUnit, by value: ValueFunction, maximumNewTokens: Int = 100,
    @AdapterBuilder _ adapters: () -> [any Adapter] = { [] }
  ) {
    require(budget >= 1, "Rebase(budget: \(budget)): at least 1 step is drawn at every depth.")
    require(temperature > 0 && temperature.isFinite, "Rebase(temperature: \(temperature)): the temperature is a number above 0.")
    self.budget = budget
    self.temperature = temperature
    settings = StepSettings("Rebase", unit: unit, maximumNewTokens: maximumNewTokens, value: value, adapters: adapters())
  }

  public var checker: AnyChecker? {
    get { settings.checker }
    set { settings.checker = newValue }
  }

  public func generate(_ request: GenerationRequest) async throws -> SearchRuns {
    var searches: [Search] = []
    for number in request.numbers { searches.append(try await search(request, sample: number)) }
    return SearchRuns(searches, texts: nil)
  }

  /// How many steps each of the texts with these values draws.
  static func shares(_ values: [Double], budget: Int, temperature: Double) -> [Int] {
    guard let largest = values.max() else { return [] }
    let weights = values.map { exp(($0 - largest) / temperature) }
    let sum = weights.reduce(0, +)
    return weights.map { Int((Double(budget) * $0 / sum).rounded()) }
  }

  private func search(_ request: GenerationRequest, sample: Int) async throws -> Search {
    var search = settings.start(request, sample: sample)
    var open: [(node: Int?, value: Double, text: ReadText)] = [(nil, 0, try await search.start())]
    var left = budget
    var ended: [Int] = []
    while !open.isEmpty, left > 0 {
      let shares = Rebase.shares(open.map(\.value), budget: left, temperature: temperature)
      for (text, share) in zip(open, shares) {
        guard let node = text.node else { continue }
        search.recorder.note(node) { $0.visits = share }
        if share == 0 { search.recorder.set(.noBudget, of: node) }
      }
      let owners = zip(open.indices, shares).flatMap { Array(repeating: $0, count: $1) }
      let steps = try await search.sampler.draw(after: owners.map { open[$0].text }, by: &search.model)
      var candidates: [SearchCandidate] = []
      var going: [(node: Int, value: Double, text: Hypothesis)] = []
      for (owner, step) in zip(owners, steps) {
        if step.proposals.isEmpty {
          search.close(open[owner].text.hypothesis, at: open[owner].node)
          continue
        }
        let node = search.record(step, after: open[owner].node)
        if step.isDeadEnd { continue }
        let value = try await search.judge(step.hypothesis, node: node, isFinished: step.isFinished)
        search.recorder.note(node) { $0.value = value }
        candidates.append(SearchCandidate(node: node, key: value, beginning: owner))
        if step.isFinished { ended.append(node) } else { going.append((node, value, step.hypothesis)) }
      }
      left = budget - ended.count
      let ranked = search.recorder.ordered(candidates)
      search.recorder.close(step: [ranked], kept: Set(ranked.map(\.node)))
      if left <= 0 {
        for text in going { search.recorder.set(.unfinished, of: text.node) }
        break
      }
      let read = try await search.sampler.read(going.map(\.text), by: &search.model)
      open = zip(going, read).map { ($0.node, $0.value, $1) }
    }
    let nodes = search.recorder.nodes
    let results = ended.indices.sorted { left, right in
      let (first, second) = (nodes[ended[left]], nodes[ended[right]])
      return (second.value!, second.total, left) < (first.value!, first.total, right)
    }.map { ended[$0] }
    return try search.search(description, results: results, width: nil, seed: request.seed)
  }

  public var description: String { settings.described(as: "Rebase, budget \(budget), temperature \(temperature)") }
}
