/// Finds added tokens in a text: from left to right, of several that begin at one place the longest.
struct AddedTokenFinder: Sendable {
  private let tokens: [AddedToken]
  private let trie: ByteTrie
  /// The bytes that a token begins with, when it is only one: then a search for it skips ahead.
  private let onlyFirstByte: UInt8?

  /// - Parameter contents: what is looked for, for each of the tokens; empty ones are never found.
  init(_ tokens: [AddedToken], contents: [[UInt8]]) {
    self.tokens = tokens
    trie = ByteTrie(contents.enumerated().filter { !$0.element.isEmpty }.map { ($0.element, $0.offset) })
    let first = Set(contents.compactMap(\.first))
    onlyFirstByte = first.count == 1 ? first.first : nil
  }

  var isEmpty: Bool { trie.isEmpty }

  /// Calls for every stretch of a text in order: those between tokens, and the tokens with their id.
  func forEachPart(of text: UTF8Bytes, findsSpecial: Bool, _ body: (_ start: Int, _ end: Int, _ id: Int?) -> Void) {
    guard let base = text.baseAddress, text.count > 0 else { return }
    var done = 0
    var position = 0
    while !trie.isEmpty, let start = nextStart(base, position, text.count) {
      guard let match = trie.longestPrefix(of: text, from: start) else {
        position = start + 1
        continue
      }
      position = match.end
      let token = tokens[match.value]
      if !findsSpecial && token.isSpecial { continue }
      if token.isSingleWord, isWord(base, before: start) || isWord(base, at: match.end, text.count) { continue }
      var (first, last) = (start, match.end)
      if token.takesSpaceBefore { while first > done, let space = space(base, before: first) { first = space } }
      if token.takesSpaceAfter { while last < text.count, let after = space(base, at: last) { last = after } }
      // White space that the token before has taken is not given back.
      if first < done { first = done }
      if first > done { body(done, first, nil) }
      body(first, last, token.id)
      done = last
      position = max(position, min(last, text.count))
    }
    if done < text.count { body(done, text.count, nil) }
  }

  /// Where the next token may begin.
  @inline(__always)
  private func nextStart(_ bytes: UnsafePointer<UInt8>, _ start: Int, _ end: Int) -> Int? {
    var position = start
    if let onlyFirstByte {
      while position < end, bytes[position] != onlyFirstByte { position += 1 }
    } else {
      while position < end, !trie.mayBegin(with: bytes[position]) { position += 1 }
    }
    return position < end ? position : nil
  }

  private func isWord(_ bytes: UnsafePointer<UInt8>, at position: Int, _ end: Int) -> Bool {
    position < end && UnicodeTables.shared.has(decodeScalar(bytes, position).scalar, .word)
  }

  private func isWord(_ bytes: UnsafePointer<UInt8>, before position: Int) -> Bool {
    position > 0 && UnicodeTables.shared.has(decodeScalar(bytes, scalarStart(bytes, before: position)).scalar, .word)
  }

  private func space(_ bytes: UnsafePointer<UInt8>, before position: Int) -> Int? {
    let start = scalarStart(bytes, before: position)
    return UnicodeTables.shared.has(decodeScalar(bytes, start).scalar, .whiteSpace) ? start : nil
  }

  private func space(_ bytes: UnsafePointer<UInt8>, at position: Int) -> Int? {
    let (scalar, length) = decodeScalar(bytes, position)
    return UnicodeTables.shared.has(scalar, .whiteSpace) ? position + length : nil
  }
}
