import Display

/// What strategies may cost, per text.
public enum GenerationBudget: Sendable, Equatable, CustomStringConvertible {
  case forwardCalls(Int)
  /// Tokens that are read and written.
  case tokens(Int)

  var limit: Double {
    switch self {
    case .forwardCalls(let count), .tokens(let count): Double(count)
    }
  }

  func cost(_ ledger: Ledger) -> Double {
    switch self {
    case .forwardCalls: Double(ledger.forwardCalls)
    case .tokens: Double(ledger.tokensRead + ledger.tokensWritten)
    }
  }

  public var description: String {
    switch self {
    case .forwardCalls(let count): "\(NumberFormat.automatic.text(count)) forward calls"
    case .tokens(let count): "\(NumberFormat.automatic.text(count)) tokens read and written"
    }
  }
}

extension StrategyComparison {
  /// Quality against cost: a curve for each strategy that was run with several N, a point for each other one.
  ///
  /// ```swift
  /// comparison.plot(Accuracy(.integer), against: TokensRead())
  /// ```
  /// The cost is that of one text. Bars are 95 % intervals, their longer half where the halves differ.
  public func plot(_ quality: some Measure, against cost: some Measure) -> Plot {
    var families: [(name: String, runs: [StrategyRun])] = []
    for run in runs where run.isComplete {
      if let index = families.firstIndex(where: { $0.name == run.family }) {
        families[index].runs.append(run)
      } else {
        families.append((run.family, [run]))
      }
    }
    let series = families.map { name, runs -> PlotSeries in
      let runs = runs.sorted { ($0.scale ?? 0) < ($1.scale ?? 0) }
      var points: [(x: Double, y: Double)] = []
      var errors: [Double] = []
      for run in runs {
        let costs = cost.values(for: run).compactMap { $0 }
        guard !costs.isEmpty, let (value, half) = quality.value(for: run).estimate else { continue }
        points.append((costs.reduce(0, +) / Double(costs.count * run.textsPerPrompt), value))
        errors.append(half ?? 0)
      }
      if points.count > 1 { return Line(name, points, errors: errors, marks: true).series }
      return Dots(runs[0].strategy, points, errors: errors).series
    }
    let title = cost.column.title.replacing("\u{A0}", with: " ")
    return Plot(
      x: PlotAxis("\(title), per text", scale: .logarithmic), y: PlotAxis(quality.column.title.replacing("\u{A0}", with: " ")),
      series: series)
  }

  /// What each strategy reaches at the same cost: of those that were run with several N, the one with the largest N that stays within the budget
  /// per text.
  ///
  /// ```swift
  /// comparison.table(atBudget: .tokens(2_000))
  /// ```
  public func table(atBudget budget: GenerationBudget) -> Table {
    require(budget.limit >= 1, "table(atBudget: \(budget)): the budget is at least 1.")
    var best: [StrategyRun] = []
    for run in runs where run.isComplete && run.costPerText(budget.cost) <= budget.limit {
      if let index = best.firstIndex(where: { $0.family == run.family }) {
        if (run.scale ?? 0) > (best[index].scale ?? 0) { best[index] = run }
      } else {
        best.append(run)
      }
    }
    let left = Set(runs.filter(\.isComplete).map(\.family)).subtracting(best.map(\.family)).count
    let note = left == 0 ? "" : "; \(left) \(left == 1 ? "strategy costs" : "strategies cost") more at its smallest"
    return Table(
      columns: ["strategy", TableColumn("cost per text", format: .fixed(1))] + measures.map(\.column),
      rows: best.map { run in [.text(run.strategy), .number(run.costPerText(budget.cost))] + measures.map { $0.value(for: run) } },
      caption: "at most \(budget) per text\(note)")
  }

  /// How much each strategy differs from another one, prompt by prompt: the same prompts make the same ones hard for all, so that differences
  /// are known better than the values.
  ///
  /// - Parameters:
  ///   - measure: one that has a number for every prompt.
  ///   - baseline: which strategy of the comparison, from 0.
  public func differences(in measure: some Measure, from baseline: Int = 0) -> Table {
    require(
      runs.indices.contains(baseline), "differences(from: \(baseline)): the comparison has the strategies 0 to \(runs.count - 1).")
    let base = measure.values(for: runs[baseline])
    require(!base.isEmpty, "differences(in: \(type(of: measure))): this measure has no number for single prompts.")
    let rows = runs.indices.filter { $0 != baseline }.map { index -> [TableCell] in
      let pairs = zip(measure.values(for: runs[index]), base).compactMap { own, other in own.flatMap { own in other.map { own - $0 } } }
      return [
        .text(runs[index].strategy), Statistics.estimate(pairs), .integer(pairs.count { $0 > 0 }), .integer(pairs.count { $0 < 0 }),
        .integer(pairs.count { $0 == 0 }),
      ]
    }
    let title = measure.column.title.split(separator: " ").prefix { !$0.hasPrefix("±") && !$0.hasPrefix("(") }.joined(separator: " ")
    return Table(
      columns: ["strategy", TableColumn("difference ±\u{A0}95\u{A0}%", format: measure.column.format), "higher", "lower", "equal"],
      rows: rows,
      caption: "\(title), prompt by prompt, against \(runs[baseline].strategy)")
  }
}

extension TableCell {
  /// The value, and half the width of its interval where it has one.
  fileprivate var estimate: (value: Double, half: Double?)? {
    switch self {
    case .integer(let number): (Double(number), nil)
    case .number(let number): (number, nil)
    case .estimate(let mean, let half): (mean, half)
    case .interval(let mean, let low, let high): (mean, max(mean - low, high - mean))
    case .text, .undefined: nil
    }
  }
}
