/// What needs no model: every row of a comparison has to beat these.
enum Floors {
  /// The commonest label of the training part for everything.
  static func majority(_ split: DataSplit) -> [Int] {
    let counts = split.labels.indices.map { label in split.train.examples.count { $0.label == label } }
    let best = counts.indices.max { (counts[$0], -$0) < (counts[$1], -$1) } ?? 0
    return split.test.examples.map { _ in best }
  }

  /// Naive Bayes over the words and word pairs of the second text alone: what the hypotheses give away (Gururangan et al. 2018).
  ///
  /// Multinomial, with one added to every count.
  ///
  /// - Returns: nil for data without second texts.
  static func hypothesisOnly(_ split: DataSplit) -> [Int]? {
    guard split.train.hasPairs else { return nil }
    var counts: [String: [Double]] = [:]
    var (totals, examples) = (split.labels.map { _ in 0.0 }, split.labels.map { _ in 1.0 })
    for example in split.train.examples {
      examples[example.label] += 1
      for feature in features(example.pair ?? "") {
        counts[feature, default: split.labels.map { _ in 0 }][example.label] += 1
        totals[example.label] += 1
      }
    }
    let vocabulary = Double(counts.count + 1)
    return split.test.examples.map { example in
      var scores = examples.map(logarithm)
      for feature in features(example.pair ?? "") {
        guard let seen = counts[feature] else { continue }
        for label in scores.indices { scores[label] += logarithm((seen[label] + 1) / (totals[label] + vocabulary)) }
      }
      return scores.argmax
    }
  }

  private static func features(_ text: String) -> [String] {
    let words = text.lowercased().split { !$0.isLetter && !$0.isNumber && $0 != "'" }.map(String.init)
    return words + zip(["^"] + words, words).map { $0 + " " + $1 }
  }
}

/// A figure from a paper, to be shown beside measured ones: other data, other budgets.
public struct PublishedResult: Sendable, Equatable {
  public let model: String
  /// The share of right answers.
  public let accuracy: Double
  /// Paper, and what it was measured on.
  public let source: String

  public init(_ model: String, accuracy: Double, source: String) {
    self.model = model
    self.accuracy = accuracy
    self.source = source
  }

  /// MNLI's matched test set after finetuning on all 392,702 pairs.
  public static let mnli = [
    PublishedResult("GPT-1, 117 M", accuracy: 0.821, source: "Radford et al. 2018"),
    PublishedResult("BERT-base, 110 M", accuracy: 0.846, source: "Devlin et al. 2019"),
    PublishedResult("BERT-large, 340 M", accuracy: 0.867, source: "Devlin et al. 2019"),
    PublishedResult("T5-base, 220 M", accuracy: 0.871, source: "Raffel et al. 2020"),
    PublishedResult("T5-large, 770 M", accuracy: 0.899, source: "Raffel et al. 2020"),
  ]
}
