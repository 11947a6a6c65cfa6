/// A set of byte strings with a number each, to walk byte by byte.
///
/// The nodes lie in the order of their depth, so that the children of a node are neighbours, sorted by their byte.
struct ByteTrie: Sendable {
  private struct Node: Sendable {
    var firstChild: UInt32 = 0
    var childCount: UInt16 = 0
    var label: UInt8 = 0
    /// The number of the string that ends here; -1 when none does.
    var value: Int32 = -1
  }

  private var nodes: [Node] = [Node()]
  private var rootChildren = [UInt32](repeating: 0, count: 256)

  var isEmpty: Bool { nodes.count == 1 }

  /// - Parameter strings: of several equal ones the last counts.
  init(_ strings: [(bytes: [UInt8], value: Int)]) {
    let order = strings.indices.sorted { left, right in
      let (first, second) = (strings[left].bytes, strings[right].bytes)
      return first == second ? left < right : first.lexicographicallyPrecedes(second)
    }
    struct Pending {
      var node: Int
      var range: Range<Int>
      var depth: Int
    }
    var queue = [Pending(node: 0, range: 0..<order.count, depth: 0)]
    var done = 0
    while done < queue.count {
      let pending = queue[done]
      done += 1
      var index = pending.range.lowerBound
      while index < pending.range.upperBound, strings[order[index]].bytes.count == pending.depth {
        nodes[pending.node].value = Int32(strings[order[index]].value)
        index += 1
      }
      nodes[pending.node].firstChild = UInt32(nodes.count)
      while index < pending.range.upperBound {
        let label = strings[order[index]].bytes[pending.depth]
        var end = index + 1
        while end < pending.range.upperBound, strings[order[end]].bytes[pending.depth] == label { end += 1 }
        queue.append(Pending(node: nodes.count, range: index..<end, depth: pending.depth + 1))
        nodes.append(Node(label: label))
        nodes[pending.node].childCount += 1
        index = end
      }
      // What is done is not needed again, and a large vocabulary has a million nodes.
      if done == 1 << 16 {
        queue.removeFirst(done)
        done = 0
      }
    }
    for child in 0..<Int(nodes[0].childCount) {
      let node = Int(nodes[0].firstChild) + child
      rootChildren[Int(nodes[node].label)] = UInt32(node)
    }
  }

  /// Calls for every string that a text begins with from a position on, the shortest first.
  @inline(__always)
  func forEachPrefix(of text: UTF8Bytes, from start: Int, _ body: (_ end: Int, _ value: Int) -> Void) {
    guard start < text.count else { return }
    nodes.withUnsafeBufferPointer { nodes in
      var node = Int(rootChildren[Int(text[start])])
      var position = start + 1
      while node != 0 {
        if nodes[node].value >= 0 { body(position, Int(nodes[node].value)) }
        if position == text.count { break }
        node = Self.child(of: nodes[node], text[position], nodes)
        position += 1
      }
    }
  }

  @inline(__always)
  private static func child(of parent: Node, _ label: UInt8, _ nodes: UnsafeBufferPointer<Node>) -> Int {
    var low = Int(parent.firstChild)
    var high = low + Int(parent.childCount)
    let end = high
    while high - low > 6 {
      let middle = (low + high) / 2
      if nodes[middle].label < label { low = middle + 1 } else { high = middle }
    }
    while low < end, nodes[low].label < label { low += 1 }
    return low < end && nodes[low].label == label ? low : 0
  }

  /// The longest string that a text begins with from a position on.
  func longestPrefix(of text: UTF8Bytes, from start: Int) -> (end: Int, value: Int)? {
    var longest: (end: Int, value: Int)?
    forEachPrefix(of: text, from: start) { longest = ($0, $1) }
    return longest
  }

  /// Whether a string begins with this byte.
  func mayBegin(with byte: UInt8) -> Bool { rootChildren[Int(byte)] != 0 }
}
