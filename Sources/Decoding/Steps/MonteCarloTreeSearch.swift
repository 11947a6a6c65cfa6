internal import Glibc
import LanguageModels

/// Monte-Carlo tree search: a tree of steps grows where the values of the texts behind it are high, or little is known of them.
///
/// ```swift
/// MonteCarloTreeSearch(simulations: 200, branching: 4, step: .line, by: verifier) { Temperature(0.8) }
/// ```
/// Every simulation goes from the prompt down to a leaf, choosing at each node the child with the highest upper confidence bound;
/// writes the text on to its end by sampling; asks for the value of the whole; and adds it to every node on the way. A leaf that is
/// reached again gets children: of single tokens the most probable ones, of longer steps as many as were drawn. The result is the
/// complete text with the highest value that was seen. Values are scaled to 0 … 1 by the lowest and highest seen so far.
///
/// Complexity: at most `simulations` rollouts and as many calls of the value function as there are different texts.
///
/// Source: Kocsis and Szepesvári 2006, «Bandit based Monte-Carlo planning» (UCT); Silver et al. 2017, «Mastering the game of Go without
/// human knowledge» (PUCT); Schrittwieser et al. 2020, «Mastering Atari, Go, chess and shogi» (scaling of values).
public struct MonteCarloTreeSearch: RandomStrategy, CheckableStrategy {
  /// Which child a simulation goes to, for a child with mean value Q after n visits of its parent's N.
  public enum Selection: Sendable, Equatable, CustomStringConvertible {
    /// Q + c √(ln N / n); children that were never visited come first.
    case uct(exploration: Double)
    /// Q + c P √N / (1 + n), with the prior P that the model gives the step; Q of a child that was never visited is its parent's.
    case puct(exploration: Double)

    var exploration: Double {
      switch self {
      case .uct(let exploration), .puct(let exploration): exploration
      }
    }

    public var description: String {
      switch self {
      case .uct(let exploration): "UCT \(exploration)"
      case .puct(let exploration): "PUCT \(exploration)"
      }
    }
  }

  /// How a leaf is judged.
  public enum Evaluation: Sendable, Equatable {
    /// By the value of the text when it is written to its end, by sampling with the adapters.
    case rollout
    /// By the value of the text as it is; the value function must know what to make of beginnings.
    case value
  }

  public let simulations: Int
  public let branching: Int
  public let selection: Selection
  public let evaluation: Evaluation
  var settings: StepSettings

  /// - Parameters:
  ///   - simulations: the budget, at least 1.
  ///   - branching: how many children a node has at most, at least 1.
  ///   - value: judges texts.
  ///   - selection: the exploration is at least 0.
  ///   - maximumNewTokens: at least 1.
  ///   - adapters: of the draws, and of the probabilities that rank tokens.
  public init(
    simulations: Int, branching: Int = 4, step unit: StepUnit = .tokens(1), by value: ValueFunction,
    selection: Selection = .uct(exploration: 1.4), evaluation: Evaluation = .rollout, maximumNewTokens: Int = 20,
    @AdapterBuilder _ adapters: () -> [any Adapter] = { [] }
  ) {
    require(simulations >= 1, "MonteCarloTreeSearch(simulations: \(simulations)): at least 1 simulation is made.")
    require(branching >= 1, "MonteCarloTreeSearch(branching: \(branching)): a node has at least 1 child.")
    require(
      selection.exploration >= 0 && selection.exploration.isFinite,
      "MonteCarloTreeSearch(selection: \(selection)): the exploration is a number of at least 0.")
    self.simulations = simulations
    self.branching = branching
    self.selection = selection
    self.evaluation = evaluation
    settings = StepSettings(
      "MonteCarloTreeSearch", unit: unit, maximumNewTokens: maximumNewTokens, value: value, adapters: adapters())
  }

  public var checker: AnyChecker? {
    get { settings.checker }
    set { settings.checker = newValue }
  }

  public func generate(_ request: GenerationRequest) async throws -> SearchRuns {
    var searches: [Search] = []
    for number in request.numbers {
      var run = TreeSearchRun(self, request, sample: number)
      searches.append(try await run.search(seed: request.seed))
    }
    return SearchRuns(searches, texts: 1)
  }

  public var description: String {
    let judged = evaluation == .rollout ? "" : ", no rollouts"
    return settings.described(as: "MonteCarloTreeSearch, \(simulations) simulations, \(branching) branches, \(selection)\(judged)")
  }
}
