internal import Tensors

/// Figures of a classifier, and whether two differ.
enum ClassificationStatistics {
  static func accuracy(_ predictions: [Int], _ labels: [Int]) -> Double {
    labels.isEmpty ? .nan : Double(zip(predictions, labels).count { $0 == $1 }) / Double(labels.count)
  }

  /// Wilson's 95 % interval of a share (Wilson 1927): it stays within 0...1 and holds for few examples.
  static func interval(_ share: Double, count: Int) -> ClosedRange<Double> {
    guard count > 0 else { return 0...1 }
    let (n, z) = (Double(count), 1.959963984540054)
    let middle = (share + z * z / (2 * n)) / (1 + z * z / n)
    let half = z / (1 + z * z / n) * (share * (1 - share) / n + z * z / (4 * n * n)).squareRoot()
    return max(0, middle - half)...min(1, middle + half)
  }

  /// The mean over the labels of the harmonic mean of precision and recall; a label that is neither there nor predicted does not count,
  /// as scikit-learn has it.
  static func macroF1(_ predictions: [Int], _ labels: [Int], classes: Int) -> Double {
    let scores = (0..<classes).compactMap { label -> Double? in
      let both = zip(predictions, labels).count { $0 == label && $1 == label }
      let all = predictions.count { $0 == label } + labels.count { $0 == label }
      return all == 0 ? nil : 2 * Double(both) / Double(all)
    }
    return scores.isEmpty ? .nan : scores.reduce(0, +) / Double(scores.count)
  }

  /// `[label][prediction]`: how often.
  static func confusion(_ predictions: [Int], _ labels: [Int], classes: Int) -> [[Int]] {
    var counts = Array(repeating: Array(repeating: 0, count: classes), count: classes)
    for (prediction, label) in zip(predictions, labels) { counts[label][prediction] += 1 }
    return counts
  }

  /// The exact two-sided p of McNemar's test (1947): of the examples that only one of two gets right, how unlikely is such a division
  /// if either were equally likely?
  static func mcnemar(_ first: [Bool], _ second: [Bool]) -> Double {
    let onlyFirst = zip(first, second).count { $0 && !$1 }
    let onlySecond = zip(first, second).count { !$0 && $1 }
    let (n, k) = (onlyFirst + onlySecond, min(onlyFirst, onlySecond))
    if n == 0 { return 1 }
    func logChoose(_ k: Int) -> Double { logGamma(Double(n + 1)) - logGamma(Double(k + 1)) - logGamma(Double(n - k + 1)) }
    let tail = (0...k).reduce(0.0) { $0 + exponential(logChoose($1) - Double(n) * logarithm(2)) }
    return min(1, 2 * tail)
  }

  /// The 95 % interval of the difference of two accuracies on the same examples: the 2.5th and 97.5th percentile of 2,000 resamples
  /// (Efron 1979).
  static func bootstrap(_ first: [Bool], _ second: [Bool], seed: UInt64) -> ClosedRange<Double> {
    let differences = zip(first, second).map { ($0 ? 1 : 0) - ($1 ? 1 : 0) }
    guard !differences.isEmpty else { return 0...0 }
    var stream = RandomSource(seed: seed).child("bootstrap")
    let means = (0..<2_000).map { _ in
      var sum = 0
      for _ in differences.indices { sum += differences[Int(truncatingIfNeeded: stream.next() >> 33) % differences.count] }
      return Double(sum) / Double(differences.count)
    }.sorted()
    return means[49]...means[1_949]
  }
}
