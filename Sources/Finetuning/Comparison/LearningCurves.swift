public import Display

/// How the accuracy of methods grows with the number of examples that they train on.
///
/// ```swift
/// let curves = try await LearningCurves(on: nli, sizes: [125, 250, 500, 1_000], epochs: 2, batchSize: 16, seed: 42) {
///   FullFinetuning(on: bert)
///   LowRank(on: gpt, rank: 8)
/// }
/// curves.plot
/// ```
/// A smaller training part is the beginning of the larger one; validation, test and seed stay. Few examples are gone through as often as
/// many: the budget is in epochs, not in steps.
public struct LearningCurves: Sendable {
  /// Numbers of training examples.
  public let sizes: [Int]
  /// A comparison for every size, as far as it came.
  public let comparisons: [FinetuningComparison]

  /// - Parameter sizes: numbers of training examples, each at least 1 and at most those of the split.
  public init(
    on split: DataSplit, sizes: [Int], epochs: Int, batchSize: Int, seed: UInt64, maximumLength: Int = 128,
    @MethodBuilder _ methods: () -> [any FinetuningMethod]
  ) async throws {
    precondition(
      !sizes.isEmpty && sizes.allSatisfy { $0 >= 1 && $0 <= split.train.count },
      "sizes \(sizes) of a training part of \(split.train.count) examples")
    let methods = methods()
    var comparisons: [FinetuningComparison] = []
    for size in sizes {
      if Task.isCancelled { break }
      comparisons.append(
        try await FinetuningComparison(
          on: split.training(on: size), epochs: epochs, batchSize: batchSize, seed: seed, maximumLength: maximumLength
        ) { methods })
    }
    self.sizes = Array(sizes.prefix(comparisons.count))
    self.comparisons = comparisons
  }

  private var names: [String] { comparisons.first?.rows.filter { $0.kind == .measured }.map(\.name) ?? [] }

  private func accuracy(_ name: String, at index: Int) -> Double? {
    let comparison = comparisons[index]
    return comparison.rows.first { $0.name == name && !$0.predictions.isEmpty }.map(comparison.accuracy)
  }

  /// A line for every method, with half its 95 % interval on each side.
  public var plot: Plot {
    Plot(
      x: PlotAxis("training examples", scale: .logarithmic), y: PlotAxis("accuracy"), caption: "Accuracy on the test part",
      series: names.map { name in
        let points = sizes.indices.compactMap { index in accuracy(name, at: index).map { (x: Double(sizes[index]), y: $0) } }
        let errors = points.map { point in
          let interval = ClassificationStatistics.interval(point.y, count: comparisons[0].answers.count)
          return (interval.upperBound - interval.lowerBound) / 2
        }
        return Line(name, points, errors: errors, marks: true).series
      })
  }

  /// A row for every method, a column for every size.
  public var table: Table {
    Table(
      columns: ["method"] + sizes.map { TableColumn("\(NumberFormat.automatic.text($0))", format: .percent(1), best: .highest) },
      rows: names.map { name in [.text(name)] + sizes.indices.map { index in accuracy(name, at: index).map { .number($0) } ?? nil } },
      caption: "Accuracy on \(comparisons.first?.answers.count ?? 0) examples by the number of training examples")
  }
}

extension LearningCurves: Displayable, CustomStringConvertible {
  public var mimeBundle: MIMEBundle { plot.mimeBundle }
  public var description: String { table.description }
}
