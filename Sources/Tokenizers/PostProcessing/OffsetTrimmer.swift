/// Takes white space off the offsets of tokens, as the byte-level post-processors do.
struct OffsetTrimmer: Sendable {
  private struct Spaces: Sendable {
    var leading: UInt16
    var trailing: UInt16
  }

  private let trimmings: [PostProcessor.OffsetTrimming]
  /// The white space of each token.
  private let spaces: [Spaces]
  /// Added tokens: they may have taken white space along that is not in their name.
  private let added: Set<Int>

  init(_ trimmings: [PostProcessor.OffsetTrimming], _ vocabulary: Vocabulary) {
    self.trimmings = trimmings
    added = Set(vocabulary.added.map(\.id))
    let tokens = vocabulary.tokens
    spaces = (0..<tokens.idCount).map { id in tokens.withBytes(of: id) { Self.spaces(of: $0?.scalars ?? []) } }
  }

  private static func spaces(of scalars: [UInt32]) -> Spaces {
    // Ġ is how the byte alphabet writes a space.
    func isSpace(_ scalar: UInt32) -> Bool { scalar == 0x120 || UnicodeTables.shared.has(scalar, .whiteSpace) }
    let leading = scalars.prefix(while: isSpace).count
    let trailing = scalars.reversed().prefix(while: isSpace).count
    return Spaces(leading: UInt16(clamping: leading), trailing: UInt16(clamping: trailing))
  }

  func trim(_ tokens: GrowingBuffer<TextToken>, of text: UTF8Bytes) {
    guard let bytes = text.baseAddress else { return }
    for trimming in trimmings {
      for index in 0..<tokens.count {
        let token = tokens[index]
        var (start, end) = (Int(token.start), Int(token.end))
        var spaces = spaces[Int(token.id)]
        if added.contains(Int(token.id)) { spaces = Self.spaces(of: UTF8Bytes(rebasing: text[start..<end]).scalars) }
        // A space that the pre-tokenizer has written before the text is not in the offsets.
        if spaces.leading == 1, trimming.keepsPrefixSpace, index == 0 || start == 0 { spaces.leading = 0 }
        for _ in 0..<spaces.leading where start < end { start += scalarLength(bytes[start]) }
        for _ in 0..<spaces.trailing where end > start { end = scalarStart(bytes, before: end) }
        tokens[index].start = UInt32(start)
        tokens[index].end = UInt32(end)
      }
    }
  }
}
