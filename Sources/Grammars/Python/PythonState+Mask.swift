import LanguageModels

extension PythonState {
  public func mask(of tokens: TokenBytes, isFirst: Bool) -> TokenMask? {
    let trie = tokens.trie(isFirst: isFirst)
    let (bytes, depths, ends, starts, numbers) = (trie.bytes, trie.depths, trie.ends, trie.tokenStarts, trie.tokens)
    let contents = Self.contents(of: trie)
    var words = TokenMask(count: tokens.count).words
    var path = [self]
    path.reserveCapacity(trie.depth + 1)
    var place = 0
    while place < bytes.count {
      path.removeLast(path.count - Int(depths[place]))
      var next = path[path.count - 1]
      next.accept(bytes[place])
      if next.isWrong {
        place = Int(ends[place])
        continue
      }
      // Inside a name nothing that a name may have can be wrong, and so inside a text: most of a vocabulary is decided so.
      let isDecided = next.swallows.map { contents[place].contains($0) } ?? false
      let end = isDecided ? Int(ends[place]) : place + 1
      for index in Int(starts[place])..<Int(starts[end]) {
        let token = Int(numbers[index])
        words[token >> 6] |= 1 << UInt64(token & 63)
      }
      if !isDecided { path.append(next) }
      place = end
    }
    return TokenMask(count: tokens.count, words: words)
  }

  /// Which bytes, however many, leave the text as right as it is.
  private var swallows: Contents? {
    guard missing == 0 else { return nil }
    switch mode {
    case .word(node: -1, isAfterNumber: false): return .name
    case .quoted(let quote) where quote.place == .inside: return .plain
    case .formatted(.inside), .comment: return .plain
    default: return nil
    }
  }

  /// What a part of the tree of tokens consists of.
  private struct Contents: OptionSet {
    let rawValue: UInt8
    /// Letters, digits and «_».
    static let name = Contents(rawValue: 1)
    /// ASCII without quotes, braces, backslashes, colons, «#» and control characters.
    static let plain = Contents(rawValue: 2)
  }

  /// For every place, of what all bytes below it are. A pass from the last place to the first.
  private static func contents(of trie: TokenTrie) -> [Contents] {
    let (bytes, depths) = (trie.bytes, trie.depths)
    var result = [Contents](repeating: [], count: bytes.count)
    // What was seen at each depth since the last place above it.
    var seen = [Contents](repeating: [.name, .plain], count: trie.depth + 2)
    for place in bytes.indices.reversed() {
      let depth = Int(depths[place])
      result[place] = seen[depth + 1]
      seen[depth + 1] = [.name, .plain]
      seen[depth].formIntersection(result[place].intersection(kinds[Int(bytes[place])]))
    }
    return result
  }

  private static let kinds: [Contents] = (0..<256).map { byte in
    switch UInt8(byte) {
    case 48...57, 65...90, 95, 97...122: [.name, .plain]
    case 34, 35, 39, 58, 92, 123, 125, 127: []
    case 32..<127: .plain
    default: []
    }
  }
}
