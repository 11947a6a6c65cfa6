import LanguageModels

/// Several beams side by side, each of which loses by choosing what those before it chose at the same step.
///
/// ```swift
/// DiverseBeamSearch(width: 6, groups: 3, penalty: 0.5)
/// ```
/// A token loses the penalty for each text of the groups before that has it at this place (Hamming diversity), and the loss stays
/// in the text's sum: scores are Σ (log p − penalty · count). The first group is an ordinary beam search of its width. The
/// results of all groups are ranked together.
///
/// Complexity: that of ``BeamSearch``; the groups advance in one batch.
///
/// Source: Vijayakumar et al. 2016, «Diverse beam search», with the Hamming penalty, as transformers 4 did it (`num_beam_groups`).
public struct DiverseBeamSearch: DeterministicStrategy, CheckableStrategy {
  public let groups: Int
  public let penalty: Double
  private var beams: BeamSearch

  /// - Parameters:
  ///   - width: the texts of all groups together, a multiple of the number of groups.
  ///   - groups: from 1 to the width.
  ///   - penalty: in nats, at least 0; 0 makes all groups alike.
  ///   - adapters: none for the model's own distribution; none that draws at random.
  public init(
    width: Int, groups: Int, penalty: Double = 1, maximumNewTokens: Int = 20, lengthPenalty: LengthPenalty = .sum,
    stopping: StoppingRule = .allEnded, adaptedScore: AdaptedScore = .normalized,
    @AdapterBuilder _ adapters: () -> [any Adapter] = { [] }
  ) {
    require(
      groups >= 1 && groups <= width && width % groups == 0,
      "DiverseBeamSearch(width: \(width), groups: \(groups)): the groups are 1 to \(max(1, width)), all of the same width.")
    require(penalty >= 0 && penalty.isFinite, "DiverseBeamSearch(penalty: \(penalty)): the penalty is a number of nats of at least 0.")
    self.groups = groups
    self.penalty = penalty
    beams = BeamSearch(
      width: width / groups, maximumNewTokens: maximumNewTokens, lengthPenalty: lengthPenalty, stopping: stopping,
      adaptedScore: adaptedScore, adapters)
  }

  public var checker: AnyChecker? {
    get { beams.checker }
    set { beams.checker = newValue }
  }

  public func generate(_ request: GenerationRequest) async throws -> Search {
    var run = BeamRun(beams, request, BeamVariant(groups: groups, penalty: penalty, name: description))
    return try await run.search()
  }

  public var description: String {
    beams.described(as: "DiverseBeamSearch, width \(beams.width * groups), \(groups) groups, penalty \(penalty)")
  }
}
