internal import Glibc
import Display

extension Search {
  /// The tree of everything that the search has looked at: kept and dropped branches, each dropped one with the reason.
  public var tree: Tree {
    let isBest = Set(results.first.map(path) ?? [])
    var children: [Int?: [Int]] = [:]
    for index in nodes.indices { children[nodes[index].parent, default: []].append(index) }
    let hasValues = nodes.contains { $0.value != nil }
    let hasVisits = nodes.contains { $0.visits != nil }
    var columns = [TableColumn("p", format: .significant(3)), TableColumn("Σ log p", format: .fixed(4))]
    if nodes.allSatisfy({ $0.rest.isEmpty }) { columns[0] = TableColumn("p", format: .fixed(3)) }
    if hasVisits { columns.append("visits") }
    if hasValues { columns.append(TableColumn("value", format: .fixed(3))) }
    func drawn(_ index: Int) -> Tree.Node {
      let node = nodes[index]
      var cells: [TableCell] = [.number(exp(node.logProbability)), .number(node.total)]
      if hasVisits { cells.append(node.visits.map { .integer($0) } ?? .undefined) }
      if hasValues { cells.append(node.value.map { .number($0) } ?? .undefined) }
      return Tree.Node(
        space.model.vocabulary.label(of: node.tokens), cells: cells,
        status: isBest.contains(index) ? .best : node.isKept ? .kept : .dropped, note: note(on: node),
        children: inOrder(children[index] ?? []).map(drawn))
    }
    let start = space.prompt.isEmpty ? "(start)" : space.model.vocabulary.label(of: space.prompt)
    var tree = Tree(
      columns: columns,
      root: Tree.Node(start, children: inOrder(children[nil] ?? []).map(drawn)), caption: strategy)
    tree.separator = space.model.vocabulary.labelSeparator
    return tree
  }

  /// The most probable token first; of equally probable ones the one with the lower number.
  private func inOrder(_ siblings: [Int]) -> [Int] {
    siblings.sorted { (nodes[$1].logProbability, nodes[$0].token) < (nodes[$0].logProbability, nodes[$1].token) }
  }

  /// A few words on why the search went no further here.
  private func note(on node: SearchNode) -> String? {
    switch node.fate {
    case .kept: node.isFinished ? "ended" : nil
    case .outranked(let step, let rank, let candidates):
      step == node.step ? "rank \(rank) of \(candidates)" : "ended, then rank \(rank) of \(candidates) at step \(step)"
    case .notProposed: "not proposed"
    case .undervalued(_, let rank, let candidates): "by value rank \(rank) of \(candidates)"
    case .penalized(_, let rank, let candidates, _): "penalized: rank \(rank) of \(candidates)"
    case .rejected: "syntax"
    case .cannotEnd: "must not end"
    case .endedTooLow(_, let rank): "ended at rank \(rank)"
    case .duplicate: "duplicate"
    case .deadEnd: "dead end"
    case .bounded(let reachable, _): "at most \(NumberFormat.fixed(4).text(reachable))"
    case .unfinished: "unfinished"
    case .notDrawn: "not drawn"
    case .noBudget: "no budget"
    case .unvisited: "not visited"
    case .rollout: "rollout"
    }
  }
}
