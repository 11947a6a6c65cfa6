/// Exclude top choices: of the tokens with a probability of at least the threshold, keeps only the least probable one, and all below.
///
/// With the given probability at each step; otherwise it changes nothing. Where fewer than two tokens reach the threshold it
/// changes nothing either. Of equally probable tokens the one with the lower number stays.
///
/// Source: Weidmann 2024, the pull request «Exclude top choices» of text-generation-webui; llama.cpp's `xtc`.
public struct XTC: Adapter, Equatable {
  public let threshold: Double
  public let probability: Double

  /// - Parameters:
  ///   - threshold: above 0, at most 0.5; no two tokens reach more.
  ///   - probability: above 0, at most 1.
  public init(threshold: Double, probability: Double) {
    require(threshold > 0 && threshold <= 0.5, XTC.refusal(threshold: threshold))
    require(probability > 0 && probability <= 1, XTC.refusal(probability: probability))
    self.threshold = threshold
    self.probability = probability
  }

  static func refusal(threshold: Double) -> String { "XTC(threshold: \(threshold)): the threshold is above 0 and at most 0.5." }
  static func refusal(probability: Double) -> String { "XTC(probability: \(probability)): the probability is above 0 and at most 1." }

  public func adapt(_ candidates: inout Candidates, at position: Position) {
    guard probability == 1 || position.uniform < probability else { return }
    let probabilities = candidates.probabilities
    let top = probabilities.indices.filter { probabilities[$0] >= threshold }
    guard let least = top.min(by: { probabilities[$0] < probabilities[$1] }) else { return }
    candidates.keep { $0 == least || probabilities[$0] < threshold }
  }

  public var isRandom: Bool { probability < 1 }
  public var description: String { "XTC(threshold: \(threshold), probability: \(probability))" }
}
