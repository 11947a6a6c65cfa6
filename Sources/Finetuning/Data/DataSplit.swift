public import Display
internal import Tensors

/// Data cut into what is trained on, what decides when to stop, and what is measured.
public struct DataSplit: Sendable {
  public let train: LabeledData
  public let validation: LabeledData
  public let test: LabeledData
  /// The seed of the cut.
  public let seed: UInt64

  public init(train: LabeledData, validation: LabeledData, test: LabeledData, seed: UInt64) {
    precondition(train.labels == validation.labels && train.labels == test.labels, "the parts of a split have the same labels")
    self.train = train
    self.validation = validation
    self.test = test
    self.seed = seed
  }

  public var labels: [String] { train.labels }

  /// The same cut with fewer examples to train on: the first of them.
  public func training(on count: Int) -> DataSplit {
    DataSplit(train: train.taking(0..<min(count, train.count), called: "first \(count)"), validation: validation, test: test, seed: seed)
  }

  /// The same cut with fewer examples to test and to validate on: the first of them.
  public func testing(on count: Int, validation: Int) -> DataSplit {
    DataSplit(
      train: train, validation: self.validation.taking(0..<min(validation, self.validation.count), called: "first \(validation)"),
      test: test.taking(0..<min(count, test.count), called: "first \(count)"), seed: seed)
  }
}

extension LabeledData {
  /// Cuts the data into three parts by a seeded shuffle.
  ///
  /// The first examples of the shuffled order are the training part, the next the validation part, the next the test part.
  ///
  /// - Throws: ``DataError`` when there are not that many examples.
  public func split(train: Int, validation: Int, test: Int, seed: UInt64) throws(DataError) -> DataSplit {
    guard train >= 1, validation >= 0, test >= 1 else {
      throw DataError(name, "a split into \(train), \(validation) and \(test) examples; train and test have at least 1")
    }
    guard train + validation + test <= count else {
      throw DataError(name, "a split into \(train) + \(validation) + \(test) = \(train + validation + test) examples of \(count)")
    }
    let order = shuffled(count, seed, "split")
    return DataSplit(
      train: taking(order[..<train], called: "train"),
      validation: taking(order[train..<train + validation], called: "validation"),
      test: taking(order[(train + validation)..<(train + validation + test)], called: "test"), seed: seed)
  }
}

extension DataSplit: Displayable, CustomStringConvertible {
  /// The number of examples of every label in every part.
  public var table: Table {
    let parts = [("train", train), ("validation", validation), ("test", test)]
    return Table(
      columns: ["part", "examples"] + labels.map { TableColumn($0) },
      rows: parts.map { name, data in
        [.text(name), .integer(data.count)] + labels.indices.map { label in .integer(data.examples.count { $0.label == label }) }
      }, caption: "\(train.name.split(separator: ",").first ?? ""), split with seed \(seed)")
  }

  public var mimeBundle: MIMEBundle { table.mimeBundle }
  public var description: String { table.description }
}

/// A permutation that a seed and a purpose decide.
func shuffled(_ count: Int, _ seed: UInt64, _ purpose: String) -> [Int] {
  var stream = RandomSource(seed: seed).child(purpose)
  return stream.permutation(of: count)
}
