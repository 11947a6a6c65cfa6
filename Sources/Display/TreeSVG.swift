extension Tree {
  /// The tree as a picture: the root left, a row for each leaf, a box for each node.
  ///
  /// Every box brings its own light ground and dark text, so that the picture reads on white and on dark pages. Presentation
  /// attributes only: a viewer that strips style sheets and scripts takes nothing away. Hovering shows a node's path and values.
  public var svg: String {
    var drawing = TreeDrawing(tree: folded(to: maximumRows))
    return drawing.svg()
  }
}

/// Places the nodes of a tree and writes them as SVG.
private struct TreeDrawing {
  /// Sizes in pixels; a letter of the monospaced font at 12 pixels is 7.2 wide.
  private static let letter = 7.2, boxHeight = 22.0, rowHeight = 30.0, gap = 34.0, margin = 8.0

  private let tree: Tree
  private let columnX: [Double]
  private let width: Double
  private var top = 0.0
  private var nextRow = 0.0
  private var edges: [String] = []
  private var boxes: [String] = []

  init(tree: Tree) {
    self.tree = tree
    var widths: [Double] = []
    TreeDrawing.measure(tree.root, in: tree, depth: 0, into: &widths)
    var x = Self.margin
    columnX = widths.map { width in
      defer { x += width + Self.gap }
      return x
    }
    width = x - Self.gap + Self.margin
  }

  private static func measure(_ node: Tree.Node, in tree: Tree, depth: Int, into widths: inout [Double]) {
    if depth == widths.count { widths.append(0) }
    widths[depth] = max(widths[depth], boxWidth(node, in: tree))
    for child in node.children { measure(child, in: tree, depth: depth + 1, into: &widths) }
  }

  private static func text(_ node: Tree.Node, in tree: Tree) -> (label: String, values: String) {
    let values = node.isFold ? [] : tree.texts(of: node) + (node.note.map { [$0] } ?? [])
    return ((node.isFold ? "" : node.status == .best ? "★ " : "") + shortened(node.label), values.joined(separator: "\u{A0}\u{A0}"))
  }

  /// A long label without its middle; hovering shows all of it.
  private static func shortened(_ label: String) -> String {
    label.count <= 44 ? label : label.prefix(26) + " … " + label.suffix(15)
  }

  private static func boxWidth(_ node: Tree.Node, in tree: Tree) -> Double {
    let text = text(node, in: tree)
    return 12 + letter * Double(displayWidth(text.label) + (text.values.isEmpty ? 0 : 2 + displayWidth(text.values)))
  }

  mutating func svg() -> String {
    let names = tree.columns.map(\.title).filter { !$0.isEmpty }
    let captions = [tree.caption, names.isEmpty ? nil : "beside each node: " + names.joined(separator: ", ")].compactMap { $0 }
    top = Self.margin + Double(captions.count) * 18
    _ = draw(tree.root, depth: 0, path: "")
    let bottom = top + nextRow * Self.rowHeight + Self.margin
    let legend = legend(y: bottom + 8)
    let height = legend.isEmpty ? bottom : bottom + 22
    let total = max(width, legend.isEmpty ? 0 : 540, (captions.map { Double(displayWidth($0)) * 6.6 }.max() ?? 0) + 2 * Self.margin)
    // A page of a notebook is about 860 wide; up to a quarter smaller the text can still be read.
    let scale = min(1, max(860 / total, 0.75))
    let head = """
      <svg xmlns="http://www.w3.org/2000/svg" width="\(px(total * scale))" height="\(px(height * scale))" viewBox="0 0 \(px(total)) \(px(height))" \
      font-family="DejaVu Sans Mono, Menlo, Consolas, monospace" font-size="12">
      """
    let words = captions.enumerated().map { grey($1, x: Self.margin, y: 16 + Double($0) * 18) }
    return ([head] + words + edges + boxes + [legend, "</svg>"]).filter { !$0.isEmpty }.joined(separator: "\n")
  }

  /// Draws the node and everything under it; returns where the middle of its box lies.
  private mutating func draw(_ node: Tree.Node, depth: Int, path: String) -> Double {
    let path = depth == 0 ? "" : path.isEmpty ? node.label : path + " " + node.label
    let box = Self.boxWidth(node, in: tree)
    let middles = node.children.map { draw($0, depth: depth + 1, path: path) }
    let y: Double
    if let first = middles.first, let last = middles.last {
      y = (first + last) / 2
    } else {
      y = top + nextRow * Self.rowHeight + Self.rowHeight / 2
      nextRow += 1
    }
    for (child, middle) in zip(node.children, middles) {
      edges.append(edge(from: (columnX[depth] + box, y), to: (columnX[depth + 1], middle), status: child.status))
    }
    boxes.append(drawing(of: node, x: columnX[depth], y: y, width: box, path: path))
    return y
  }

  private func edge(from start: (x: Double, y: Double), to end: (x: Double, y: Double), status: Tree.Status) -> String {
    let middle = (start.x + end.x) / 2
    return """
      <path d="M\(px(start.x)) \(px(start.y)) C\(px(middle)) \(px(start.y)) \(px(middle)) \(px(end.y)) \(px(end.x)) \(px(end.y))" \
      fill="none" \(stroke(status))/>
      """
  }

  private func drawing(of node: Tree.Node, x: Double, y: Double, width: Double, path: String) -> String {
    let text = Self.text(node, in: tree)
    let top = y - Self.boxHeight / 2
    let ink = node.status == .dropped ? "#4b5563" : "#111827"
    let weight = node.status == .best ? #" font-weight="bold""# : ""
    let box = """
      <rect x="\(px(x))" y="\(px(top))" width="\(px(width))" height="\(px(Self.boxHeight))" rx="4" fill="\(ground(node.status))" \
      \(node.isFold ? #"stroke="none""# : stroke(node.status, dark: true))/>
      """
    var parts = ["<g><title>\(hover(node, path: path))</title>", box, word(text.label, x: x + 6, y: y + 4, ink: ink, extra: weight)]
    if !text.values.isEmpty {
      let start = x + 6 + Self.letter * Double(displayWidth(text.label) + 2)
      parts.append(word(text.values, x: start, y: y + 4, ink: "#4b5563", extra: ""))
    }
    return parts.joined() + "</g>"
  }

  /// Text that is as wide as it was measured, whichever font the viewer has.
  private func word(_ text: String, x: Double, y: Double, ink: String, extra: String) -> String {
    let length = Self.letter * Double(displayWidth(text))
    return """
      <text x="\(px(x))" y="\(px(y))" fill="\(ink)" textLength="\(px(length))" lengthAdjust="spacingAndGlyphs"\
      \(extra) xml:space="preserve">\(escaped(text, lineBreak: " "))</text>
      """
  }

  private func hover(_ node: Tree.Node, path: String) -> String {
    let values = zip(tree.columns, tree.texts(of: node)).map { "\($0.title) \($1)" }
    let status = node.status.word
    let parts = [path.isEmpty ? node.label : path] + values + [node.notes, node.isFold ? "" : status].filter { !$0.isEmpty }
    return escaped(parts.joined(separator: " · "), lineBreak: " ")
  }

  private func legend(y: Double) -> String {
    var found: Set<Tree.Status> = []
    tree.root.forEach { if !$0.isFold { found.insert($0.status) } }
    var x = Self.margin
    return [(Tree.Status.best, "★ thick: on the way to the result"), (.kept, "solid: kept"), (.dropped, "dashed: dropped")]
      .filter { found.contains($0.0) }
      .map { status, words in
        defer { x += 34 + Double(displayWidth(words)) * 6.6 + 16 }
        return #"<line x1="\#(px(x))" y1="\#(px(y))" x2="\#(px(x + 26))" y2="\#(px(y))" \#(stroke(status))/>"#
          + grey(words, x: x + 32, y: y + 4)
      }.joined()
  }

  /// Text outside any box: a grey that keeps its contrast on white and on dark (4.5 : 1 against both #fff and #111).
  private func grey(_ text: String, x: Double, y: Double) -> String {
    ##"<text x="\##(px(x))" y="\##(px(y))" fill="#7a7a7a" font-size="11">\##(escaped(text, lineBreak: " "))</text>"##
  }

  private func ground(_ status: Tree.Status) -> String {
    switch status {
    case .plain: "#f3f4f6"
    case .kept: "#dbeafe"
    case .dropped: "#f3f4f6"
    case .best: "#fef3c7"
    }
  }

  /// The line of an edge, or of a box, where it lies on the box's light ground.
  private func stroke(_ status: Tree.Status, dark: Bool = false) -> String {
    switch status {
    case .plain: ##"stroke="#8a8f98" stroke-width="1""##
    case .kept: ##"stroke="#3b82f6" stroke-width="1.5""##
    case .dropped: ##"stroke="\##(dark ? "#4b5563" : "#8a8f98")" stroke-width="1.2" stroke-dasharray="4 3""##
    case .best: ##"stroke="#d97706" stroke-width="3""##
    }
  }
}

/// A length without digits that nobody sees.
func px(_ value: Double) -> String {
  let tenths = Int((value * 10).rounded())
  return tenths % 10 == 0 ? String(tenths / 10) : "\(tenths / 10).\(abs(tenths % 10))"
}
