/// Keeps the k most probable tokens; of equal ones, those with lower numbers, so that there are exactly k.
///
/// Source: Fan, Lewis and Dauphin 2018, «Hierarchical neural story generation». transformers keeps all tokens that tie with the
/// k-th; llama.cpp keeps k.
public struct TopK: Adapter, Equatable {
  public let count: Int

  /// - Parameter count: at least 1; more than the vocabulary keeps everything.
  public init(_ count: Int) {
    require(count >= 1, TopK.refusal(count))
    self.count = count
  }

  static func refusal(_ count: Int) -> String { "TopK(\(count)): at least 1 token must be kept." }

  public func adapt(_ candidates: inout Candidates, at position: Position) {
    guard count < candidates.count else { return }
    candidates.keep(candidates.byScore(first: count))
  }

  public var description: String { "TopK(\(count))" }
}

extension Candidates {
  /// The indices of the candidates with the highest scores, from the highest down; of equal scores the lower token first.
  func byScore(first count: Int) -> [Int] {
    var order = Array(scores.indices)
    // Most of a vocabulary is far below the best: a first pass leaves few to sort.
    if count < order.count / 4, let largest = scores.max() {
      for reach in [2.0, 5, 10, 20] {
        let near = order.filter { scores[$0] >= largest - reach }
        if near.count >= count {
          order = near
          break
        }
      }
    }
    order.sort { scores[$0] > scores[$1] || (scores[$0] == scores[$1] && $0 < $1) }
    return Array(order.prefix(count))
  }
}
