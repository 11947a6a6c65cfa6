public import Display

extension FinetuningComparison {
  /// Every row with its figures, the floors first, figures from papers last.
  public var table: Table {
    var columns: [TableColumn] = [
      "model", "method", TableColumn("trainable"), TableColumn("of"), TableColumn("accuracy", format: .percent(1), best: .highest),
      TableColumn("95 % interval", alignment: .right), TableColumn("macro F1", format: .fixed(3)),
      TableColumn("10¹² operations", format: .significant(3)), TableColumn("seconds", format: .fixed(1)),
      TableColumn("peak MB", format: .fixed(0)),
    ]
    var cells = rows.map(cells)
    cells += published.map { result in
      [
        .text(result.model), .text("published: \(result.source)"), nil, nil, .text(NumberFormat.percent(1).text(result.accuracy)), nil, nil,
        nil, nil, nil,
      ]
    }
    if rows.contains(where: { $0.note != nil }) {
      columns.append("note")
      cells = zip(cells, rows.map(\.note) + published.map { _ in "other data and budget" }).map { $0 + [.text($1 ?? "")] }
    }
    return Table(columns: columns, rows: cells, caption: setting + (isInterrupted ? "; interrupted" : ""))
  }

  private func cells(_ row: FinetuningRow) -> [TableCell] {
    let isMeasured = row.kind == .measured
    let accuracy = accuracy(row)
    let interval = ClassificationStatistics.interval(accuracy, count: answers.count)
    let digits = NumberFormat.fixed(1)
    return [
      .text(row.model.isEmpty ? "–" : row.model), .text(row.method), isMeasured ? .integer(row.trainableParameters) : nil,
      isMeasured ? .integer(row.totalParameters) : nil, .number(accuracy),
      accuracy.isNaN ? nil : .text("\(digits.text(interval.lowerBound * 100))–\(digits.text(interval.upperBound * 100))"),
      .number(row.predictions.isEmpty ? .nan : ClassificationStatistics.macroF1(row.predictions, answers, classes: labels.count)),
      isMeasured ? .number(Double(row.trainingOperations + row.testOperations) * 1e-12) : nil,
      isMeasured ? .number(row.trainingSeconds + row.testSeconds) : nil,
      isMeasured ? (row.peakBytes.map { .number(Double($0) / 1e6) } ?? nil) : nil,
    ]
  }

  /// Accuracy only: what is shown while rows come in.
  var shortTable: Table {
    Table(
      columns: ["model", "method", "trainable", TableColumn("accuracy", format: .percent(1), best: .highest)],
      rows: rows.map {
        [
          .text($0.model.isEmpty ? "–" : $0.model), .text($0.method), $0.kind == .measured ? .integer($0.trainableParameters) : nil,
          .number(accuracy($0)),
        ]
      }, caption: "so far")
  }

  /// For every pair of measured rows the difference of their accuracies on the same examples, its 95 % interval (bootstrap, 2,000
  /// resamples) and the exact p of McNemar's test; the smaller the p, the less can the difference be chance.
  public var paired: Table {
    let shown = rows.filter { !$0.predictions.isEmpty }
    let right = shown.map { row in zip(row.predictions, answers).map { $0 == $1 } }
    var cells: [[TableCell]] = []
    for first in shown.indices {
      for second in shown.indices where second > first && (shown[first].kind == .measured || shown[second].kind == .measured) {
        // The better one first.
        let (a, b) = accuracy(shown[first]) >= accuracy(shown[second]) ? (first, second) : (second, first)
        let interval = ClassificationStatistics.bootstrap(right[a], right[b], seed: seed)
        let points = NumberFormat.fixed(1)
        cells.append([
          .text(shown[a].name), .text(shown[b].name), .number((accuracy(shown[a]) - accuracy(shown[b])) * 100),
          .text("\(points.text(interval.lowerBound * 100)) to \(points.text(interval.upperBound * 100))"),
          .number(ClassificationStatistics.mcnemar(right[a], right[b])),
        ])
      }
    }
    return Table(
      columns: [
        "better", "than", TableColumn("by, points", format: .fixed(1)), TableColumn("95 % interval", alignment: .right),
        TableColumn("p (McNemar)", format: .significant(2)),
      ], rows: cells, caption: "\(answers.count) examples, the same for all")
  }

  /// How often each label was given to the examples of each label.
  ///
  /// - Parameter name: part of the row's model or method.
  public func confusion(of name: String) -> Table {
    guard let row = rows.first(where: { $0.name.lowercased().contains(name.lowercased()) && !$0.predictions.isEmpty }) else {
      preconditionFailure("no row «\(name)» with predictions; there are \(rows.map(\.name).joined(separator: "; "))")
    }
    let counts = ClassificationStatistics.confusion(row.predictions, answers, classes: labels.count)
    return Table(
      columns: ["right label"] + labels.map { TableColumn("given \($0)") } + [TableColumn("recall", format: .percent(1))],
      rows: labels.indices.map { label in
        let total = counts[label].reduce(0, +)
        return [.text(labels[label])] + counts[label].map { .integer($0) }
          + [.number(total == 0 ? .nan : Double(counts[label][label]) / Double(total))]
      }, caption: row.name)
  }

  /// The accuracies with their intervals, floors among them, as a picture: one place for every row.
  public var accuracies: Plot {
    let shown = rows.filter { !$0.predictions.isEmpty }
    return Plot(
      x: PlotAxis("row"), y: PlotAxis("accuracy", range: 0...1),
      caption: "Accuracy: " + shown.enumerated().map { "\($0 + 1) \($1.name)" }.joined(separator: " · ")
    ) {
      Dots(
        "test part",
        shown.enumerated().map { (x: Double($0 + 1), y: accuracy($1)) },
        errors: shown.map { row in
          let interval = ClassificationStatistics.interval(accuracy(row), count: answers.count)
          return (interval.upperBound - interval.lowerBound) / 2
        })
    }
  }

  /// How the losses fell while the rows trained.
  public var losses: Plot { FinetuningComparison.lossPlot(rows.filter { $0.steps > 0 }.map { ($0.name, $0.history) }) }

  /// How the accuracies on the validation part rose.
  public var validations: Plot {
    Plot(
      x: PlotAxis("share of the training"), y: PlotAxis("accuracy"), caption: "Accuracy on the validation part",
      series: rows.filter { $0.history.validations.count > 1 }.map { row in
        Line(
          row.name,
          row.history.validations.compactMap { point in
            point.accuracy.map { (x: Double(point.step) / Double(max(row.steps, 1)), y: $0) }
          }, marks: true
        ).series
      })
  }

  static func lossPlot(_ rows: [(name: String, history: TrainingHistory)]) -> Plot {
    Plot(
      x: PlotAxis("share of the training"), y: PlotAxis("loss, nats"), caption: "Loss of the training batches",
      series: rows.filter { !$0.history.losses.isEmpty }.map { name, history in
        let last = Double(history.losses.last?.step ?? 1)
        return Line(name, history.losses.map { (x: Double($0.step) / last, y: $0.loss) }).series
      })
  }
}

extension FinetuningComparison: Displayable, CustomStringConvertible {
  public var mimeBundle: MIMEBundle { table.mimeBundle }
  public var description: String { table.description }
}
