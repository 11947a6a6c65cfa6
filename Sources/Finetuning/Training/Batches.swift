internal import Tensors

/// Which examples make up which batch: shuffled, and of like lengths, so that little is padded.
enum Batches {
  /// How many batches' worth of shuffled examples are sorted by length together.
  static let span = 32

  /// The batches of an epoch, each with at most `size` examples; a function of the seed and the epoch alone.
  static func epoch(_ epoch: Int, lengths: [Int], size: Int, seed: UInt64) -> [[Int]] {
    let stream = RandomSource(seed: seed).child("epoch", epoch)
    var order = stream.child("examples")
    let shuffled = order.permutation(of: lengths.count)
    var batches: [[Int]] = []
    for start in stride(from: 0, to: shuffled.count, by: span * size) {
      // Ties stay in the shuffled order.
      let part = shuffled[start..<min(start + span * size, shuffled.count)].enumerated()
        .sorted { (lengths[$0.element], $0.offset) < (lengths[$1.element], $1.offset) }.map(\.element)
      for first in stride(from: 0, to: part.count, by: size) { batches.append(Array(part[first..<min(first + size, part.count)])) }
    }
    var places = stream.child("batches")
    return batches.shuffled(using: &places)
  }

  /// Examples in pieces of like lengths, for evaluation.
  static func byLength(_ lengths: [Int], size: Int) -> [[Int]] {
    let order = lengths.indices.sorted { (lengths[$0], $0) < (lengths[$1], $1) }
    return stride(from: 0, to: order.count, by: size).map { Array(order[$0..<min($0 + size, order.count)]) }
  }
}
