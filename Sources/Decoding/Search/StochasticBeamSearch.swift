import LanguageModels

/// Draws different texts: samples without replacement from the model's distribution of texts, as the adapters leave it.
///
/// ```swift
/// let search = try await model.generate("The king", using: StochasticBeamSearch(width: 8), seed: 7)
/// ```
/// The first text is an ordinary sample; each further one is a sample from what is left. Every text has a perturbed log-probability,
/// Gumbel noise that is drawn from the beginning of the text to its end so that the k highest of all texts are found by a beam of
/// width k. The first texts of a wider beam are those of a narrower one. Asked for several samples, it draws as many such beams.
///
/// Complexity: that of ``BeamSearch``, and a random number for every token of the vocabulary, text and step.
///
/// Source: Kool, van Hoof and Welling 2019, «Stochastic beams and where to find them».
public struct StochasticBeamSearch: RandomStrategy, CheckableStrategy {
  private var beams: BeamSearch

  /// - Parameters:
  ///   - width: how many different texts are drawn, at least 1.
  ///   - maximumNewTokens: at least 1.
  ///   - adapters: none for the model's own distribution.
  public init(width: Int, maximumNewTokens: Int = 20, @AdapterBuilder _ adapters: () -> [any Adapter] = { [] }) {
    require(width >= 1, "StochasticBeamSearch(width: \(width)): at least 1 text is drawn.")
    require(maximumNewTokens >= 1, "StochasticBeamSearch(maximumNewTokens: \(maximumNewTokens)): at least 1 token is written.")
    beams = BeamSearch(randomWidth: width, maximumNewTokens: maximumNewTokens, adapters: adapters())
  }

  public var checker: AnyChecker? {
    get { beams.checker }
    set { beams.checker = newValue }
  }

  public func generate(_ request: GenerationRequest) async throws -> SearchRuns {
    try await SearchRuns(beams, request, name: description, texts: nil) { .withoutReplacement(seed: request.seed, run: $0) }
  }

  public var description: String { beams.described(as: "StochasticBeamSearch, width \(beams.width)") }
}

/// Beam search whose candidates are drawn, not the best: transformers' `generate(num_beams: k, do_sample: true)`.
///
/// ```swift
/// SampledBeamSearch(width: 4) { Temperature(0.8); TopP(0.9) }
/// ```
/// Every step draws max(2, 1 + number of end tokens) · k candidates without replacement from all continuations of the k texts, in
/// proportion to the exponentials of their sums after adapters; the k best unfinished ones go on. Of each beam the best text
/// is a sample.
///
/// Source: transformers 5, `GenerationMixin._beam_search` with `do_sample`.
public struct SampledBeamSearch: RandomStrategy, CheckableStrategy {
  private var beams: BeamSearch

  /// - Parameters:
  ///   - width: at least 1.
  ///   - maximumNewTokens: at least 1.
  ///   - stopping: a rule by which finished texts leave the beam.
  ///   - adapters: none for the model's own distribution.
  public init(
    width: Int, maximumNewTokens: Int = 20, lengthPenalty: LengthPenalty = .average(exponent: 1), stopping: StoppingRule = .heuristic,
    adaptedScore: AdaptedScore = .normalized, @AdapterBuilder _ adapters: () -> [any Adapter] = { [] }
  ) {
    require(width >= 1, "SampledBeamSearch(width: \(width)): at least 1 text is kept at every step.")
    require(maximumNewTokens >= 1, "SampledBeamSearch(maximumNewTokens: \(maximumNewTokens)): at least 1 token is written.")
    require(
      stopping != .allEnded,
      "SampledBeamSearch(stopping: .allEnded): its finished texts leave the beam; .firstEnded, .heuristic and .never do so.")
    beams = BeamSearch(
      randomWidth: width, maximumNewTokens: maximumNewTokens, lengthPenalty: lengthPenalty, stopping: stopping,
      adaptedScore: adaptedScore, adapters: adapters())
  }

  public var checker: AnyChecker? {
    get { beams.checker }
    set { beams.checker = newValue }
  }

  public func generate(_ request: GenerationRequest) async throws -> SearchRuns {
    try await SearchRuns(beams, request, name: description, texts: 1) { .candidates(seed: request.seed, run: $0) }
  }

  public var description: String { beams.described(as: "SampledBeamSearch, width \(beams.width)") }
}
