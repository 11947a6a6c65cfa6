/// Byte-pair encoding: a word begins as its characters (or bytes), and the pair of the lowest rank merges until none is left.
///
/// Source: Sennrich, Haddow, Birch 2016; byte-level: Radford et al. 2019. Of several pairs of one rank the leftmost merges first.
/// A long word costs O(n log n).
struct BytePairModel: TokenModel {
  struct Options: Equatable {
    /// What a character becomes that is not in the vocabulary; without it the character is left out.
    var unknown: Int?
    /// Whether neighbouring unknown characters are one unknown token.
    var fusesUnknown = false
    /// Whether an unknown character becomes the tokens `<0x00>` to `<0xFF>` of its bytes.
    var fallsBackToBytes = false
    /// Whether a word that is itself a token is taken before any merging.
    var prefersWholeWords = false
    /// Stands before every character of a word but the first.
    var continuationPrefix: [UInt8] = []
    /// Stands after the last character of a word.
    var endSuffix: [UInt8] = []
    /// Whether words are bytes, and the vocabulary is written in ``ByteAlphabet``.
    var takesRawBytes = false
  }

  let tokens: TokenTable
  private let merges: MergeTable
  private let options: Options
  private let hasAffixes: Bool
  let innerBoundary: [UInt8]?
  /// For words of bytes: the token of each byte, and the tokens by their bytes.
  private let byteTokens: [Int]
  private let rawTokens: TokenTable?
  /// The tokens `<0x00>` to `<0xFF>`; -1 where there is none.
  private let fallbackTokens: [Int]

  init(tokens: TokenTable, merges: MergeTable, options: Options) {
    self.tokens = tokens
    self.merges = merges
    self.options = options
    hasAffixes = !options.continuationPrefix.isEmpty || !options.endSuffix.isEmpty
    let isPlain = !hasAffixes && !options.takesRawBytes && !options.prefersWholeWords
    innerBoundary = isPlain ? Self.boundary(in: tokens) : nil
    fallbackTokens = (0..<256).map { tokens.id(of: Self.fallbackToken(UInt8($0))) ?? -1 }
    var raw: TokenTable?
    if options.takesRawBytes {
      var table = TokenTable(capacity: tokens.count)
      for id in 0..<tokens.idCount {
        // A token that another one of the same name has replaced is not in the model.
        let bytes = tokens.withBytes(of: id) { token in token.flatMap { tokens.id(of: $0) == id ? ByteAlphabet.bytes(of: $0) : nil } }
        bytes?.withUnsafeBufferPointer { table.insert($0, id: id) }
      }
      raw = table
    }
    rawTokens = raw
    byteTokens = (0..<256).map { raw?.id(of: [UInt8($0)]) ?? -1 }
  }

  /// ▁, if it is a token and no token has it behind another character: then nothing ever merges across it.
  private static func boundary(in tokens: TokenTable) -> [UInt8]? {
    let boundary = Array("\u{2581}".utf8)
    guard tokens.id(of: boundary) != nil else { return nil }
    for id in 0..<tokens.idCount {
      let crosses = tokens.withBytes(of: id) { token in
        guard let scalars = token?.scalars else { return false }
        return zip(scalars, scalars.dropFirst()).contains { $0 != 0x2581 && $1 == 0x2581 }
      }
      if crosses { return nil }
    }
    return boundary
  }

  var unknownToken: Int? { options.unknown }
  var takesRawBytes: Bool { options.takesRawBytes }
  var name: String { options.takesRawBytes ? "byte-level BPE" : "BPE" }

  static func fallbackToken(_ byte: UInt8) -> [UInt8] {
    let digits = Array("0123456789ABCDEF".utf8)
    return Array("<0x".utf8) + [digits[Int(byte >> 4)], digits[Int(byte & 15)]] + Array(">".utf8)
  }

  func tokenize(_ word: UTF8Bytes, into pieces: GrowingBuffer<Piece>, _ workspace: ModelWorkspace) {
    if options.prefersWholeWords, let id = (rawTokens ?? tokens).id(of: word) {
      return pieces.append(Piece(id: UInt32(id), length: UInt32(word.count)))
    }
    let symbols = workspace.symbols
    symbols.removeAll()
    if options.takesRawBytes { addBytes(of: word, to: symbols) } else { addCharacters(of: word, to: symbols) }
    if symbols.count > 64 {
      mergeLong(symbols, workspace.candidates)
    } else if symbols.count > 1 {
      mergeShort(symbols)
    }
    for index in 0..<symbols.count where symbols[index].length > 0 {
      pieces.append(Piece(id: symbols[index].id, length: symbols[index].length))
    }
  }

  // MARK: - The characters of a word

  private func addBytes(of word: UTF8Bytes, to symbols: GrowingBuffer<MergeSymbol>) {
    var unknown = UnknownRun(options)
    for byte in word {
      let id = byteTokens[Int(byte)]
      if id >= 0 {
        unknown.flush(to: symbols)
        symbols.append(MergeSymbol(id: UInt32(id), length: 1, link: 0))
      } else {
        unknown.add(1, to: symbols)
      }
    }
    unknown.flush(to: symbols)
  }

  private func addCharacters(of word: UTF8Bytes, to symbols: GrowingBuffer<MergeSymbol>) {
    var unknown = UnknownRun(options)
    var position = 0
    while position < word.count {
      let length = scalarLength(word[position])
      let character = UTF8Bytes(rebasing: word[position..<position + length])
      let isFirst = position == 0
      position += length
      if let id = id(ofCharacter: character, isFirst: isFirst, isLast: position == word.count) {
        unknown.flush(to: symbols)
        symbols.append(MergeSymbol(id: UInt32(id), length: UInt32(length), link: 0))
      } else if options.fallsBackToBytes, character.allSatisfy({ fallbackTokens[Int($0)] >= 0 }) {
        for byte in character { symbols.append(MergeSymbol(id: UInt32(fallbackTokens[Int(byte)]), length: 1, link: 0)) }
      } else {
        unknown.add(UInt32(length), to: symbols)
      }
    }
    unknown.flush(to: symbols)
  }

  @inline(__always)
  private func id(ofCharacter character: UTF8Bytes, isFirst: Bool, isLast: Bool) -> Int? {
    if !hasAffixes { return tokens.id(of: character) }
    let prefix = isFirst ? [] : options.continuationPrefix
    let suffix = isLast ? options.endSuffix : []
    return tokens.id(of: prefix + Array(character) + suffix)
  }

  /// Unknown characters that wait to be written, because the next one may join them.
  private struct UnknownRun {
    let id: Int?
    let isFused: Bool
    var length: UInt32 = 0

    init(_ options: Options) {
      id = options.unknown
      isFused = options.fusesUnknown
    }

    mutating func add(_ more: UInt32, to symbols: GrowingBuffer<MergeSymbol>) {
      if !isFused { flush(to: symbols) }
      length += more
    }

    @inline(__always)
    mutating func flush(to symbols: GrowingBuffer<MergeSymbol>) {
      if length == 0 { return }
      if let id {
        symbols.append(MergeSymbol(id: UInt32(id), length: length, link: 0))
      } else {
        // What is left out counts as part of the token before (or of the first), so that the offsets of those after it are right.
        if symbols.count == 0 { return }
        symbols[symbols.count - 1].length += length
      }
      length = 0
    }
  }

  // MARK: - Merging

  /// Looks at every pair after each merge: fastest for the words of a language.
  private func mergeShort(_ symbols: GrowingBuffer<MergeSymbol>) {
    let base = symbols.base
    var count = symbols.count
    for index in 0..<count - 1 { base[index].link = merges.merge(base[index].id, base[index + 1].id) }
    base[count - 1].link = MergeTable.none
    while true {
      var best = MergeTable.none
      var position = 0
      for index in 0..<count where base[index].link < best {
        best = base[index].link
        position = index
      }
      if best == MergeTable.none { break }
      base[position].id = UInt32(truncatingIfNeeded: best)
      base[position].length += base[position + 1].length
      count -= 1
      let moved = count - position - 1
      if moved > 0 { (base + position + 1).update(from: base + position + 2, count: moved) }
      base[position].link = position + 1 < count ? merges.merge(base[position].id, base[position + 1].id) : MergeTable.none
      if position > 0 { base[position - 1].link = merges.merge(base[position - 1].id, base[position].id) }
    }
    symbols.removeLast(symbols.count - count)
  }

  /// Keeps the possible merges in a queue, and the symbols in a list whose links are the neighbours' positions.
  private func mergeLong(_ symbols: GrowingBuffer<MergeSymbol>, _ queue: MergeQueue) {
    let base = symbols.base
    let none = UInt32.max
    func link(_ previous: UInt32, _ next: UInt32) -> UInt64 { UInt64(previous) << 32 | UInt64(next) }
    func previous(_ index: UInt32) -> UInt32 { UInt32(base[Int(index)].link >> 32) }
    func next(_ index: UInt32) -> UInt32 { UInt32(truncatingIfNeeded: base[Int(index)].link) }
    func offer(_ left: UInt32, _ right: UInt32) {
      if left == none || right == none { return }
      let (first, second) = (base[Int(left)].id, base[Int(right)].id)
      let merge = merges.merge(first, second)
      if merge == MergeTable.none { return }
      queue.push(
        MergeQueue.Candidate(
          order: (merge & 0xFFFF_FFFF_0000_0000) | UInt64(left), left: first, right: second, merged: UInt32(truncatingIfNeeded: merge)))
    }

    let count = UInt32(symbols.count)
    for index in 0..<count { base[Int(index)].link = link(index == 0 ? none : index - 1, index + 1 == count ? none : index + 1) }
    queue.removeAll()
    for index in 1..<count { offer(index - 1, index) }
    while !queue.isEmpty {
      let candidate = queue.pop()
      let left = UInt32(truncatingIfNeeded: candidate.order)
      guard base[Int(left)].length > 0, base[Int(left)].id == candidate.left else { continue }
      let right = next(left)
      guard right != none, base[Int(right)].id == candidate.right else { continue }
      base[Int(left)].id = candidate.merged
      base[Int(left)].length += base[Int(right)].length
      base[Int(right)].length = 0
      let after = next(right)
      base[Int(left)].link = link(previous(left), after)
      if after != none { base[Int(after)].link = link(left, next(after)) }
      offer(previous(left), left)
      offer(left, after)
    }
  }
}
