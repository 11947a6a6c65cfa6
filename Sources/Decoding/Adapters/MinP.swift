/// Keeps the tokens that are at least `share` times as probable as the most probable one.
///
/// Source: Nguyen et al. 2024, «Turning up the heat: min-p sampling for creative and coherent LLM outputs».
public struct MinP: Adapter, Equatable {
  public let share: Double

  /// - Parameter share: 0 ... 1; 0 keeps everything.
  public init(_ share: Double) {
    require((0...1).contains(share), MinP.refusal(share))
    self.share = share
  }

  static func refusal(_ share: Double) -> String { "MinP(\(share)): the share of the highest probability is from 0 to 1." }

  public func adapt(_ candidates: inout Candidates, at position: Position) {
    let probabilities = candidates.probabilities
    let threshold = share * (probabilities.max() ?? 0)
    candidates.keep { probabilities[$0] >= threshold }
  }

  public var description: String { "MinP(\(share))" }
}
