import LanguageModels

/// Keeps the k best texts at every step.
///
/// ```swift
/// let search = try await model.generate("The king", using: BeamSearch(width: 4, maximumNewTokens: 8))
/// ```
/// Each of the k texts proposes its k most probable tokens; of the at most k² candidates the k best stay. Ties go to the higher score,
/// then to the lower token number, then to the text whose beginning ranked higher. A text that has ended is a candidate like
/// the others and proposes nothing; the search ends when all k have ended, or at the maximum length. The first of the k is the
/// result. Other rules for finished texts: ``StoppingRule``. The search is kept as a value, see ``Search``.
///
/// Adapters stand in braces, as in ``Sampling``; a checker and a value are added by name:
/// ```swift
/// BeamSearch(width: 4) { NoRepeatNGram(3) }
/// BeamSearch(width: 4).checked(by: JSONSchema(…))
/// BeamSearch(width: 4).guided(by: shortness, weight: 2)
/// ```
/// Under a checker, wrong tokens are never proposed, texts end only where they are complete, and texts are ranked by the model's own
/// log-probability: what was pruned does not make the rest more probable. Adapters come after the checker's mask. Complete texts come
/// before those that were cut at the maximum length; a dead end is the result only where nothing else is left.
///
/// With width 1 this is ``Greedy``; with a width of at least M^(T−1), for M words and length T, it is ``Exhaustive``.
///
/// Complexity: T steps; each advances at most k texts in one batch, selects k of M tokens k times, and sorts k².
///
/// Source: the pseudo-code of the course; Meister, Vieira and Cotterell 2020, «Best-first beam search», algorithm 1.
public struct BeamSearch: DeterministicStrategy, CheckableStrategy {
  /// k: how many texts are kept.
  public let width: Int
  /// T: where a text ends if no end token came before.
  public let maximumNewTokens: Int
  /// How texts of different lengths are compared.
  public let lengthPenalty: LengthPenalty
  public let stopping: StoppingRule
  /// How many of the k results are returned.
  public let texts: Int
  /// The adapters, in the order of their application.
  public let adapters: [any Adapter]
  /// What is added up where there are adapters.
  public let adaptedScore: AdaptedScore
  public var checker: AnyChecker?
  private(set) var guide: (value: ValueFunction, weight: Double)?

  /// - Parameters:
  ///   - width: at least 1.
  ///   - maximumNewTokens: at least 1.
  ///   - texts: how many texts are returned, from 1 to the width; all k without it.
  ///   - adapters: none for the model's own distribution; none that draws at random.
  public init(
    width: Int, maximumNewTokens: Int = 20, lengthPenalty: LengthPenalty = .sum, stopping: StoppingRule = .allEnded, texts: Int? = nil,
    adaptedScore: AdaptedScore = .normalized, @AdapterBuilder _ adapters: () -> [any Adapter] = { [] }
  ) {
    require(width >= 1, BeamSearch.refusal(width: width))
    require(maximumNewTokens >= 1, "BeamSearch(maximumNewTokens: \(maximumNewTokens)): at least 1 token is written.")
    require(lengthPenalty.refusal == nil, lengthPenalty.refusal ?? "")
    let texts = texts ?? width
    require((1...width).contains(texts), "BeamSearch(texts: \(texts)): of \(width) texts, 1 to \(width) are returned.")
    self.width = width
    self.maximumNewTokens = maximumNewTokens
    self.lengthPenalty = lengthPenalty
    self.stopping = stopping
    self.texts = texts
    self.adaptedScore = adaptedScore
    self.adapters = adapters()
    for adapter in self.adapters { require(!adapter.isRandom, BeamSearch.refusal(random: adapter)) }
  }

  /// A search that has a seed, and so adapters that draw at random. The callers have looked at the settings.
  init(
    randomWidth width: Int, maximumNewTokens: Int, lengthPenalty: LengthPenalty = .sum, stopping: StoppingRule = .allEnded,
    adaptedScore: AdaptedScore = .normalized, adapters: [any Adapter]
  ) {
    require(lengthPenalty.refusal == nil, lengthPenalty.refusal ?? "")
    self.width = width
    self.maximumNewTokens = maximumNewTokens
    self.lengthPenalty = lengthPenalty
    self.stopping = stopping
    texts = width
    self.adaptedScore = adaptedScore
    self.adapters = adapters
  }

  static func refusal(width: Int) -> String { "BeamSearch(width: \(width)): at least 1 text is kept at every step." }
  static func refusal(random adapter: any Adapter) -> String {
    "BeamSearch { \(adapter) }: the adapter draws at random, and a beam search has no seed; StochasticBeamSearch and SampledBeamSearch have one."
  }

  /// The same search, ranked by score + weight · value, the value of a candidate being asked after every token.
  ///
  /// - Precondition: a ``stopping`` that needs no bound, ``StoppingRule/allEnded`` or ``StoppingRule/firstEnded``: a value has none.
  /// - Parameter weight: a finite number; 0 changes nothing but the cost.
  public func guided(by value: ValueFunction, weight: Double = 1) -> BeamSearch {
    require(weight.isFinite, "guided(by: \(value), weight: \(weight)): the weight is a finite number.")
    require(
      stopping == .allEnded || stopping == .firstEnded,
      "guided(by: \(value)): a value has no bound that could stop the search; stopping: .allEnded and .firstEnded need none.")
    var search = self
    search.guide = (value, weight)
    return search
  }

  /// The same search with another width, all of whose texts are returned.
  func widened(to width: Int) -> BeamSearch {
    var search = BeamSearch(
      width: width, maximumNewTokens: maximumNewTokens, lengthPenalty: lengthPenalty, stopping: stopping, adaptedScore: adaptedScore
    ) {
      for adapter in adapters { adapter }
    }
    search.checker = checker
    return search
  }

  func space(_ request: GenerationRequest) -> SearchSpace {
    var space = SearchSpace(request, maximumNewTokens: maximumNewTokens, lengthPenalty: lengthPenalty)
    space.adapters = adapters
    space.adaptedScore = adaptedScore
    space.checker = checker
    return space
  }

  public func generate(_ request: GenerationRequest) async throws -> Search {
    var run = BeamRun(self, request, BeamVariant(name: description))
    return try await run.search()
  }

  public var description: String { described(as: "BeamSearch, width \(width)") }

  /// A name, and every setting that is not the usual one.
  func described(as name: String) -> String {
    var words = [name]
    if lengthPenalty != .sum { words.append("\(lengthPenalty)") }
    if stopping != .allEnded { words.append("\(stopping)") }
    if adaptedScore == .unnormalized, !adapters.isEmpty { words.append("unnormalized") }
    if let checker { words.append("checked by \(checker)") }
    if let guide { words.append("guided by \(guide.weight) · \(guide.value)") }
    let text = words.joined(separator: ", ")
    return adapters.isEmpty ? text : text + " { \(adapters.map { "\($0)" }.joined(separator: "; ")) }"
  }
}
