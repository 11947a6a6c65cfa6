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
      if !model.endTokens.isEmpty { Column("ended", \.node.isFinished) }
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

  /// Why a text is the result, or why it is not: where the search left it, in one sentence.
  ///
  /// - Throws: ``VocabularyError`` when the text has a word that the model does not know.
  public func explanation(for text: String) throws -> String {
    let wanted = try model.vocabulary.tokens(of: text)
    var place: Int?
    for (index, token) in wanted.enumerated() {
      guard let next = nodes.indices.first(where: { nodes[$0].parent == place && nodes[$0].token == token }) else {
        return sentence(about: wanted.prefix(index + 1), notRecordedAfter: place)
      }
      place = next
      if nodes[next].fate != .kept { return sentence(about: next) }
    }
    guard let place else { return "A text has at least one token." }
    let name = "«\(label(to: place))»"
    if let rank = results.firstIndex(of: place) {
      return rank == 0 ? "\(name) is the result." : "\(name) was kept to the end, as number \(rank + 1) of \(results.count)."
    }
    return "\(name) was kept at step \(nodes[place].step), and continued."
  }

  private func sentence(about index: Int) -> String {
    let node = nodes[index]
    let name = "«\(label(to: index))»"
    let kept = width ?? 0
    switch node.fate {
    case .kept: return "\(name) was kept."
    case .outranked(let step, let rank, let candidates):
      return
        "\(name) was dropped at step \(step): its score \(NumberFormat.fixed(4).text(node.score)) has rank \(rank) of \(candidates), and \(kept) are kept."
    case .notProposed(let rank):
      return
        "\(name) was not proposed at step \(node.step): its last token has rank \(rank) after what stands before it, and \(kept) are proposed."
    }
  }

  private func sentence(about tokens: ArraySlice<Int>, notRecordedAfter place: Int?) -> String {
    let name = "«\(model.vocabulary.label(of: Array(tokens)))»"
    if let place, nodes[place].isFinished { return "\(name) goes on after the end of «\(label(to: place))»." }
    if tokens.count > maximumNewTokens { return "\(name) is longer than \(maximumNewTokens) tokens." }
    guard let width else { return "\(name) has probability 0." }
    return
      "\(name) was not proposed at step \(tokens.count): its last token is not among the \(width) most probable after what stands before it."
  }
}
