import Display

extension Search {
  /// Why a text is the result, or why it is not: where the search left it, in one sentence.
  ///
  /// - Throws: ``VocabularyError`` when the text has a word that the model does not know.
  public func explanation(for text: String) throws -> String {
    let wanted = try space.model.vocabulary.tokens(of: text)
    if wanted.isEmpty { return "A text has at least one token." }
    let place = furthest(wanted)
    let reached = place.map { nodes[$0].length } ?? 0
    if let place, nodes[place].fate != .kept { return explanation(ofNode: place) }
    if reached < wanted.count { return sentence(about: wanted.prefix(reached + 1), notRecordedAfter: place) }
    return explanation(ofNode: place!)
  }

  /// What became of a node, in one sentence.
  public func explanation(ofNode index: Int) -> String {
    require(nodes.indices.contains(index), "explanation(ofNode: \(index)): the search has the nodes 0 to \(nodes.count - 1).")
    let node = nodes[index]
    let name = "«\(label(to: index))»"
    switch node.fate {
    case .kept: return sentence(aboutKept: index, name)
    case .outranked(let step, let rank, let candidates):
      return "\(name) was dropped at step \(step): its \(ranking(node)) has rank \(rank) of \(candidates), and \(keptWords) kept."
    case .notProposed(let rank):
      return
        "\(name) was not proposed at step \(node.step): its last token has rank \(rank) after what stands before it, and \(width ?? 0) are proposed."
    case .undervalued(let step, let rank, let candidates):
      return
        "\(name) was dropped at step \(step) because of its value \(number(node.value)): by score it would have stayed, with the value it has rank \(rank) of \(candidates)."
    case .penalized(let step, let rank, let candidates, let penalty):
      return
        "\(name) was dropped at step \(step) because groups before chose its token: less \(number(penalty)), it has rank \(rank) of \(candidates) in group \(node.group ?? 0)."
    case .rejected: return "\(name) was refused at step \(node.step) by \(checkerWords): no text that it allows begins so."
    case .cannotEnd: return "\(name) must not end at step \(node.step): for \(checkerWords) the text is not complete."
    case .endedTooLow(let step, let rank):
      return "\(name) ended at step \(step) with rank \(rank) of the candidates; only an end among the \(width ?? 0) best counts."
    case .duplicate(let other): return "\(name) is the same text as node \(other), which was found first."
    case .deadEnd: return "\(name) is a dead end: \(checkerWords) allows nothing after it."
    case .bounded(let reachable, let needed):
      return
        "\(name) was given up: no continuation could have a score above \(number(reachable)), and \(keptWords) finished with at least \(number(needed))."
    case .unfinished: return "\(name) was kept to the end of the search, and had not ended."
    case .noBudget:
      return "\(name) was not continued: its share of the budget, by its value \(number(node.value)), is less than half a step."
    case .unvisited: return "\(name) was not visited: the simulations went to its siblings."
    case .rollout:
      let rank = results.firstIndex(of: index).map { $0 == 0 ? ", and it is the result" : ", and it is number \($0 + 1) of the results" }
      return "\(name) was written to its end to judge what it begins with: value \(number(node.value))\(rank ?? "")."
    case .notDrawn(let step, let rank, let candidates):
      return "\(name) was not drawn at step \(step): after chance it has rank \(rank) of \(candidates), and \(keptWords) kept."
    }
  }

  private func sentence(aboutKept index: Int, _ name: String) -> String {
    if let rank = results.firstIndex(of: index) {
      return rank == 0 ? "\(name) is the result." : "\(name) was kept to the end, as number \(rank + 1) of \(results.count)."
    }
    let isContinued = nodes.contains { $0.parent == index }
    return "\(name) was kept at step \(nodes[index].step)" + (isContinued ? ", and continued." : ".")
  }

  /// The node that is the longest beginning of a text; of several, the first.
  private func furthest(_ wanted: [Int]) -> Int? {
    var best: Int?
    for index in nodes.indices {
      guard nodes[index].length <= wanted.count, nodes[index].length > best.map({ nodes[$0].length }) ?? 0 else { continue }
      if wanted.starts(with: tokens(to: index)) { best = index }
    }
    return best
  }

  private func number(_ value: Double?) -> String { value.map { NumberFormat.fixed(4).text($0) } ?? "–" }
  private var keptWords: String { width.map { $0 == 1 ? "1 is" : "\($0) are" } ?? "others are" }
  private var checkerWords: String { space.checker.map { "\($0)" } ?? "no checker" }

  private func ranking(_ node: SearchNode) -> String {
    node.key.map { "key \(number($0))" } ?? "score \(number(node.score))"
  }

  private func sentence(about tokens: ArraySlice<Int>, notRecordedAfter place: Int?) -> String {
    let name = "«\(space.model.vocabulary.label(of: Array(tokens)))»"
    if let place, nodes[place].isFinished { return "\(name) goes on after the end of «\(label(to: place))»." }
    if tokens.count > maximumNewTokens { return "\(name) is longer than \(maximumNewTokens) tokens." }
    guard let width else { return "\(name) was not looked at, or has probability 0." }
    return
      "\(name) was not proposed at step \(tokens.count): its last token is not among the \(width) most probable after what stands before it."
  }
}
