/// A tree that reads as text with lines, and as a picture in SVG.
///
/// ```swift
/// Tree(columns: ["log p"], root: Tree.Node("start", children: [
///   Tree.Node("neural", cells: [-0.5978], status: .kept),
///   Tree.Node("network", cells: [-0.7985], status: .dropped, note: "rank 2 of 2"),
/// ]))
/// ```
/// ```
///              log p
/// start
/// ├─● neural   -0.5978
/// └─○ network  -0.7985  rank 2 of 2
/// ● kept  ○ dropped
/// ```
/// A tree of more than ``maximumRows`` nodes or 12 levels is folded before it is drawn, the least interesting first
/// (see ``folded(to:)``).
public struct Tree: Sendable {
  /// What became of a node. Drawings tell it by shape and by words, never by colour alone.
  public enum Status: Sendable {
    /// A node of which there is nothing to tell.
    case plain
    case kept
    case dropped
    /// A kept node on the way to the result.
    case best
  }

  public struct Node: Sendable {
    public var label: String
    /// The node's values, one for each column of the tree.
    public var cells: [TableCell]
    public var status: Status
    /// A few words beside the node: why it was dropped, what it is.
    public var note: String?
    public var children: [Node]
    /// Whether the node stands for others that are not drawn, and has no values of its own.
    var isFold = false
    /// What was folded into the node, in a few words.
    var foldNote: String?
    /// How many nodes this one stands for, its children not counted: more than 1 once others were folded into it.
    var weight = 1

    public init(_ label: String, cells: [TableCell] = [], status: Status = .plain, note: String? = nil, children: [Node] = []) {
      self.label = label
      self.cells = cells
      self.status = status
      self.note = note
      self.children = children
    }

    /// The number of nodes in the tree under this one, itself included.
    public var count: Int { children.reduce(1) { $0 + $1.count } }
  }

  public var caption: String?
  public var columns: [TableColumn]
  public var root: Node
  /// What stands between the labels of nodes that are folded into one.
  public var separator = " "
  /// How many nodes are drawn before the tree is folded.
  public var maximumRows = 48

  public init(columns: [TableColumn] = [], root: Node, caption: String? = nil) {
    self.caption = caption
    self.columns = columns
    self.root = root
  }

  /// The same tree, with so many nodes drawn before it is folded.
  public func showing(rows count: Int) -> Tree {
    var tree = self
    tree.maximumRows = max(2, count)
    return tree
  }
}

extension Tree: Displayable, CustomStringConvertible {
  public var mimeBundle: MIMEBundle { MIMEBundle(text: description, svg: svg) }

  /// The values of a node as they are written.
  func texts(of node: Node) -> [String] {
    zip(columns, node.cells).map { $1.text($0.format) }
  }
}

extension Tree.Node {
  /// All that is said beside the node.
  var notes: String { [note, foldNote].compactMap { $0 }.joined(separator: ", ") }

  /// Whether the path to the result goes through this node.
  var isBest: Bool { status == .best }

  /// Calls the function for the node and everything under it, parents first.
  func forEach(_ body: (Tree.Node) -> Void) {
    body(self)
    for child in children { child.forEach(body) }
  }
}
