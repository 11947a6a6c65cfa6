extension Tree {
  /// The tree with at most so many nodes and 12 levels, as far as that can be had; the path to the result always stays.
  ///
  /// Folding goes on, step by step, until the tree is small enough:
  /// 1. dropped leaves that are siblings become one line;
  /// 2. a chain of nodes without a choice becomes one node, and what was dropped around it a number;
  /// 3. branches that were kept for a while and lead to no survivor become one line;
  /// 4. of the remaining branches, those away from the result become one line; where there is no result, of each node's children as many
  ///    stay as there is room for, four at least.
  public func folded(to count: Int) -> Tree {
    let depth = root.depth
    let withoutDeadEnds = { root.foldingDeadEnds(depth: depth).foldingDroppedLeaves().foldingChains(separator) }
    var steps: [() -> Node] = [
      { root },
      { root.foldingDroppedLeaves() },
      { root.foldingDroppedLeaves().foldingChains(separator) },
      withoutDeadEnds,
    ]
    // The root and the line that stands for the rest take two.
    var siblings = max(4, count - 2)
    while true {
      let shown = siblings
      steps.append { withoutDeadEnds().foldingAwayFromResult(showing: shown) }
      if siblings == 4 { break }
      siblings = max(4, siblings / 2)
    }
    var tree = self
    for step in steps {
      tree.root = step()
      if tree.root.count <= count, tree.root.depth <= 12 { break }
    }
    return tree
  }
}

extension Tree.Node {
  /// The number of nodes on the longest way down.
  fileprivate var depth: Int { 1 + (children.map(\.depth).max() ?? 0) }

  private static func fold(_ count: Int, _ words: String) -> Tree.Node {
    var node = Tree.Node("… \(grouped(count)) \(words)", status: .dropped)
    node.isFold = true
    node.weight = count
    return node
  }

  /// How many nodes there are here, those that were folded included.
  private var realCount: Int { children.reduce(weight) { $0 + $1.realCount } }

  fileprivate func foldingDroppedLeaves() -> Tree.Node {
    var node = self
    let leaves = children.filter { $0.status == .dropped && $0.children.isEmpty }
    guard leaves.count > 1 else {
      node.children = children.map { $0.foldingDroppedLeaves() }
      return node
    }
    node.children = children.filter { !($0.status == .dropped && $0.children.isEmpty) }.map { $0.foldingDroppedLeaves() }
    node.children.append(.fold(leaves.reduce(0) { $0 + $1.realCount }, "dropped"))
    return node
  }

  fileprivate func foldingChains(_ separator: String) -> Tree.Node {
    // The root is the beginning of everything and not part of a chain.
    var node = self
    node.children = children.map { $0.mergingChain(separator) }
    return node
  }

  private func mergingChain(_ separator: String) -> Tree.Node {
    if status == .dropped { return self }
    var node = self
    var lost = 0
    var labels = [label]
    while true {
      let living = node.children.filter { $0.status != .dropped }
      guard living.count == 1, let next = living.first, next.status == node.status else { break }
      let beside = node.children.filter { $0.status == .dropped }.reduce(0) { $0 + $1.realCount }
      lost += beside
      node.weight += beside + next.weight
      labels.append(next.label)
      node.cells = next.cells
      node.note = next.note
      node.children = next.children
    }
    // A long chain would be a text of many lines: its beginning and its end tell it.
    let left = labels.count - 160
    if left > 1 { labels.replaceSubrange(120..<(120 + left), with: ["… \(grouped(left)) more …"]) }
    node.label = labels.joined(separator: separator)
    let isEnd = !node.children.isEmpty && node.children.allSatisfy { $0.status == .dropped }
    let after = isEnd ? node.children.reduce(0) { $0 + $1.realCount } : 0
    if isEnd {
      node.weight += after
      node.children = []
    }
    let notes = [lost > 0 ? "\(grouped(lost)) dropped on the way" : nil, after > 0 ? "\(grouped(after)) dropped after it" : nil]
    let words = notes.compactMap { $0 }
    node.foldNote = words.isEmpty ? nil : words.joined(separator: ", ")
    node.children = node.children.map { $0.mergingChain(separator) }
    return node
  }

  /// Whether a node that nobody dropped reaches the tree's last level, or the path to the result.
  private func survives(depth: Int) -> Bool {
    if status == .dropped { return false }
    if isBest || depth <= 1 { return true }
    return children.contains { $0.survives(depth: depth - 1) }
  }

  fileprivate func foldingDeadEnds(depth: Int) -> Tree.Node {
    var node = self
    let dead = children.filter { $0.status != .dropped && !$0.survives(depth: depth - 1) && !$0.children.isEmpty }
    node.children = children.filter { child in
      child.status == .dropped || child.survives(depth: depth - 1) || child.children.isEmpty
    }.map { $0.foldingDeadEnds(depth: depth - 1) }
    if !dead.isEmpty { node.children.append(.fold(dead.reduce(0) { $0 + $1.realCount }, "in branches that ended")) }
    return node
  }

  fileprivate func foldingAwayFromResult(showing count: Int) -> Tree.Node {
    var node = self
    let way = children.filter(\.isBest)
    let others = children.filter { !$0.isBest }
    guard !others.isEmpty else {
      node.children = way.map { $0.foldingAwayFromResult(showing: count) }
      return node
    }
    // Without a result to lead to, the first few branches stand for the rest.
    let shown = way.isEmpty ? Array(others.prefix(count)) : way
    let rest = Array(others.dropFirst(way.isEmpty ? count : 0))
    node.children = shown.map { $0.foldingAwayFromResult(showing: count) }
    if !rest.isEmpty {
      let words = rest.allSatisfy(\.children.isEmpty) ? "more" : "nodes in other branches"
      node.children.append(.fold(rest.reduce(0) { $0 + $1.realCount }, words))
    }
    return node
  }
}
