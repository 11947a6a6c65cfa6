internal import Glibc
import Display

extension Search {
  /// What the search has to remember after each step: at most k texts, each as a token, a pointer to the text that it continues,
  /// the sum of its log-probabilities, and the model's state.
  public var stored: Table {
    struct Row {
      var step: Int
      var rank: Int
      var text: String
      var continues: Int?
      var node: SearchNode
    }
    var rows: [Row] = []
    for (index, step) in steps.enumerated() {
      let before = index > 0 ? steps[index - 1].kept : []
      for candidate in step.kept {
        let node = nodes[candidate.node]
        let origin = candidate.isCarried ? candidate.node : node.parent
        rows.append(
          Row(
            step: step.number, rank: candidate.rank, text: label(to: candidate.node),
            continues: before.first { $0.node == origin }?.rank, node: node))
      }
    }
    return Table(rows, caption: "Stored after each step") {
      Column("step", \.step)
      Column("rank", \.rank)
      Column("text", \.text)
      Column("continues rank", \.continues)
      Column("p", { exp($0.node.logProbability) }, format: .fixed(3))
      Column("Σ log p", \.node.total, format: .fixed(6))
      if lengthPenalty != .sum { Column(lengthPenalty.description, \.node.score, format: .fixed(6)) }
      if !space.model.endTokens.isEmpty { Column("ended", \.node.isFinished) }
    }
  }

  /// The candidates of one step, ranked, and which of them were kept.
  ///
  /// - Parameter step: from 1 to the number of steps.
  public func candidates(at step: Int) -> Table {
    require((1...max(1, steps.count)).contains(step), "candidates(at: \(step)): the search has the steps 1 to \(steps.count).")
    return Table(steps[step - 1].candidates, caption: "Candidates at step \(step)") {
      Column("rank", \.rank)
      Column("text", { label(to: $0.node) })
      Column("p", { exp(nodes[$0.node].logProbability) }, format: .fixed(3))
      Column("Σ log p", { nodes[$0.node].total }, format: .fixed(6))
      if lengthPenalty != .sum { Column(lengthPenalty.description, { nodes[$0.node].score }, format: .fixed(6)) }
      Column("", { $0.isKept ? "kept" : "dropped" })
    }
  }
}
