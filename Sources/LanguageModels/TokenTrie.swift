/// The bytes of all tokens as one tree, in the order of a walk: what begins with the same bytes is walked once.
///
/// ```swift
/// var place = 0
/// while place < trie.nodeCount {
///   let isPossible = …        // the byte trie.bytes[place] at depth trie.depths[place]
///   place = isPossible ? place + 1 : Int(trie.ends[place])
/// }
/// ```
/// Complexity: made in O(bytes · log tokens); a walk is one pass over four arrays.
public struct TokenTrie: Sendable {
  /// The byte that leads to a node.
  public private(set) var bytes: [UInt8] = []
  /// How many bytes lead to a node, from 1.
  public private(set) var depths: [UInt16] = []
  /// The first node after the part of the tree under a node.
  public private(set) var ends: [Int32] = []
  /// `tokens[tokenStarts[node]..<tokenStarts[node + 1]]` are the tokens whose bytes end at the node.
  public private(set) var tokenStarts: [Int32] = [0]
  public private(set) var tokens: [Int32] = []
  /// The length of the longest token, in bytes.
  public private(set) var depth = 0

  public var nodeCount: Int { bytes.count }

  /// - Parameter bytesOf: the bytes of every token; tokens without bytes are not in the tree. At most 65,535 bytes of a token count.
  init(count: Int, bytesOf: (Int) -> ArraySlice<UInt8>) {
    var order: [(bytes: ArraySlice<UInt8>, token: Int32)] = []
    for token in 0..<count {
      let bytes = bytesOf(token).prefix(Int(UInt16.max))
      if !bytes.isEmpty { order.append((bytes, Int32(token))) }
    }
    order.sort { left, right in
      left.bytes.lexicographicallyPrecedes(right.bytes) || (left.token < right.token && left.bytes.elementsEqual(right.bytes))
    }
    // The nodes from the root to the token before.
    var path: [Int] = []
    for (text, token) in order {
      var common = 0
      while common < path.count, common < text.count, bytes[path[common]] == text[text.startIndex + common] { common += 1 }
      while path.count > common { ends[path.removeLast()] = Int32(bytes.count) }
      for byte in text.dropFirst(common) {
        path.append(bytes.count)
        bytes.append(byte)
        depths.append(UInt16(path.count))
        ends.append(0)
        tokenStarts.append(Int32(tokens.count))
      }
      depth = max(depth, path.count)
      tokens.append(token)
      tokenStarts[bytes.count] = Int32(tokens.count)
    }
    while let node = path.popLast() { ends[node] = Int32(bytes.count) }
  }
}
