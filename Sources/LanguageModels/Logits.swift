internal import Glibc

/// Rows of logits, one number for every token of the vocabulary, as a forward call gives them.
///
/// Single precision, because that is what networks compute. A log-probability is rounded to it once; sums of log-probabilities
/// are then exact in double precision, whatever their order, so that the columns of a table add up.
public struct Logits: Sendable {
  public let vocabularySize: Int
  /// `[row, vocabulary]`, row after row.
  public var values: [Float]
  /// Whether every row is a distribution already: its values are log-probabilities.
  public let areLogProbabilities: Bool
  /// The rows of other models for the same texts, which adapters compare these with.
  package var companions: [Logits] = []

  /// - Precondition: the number of values is a multiple of the size of the vocabulary.
  public init(vocabularySize: Int, values: [Float], areLogProbabilities: Bool = false) {
    precondition(vocabularySize > 0 && values.count % vocabularySize == 0)
    self.vocabularySize = vocabularySize
    self.values = values
    self.areLogProbabilities = areLogProbabilities
  }

  public var rowCount: Int { values.count / vocabularySize }

  /// The place of a row among the values.
  public func range(ofRow row: Int) -> Range<Int> { row * vocabularySize..<(row + 1) * vocabularySize }

  /// What is subtracted from a row's logits to make them log-probabilities: the logarithm of the sum of their exponentials.
  ///
  /// - Returns: not a number where the row holds one, or where no token has any probability.
  public func logNormalizer(ofRow row: Int) -> Double {
    values.withUnsafeBufferPointer { values in
      let row = UnsafeBufferPointer(rebasing: values[range(ofRow: row)])
      let largest = LogitRow.largest(row)
      guard largest.isFinite else { return .nan }
      return areLogProbabilities ? 0 : Double(largest) + log(LogitRow.sumOfExponentials(row, minus: largest))
    }
  }

  /// The row as log-probabilities in nats, each rounded to single precision.
  public func logProbabilities(ofRow row: Int) -> [Float] {
    if areLogProbabilities { return Array(values[range(ofRow: row)]) }
    let normalizer = logNormalizer(ofRow: row)
    return values[range(ofRow: row)].map { Float(Double($0) - normalizer) }
  }
}
