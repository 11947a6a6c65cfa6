import Display
import Glibc
import Testing

@Suite("A tree reads as text and as a picture")
struct TreeTests {
  private let tree = Tree(
    columns: [TableColumn("log p", format: .fixed(2))],
    root: Tree.Node(
      "start",
      children: [
        Tree.Node(
          "neural", cells: [-0.6], status: .best,
          children: [
            Tree.Node("<network>", cells: [-1.3], status: .best), Tree.Node("neural", cells: [-1.4], status: .dropped, note: "rank 3 of 2"),
          ]),
        Tree.Node("network", cells: [-0.8], status: .kept),
      ]), caption: "Two words")

  @Test("The text says with signs and words what was kept")
  func text() {
    #expect(
      tree.description == """
        Two words
                         log p
        start
        ├─★ neural       -0.60
        │ ├─★ <network>  -1.30
        │ └─○ neural     -1.40  rank 3 of 2
        └─● network      -0.80
        ★ on the way to the result   ● kept   ○ dropped
        """)
    #expect(Tree(root: Tree.Node("a", children: [Tree.Node("b"), Tree.Node("c")])).description == "a\n├─ b\n└─ c")
  }

  @Test("The picture has a size, a title for every node, dashes for what was dropped, and nothing that a static viewer strips")
  func picture() {
    let svg = tree.svg
    #expect(svg.hasPrefix(#"<svg xmlns="http://www.w3.org/2000/svg" width="540" height="164" viewBox="0 0 540 164""#))
    for taken in ["<style", "style=", "<script", "foreignObject", "class="] { #expect(!svg.contains(taken)) }
    #expect(svg.contains("<title>neural &lt;network&gt; · log p -1.30 · on the way to the result</title>"))
    #expect(svg.contains("<title>neural neural · log p -1.40 · rank 3 of 2 · dropped</title>"))
    #expect(svg.count(of: "stroke-dasharray") == 3)
    #expect(svg.count(of: "<title>") == 5)
    #expect(svg.count(of: "<g>") == svg.count(of: "</g>"))
  }

  @Test("A big tree is folded: first dropped siblings, then chains, then branches that ended, and the result stays")
  func folding() {
    let wide = Tree(
      root: Tree.Node("start", children: (0..<100).map { Tree.Node("w\($0)", status: $0 == 3 ? .best : .dropped) }))
    #expect(wide.description == "start\n├─★ w3\n└╌ … 99 dropped\n★ on the way to the result")

    func chain(_ length: Int) -> Tree.Node {
      let next = length == 1 ? [] : [chain(length - 1), Tree.Node("x", status: .dropped), Tree.Node("y", status: .dropped)]
      return Tree.Node("w\(length)", status: .best, children: next)
    }
    #expect(
      Tree(root: Tree.Node("start", children: [chain(5)])).showing(rows: 4).description == """
        start
        └─★ w5 w4 w3 w2 w1  8 dropped on the way
        ★ on the way to the result
        """)

    let ending = Tree.Node("a", status: .kept, children: ["x", "y", "z"].map { Tree.Node($0, status: .dropped) })
    let fruitless = Tree(root: Tree.Node("start", children: [chain(2), ending])).showing(rows: 3)
    #expect(
      fruitless.description == """
        start
        ├─★ w2 w1  2 dropped on the way
        └─● a      3 dropped after it
        ★ on the way to the result   ● kept
        """)
    #expect(fruitless.svg.contains("<title>a · 3 dropped after it · kept</title>"))

    // Two branches that were kept for a while, each of two nodes, beside the way to the result.
    func ended(_ name: String) -> Tree.Node {
      Tree.Node(name, status: .kept, children: [Tree.Node(name, status: .kept), Tree.Node("z", status: .dropped)])
    }
    let ends = Tree.Node("start", children: [chain(3), ended("a"), ended("b")])
    #expect(
      Tree(root: ends).showing(rows: 3).description == """
        start
        ├─★ w3 w2 w1  4 dropped on the way
        └╌ … 6 in branches that ended
        ★ on the way to the result
        """)
  }

  @Test("A tree of width 8 and depth 40 is drawn in 48 lines of at most 100 columns")
  func large() {
    var root = Tree.Node("start")
    func grow(_ node: inout Tree.Node, depth: Int, isBest: Bool) {
      for index in 0..<8 {
        let survives = index == depth % 3
        var child = Tree.Node("word\(index)", status: survives ? (isBest ? .best : .kept) : .dropped, note: survives ? nil : "rank 9 of 64")
        if index == 5, depth % 7 == 0 { child.status = .kept }
        if survives, depth < 40 { grow(&child, depth: depth + 1, isBest: isBest) }
        node.children.append(child)
      }
    }
    grow(&root, depth: 1, isBest: true)
    let tree = Tree(columns: ["total"], root: root)
    #expect(root.count > 300)
    let lines = tree.description.split(separator: "\n")
    #expect(lines.count <= 48)
    #expect(lines.allSatisfy { $0.count <= 100 })
    #expect(tree.folded(to: 48).root.count <= 48)
  }

  @Test("Of a thousand leaves as many are drawn as there is room for, and the rest is one line")
  func wide() {
    let leaves = (1...1_000).map { Tree.Node("leaf \($0)") }
    let lines = Tree(root: Tree.Node("root", children: leaves)).description.split(separator: "\n")
    #expect(lines.count == 48)
    #expect(lines[46] == "├─ leaf 46")
    #expect(lines[47] == "└╌ … 954 more")
  }

  @Test("Of a chain of 20,000 nodes the beginning and the end are drawn")
  func long() {
    // Nodes hold their children: what is 20,000 deep needs the stack that cells have, which a thread of the test runner has not.
    let text = onCellStack {
      var node = Tree.Node("word20000", status: .kept)
      for number in (1..<20_000).reversed() { node = Tree.Node("word\(number)", status: .kept, children: [node]) }
      return Tree(root: Tree.Node("start", children: [node])).description
    }
    #expect(text.split(separator: "\n").count <= 48)
    #expect(text.contains("word120 … 19,840 more … "))
    #expect(text.contains("word20000"))
  }
}

/// Runs the body on a thread with a stack of 512 MB, of which only what is touched is taken.
private func onCellStack(_ body: @escaping () -> String) -> String {
  final class Work {
    let body: () -> String
    var result = ""
    init(_ body: @escaping () -> String) { self.body = body }
  }
  let work = Work(body)
  var attributes = pthread_attr_t()
  pthread_attr_init(&attributes)
  pthread_attr_setstacksize(&attributes, 512 << 20)
  var thread = pthread_t()
  let entry: @convention(c) (UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? = { argument in
    let work = Unmanaged<Work>.fromOpaque(argument!).takeUnretainedValue()
    work.result = work.body()
    return nil
  }
  pthread_create(&thread, &attributes, entry, Unmanaged.passUnretained(work).toOpaque())
  pthread_join(thread, nil)
  pthread_attr_destroy(&attributes)
  return work.result
}

extension String {
  fileprivate func count(of part: String) -> Int {
    var rest = self[...]
    var count = 0
    while let range = rest.firstRange(of: part) {
      count += 1
      rest = rest[range.upperBound...]
    }
    return count
  }
}
