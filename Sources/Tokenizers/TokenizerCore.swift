import Synchronization

/// The stages of a tokenizer, and the way of a text through them.
final class TokenizerCore: Sendable {
  let normalizer: (any Normalizer)?
  let preTokenizer: (any PreTokenizer)?
  let model: any TokenModel
  let vocabulary: Vocabulary
  let decoder: TokenDecoder
  let postProcessor: PostProcessor
  /// Added tokens that are found in the text as it is, and those that are found in the normalised text.
  private let rawTokens: AddedTokenFinder
  private let normalizedTokens: AddedTokenFinder
  /// Only where the post-processor takes white space off offsets.
  private let trimmer: OffsetTrimmer?
  /// What every token adds to a text, made when it is first asked for.
  private let texts = Mutex<TokenTexts??>(nil)
  /// Memory that is not in use: a text takes one or makes one, so texts can be encoded in parallel.
  private let idle = Mutex<[Workspace]>([])

  init(
    normalizer: (any Normalizer)?, preTokenizer: (any PreTokenizer)?, model: any TokenModel, added: [AddedToken],
    postProcessor: PostProcessor, decoder: TokenDecoder
  ) {
    self.normalizer = normalizer
    self.preTokenizer = preTokenizer
    self.model = model
    self.decoder = decoder
    self.postProcessor = postProcessor
    vocabulary = Vocabulary(model: model.tokens, added: added)
    let raw = added.filter { !$0.isNormalized }
    rawTokens = AddedTokenFinder(raw, contents: raw.map { Array($0.content.utf8) })
    let normalized = added.filter(\.isNormalized)
    normalizedTokens = AddedTokenFinder(normalized, contents: normalized.map { Self.normalize($0.content, normalizer) })
    trimmer = postProcessor.trimming.isEmpty ? nil : OffsetTrimmer(postProcessor.trimming, vocabulary)
  }

  /// What every token adds to a text; nil for a decoder that cannot be put so.
  var tokenTexts: TokenTexts? {
    texts.withLock { texts in
      if let texts { return texts }
      let made = TokenTexts(decoder, vocabulary.tokens)
      texts = made
      return made
    }
  }

  private static func normalize(_ text: String, _ normalizer: (any Normalizer)?) -> [UInt8] {
    var text = text
    return text.withUTF8 { bytes in
      let work = WorkText()
      work.begin(bytes)
      normalizer?.normalize(work)
      return Array(work.bytes)
    }
  }

  /// What the normaliser makes of a text.
  func normalized(_ text: String) -> String {
    String(decoding: Self.normalize(text, normalizer), as: UTF8.self)
  }

  /// The largest text that is encoded, in bytes: positions have 32 bits, and a stage can write several bytes for one.
  static let maximumTextLength = 1 << 28

  /// The tokens of one text, without special tokens around it.
  func encode(_ text: String, index: Int, findsSpecial: Bool) -> Encoding {
    precondition(
      text.utf8.count <= Self.maximumTextLength, "a text of \(text.utf8.count) bytes: at most \(Self.maximumTextLength) are encoded at once"
    )
    let workspace = idle.withLock { $0.popLast() } ?? Workspace()
    defer {
      workspace.releaseLargeBuffers()
      idle.withLock { $0.append(workspace) }
    }
    workspace.tokens.removeAll()
    var text = text
    return text.withUTF8 { bytes in
      addTokens(of: bytes, findsSpecial: findsSpecial, workspace)
      trimmer?.trim(workspace.tokens, of: bytes)
      return encoding(of: workspace.tokens, index: index)
    }
  }

  private func addTokens(of text: UTF8Bytes, findsSpecial: Bool, _ workspace: Workspace) {
    rawTokens.forEachPart(of: text, findsSpecial: findsSpecial) { start, end, id in
      if let id { return workspace.add(id, start, end) }
      let work = workspace.outer
      work.begin(UTF8Bytes(rebasing: text[start..<end]))
      normalizer?.normalize(work)
      let origin = Origin(text: text, start: start)
      if normalizedTokens.isEmpty { return addWords(of: work, origin, isStart: start == 0, workspace) }
      addParts(of: work, origin, findsSpecial: findsSpecial, workspace)
    }
  }

  /// Looks for added tokens in a normalised text; what lies between them is a text of its own.
  private func addParts(of work: WorkText, _ origin: Origin, findsSpecial: Bool, _ workspace: Workspace) {
    var outer = origin.under(work.alignments)
    normalizedTokens.forEachPart(of: work.bytes, findsSpecial: findsSpecial) { start, end, id in
      if let id {
        let first = workspace.tokens.count
        workspace.add(id, start, end)
        return outer.translate(workspace.tokens, from: first)
      }
      let inner = workspace.inner
      inner.begin(UTF8Bytes(rebasing: work.bytes[start..<end]))
      addWords(of: inner, outer.moved(by: start), isStart: origin.start == 0 && start == 0, workspace)
    }
  }

  private func addWords(of work: WorkText, _ origin: Origin, isStart: Bool, _ workspace: Workspace) {
    preTokenizer?.split(work, isStart: isStart)
    let first = workspace.tokens.count
    for index in 0..<work.ranges.count {
      let range = work.ranges[index]
      if let boundary = model.innerBoundary {
        forEachPart(of: work.bytes, range, boundary) { addTokens(of: work.bytes, $0, workspace) }
      } else {
        addTokens(of: work.bytes, range, workspace)
      }
      workspace.word += 1
    }
    var source = origin.under(work.alignments)
    source.translate(workspace.tokens, from: first)
  }

  /// Adds the tokens of a word, or of a part of it.
  @inline(__always)
  private func addTokens(of bytes: UTF8Bytes, _ range: TextRange, _ workspace: Workspace) {
    let pieces = workspace.pieces
    let tokens = workspace.tokens
    pieces.removeAll()
    workspace.cache.tokenize(bytes, range, by: model, into: pieces, workspace.model)
    var position = UInt32(truncatingIfNeeded: range.start)
    tokens.reserve(pieces.count)
    let end = tokens.end
    for piece in 0..<pieces.count {
      let token = pieces[piece]
      end[piece] = TextToken(id: token.id, start: position, end: position &+ token.length, word: workspace.word)
      position &+= token.length
    }
    tokens.advance(by: pieces.count)
  }

  /// Cuts a word before every boundary character that does not follow another one.
  private func forEachPart(of bytes: UTF8Bytes, _ range: TextRange, _ boundary: [UInt8], _ body: (TextRange) -> Void) {
    let base = bytes.baseAddress!
    let length = boundary.count
    var start = range.start
    var position = range.start
    var wasBoundary = true
    while position < range.end {
      let isBoundary =
        base[position] == boundary[0] && position + length <= range.end && (1..<length).allSatisfy { base[position + $0] == boundary[$0] }
      if isBoundary, !wasBoundary {
        body(TextRange(start, position))
        start = position
      }
      wasBoundary = isBoundary
      position += isBoundary ? length : scalarLength(base[position])
    }
    if start < range.end { body(TextRange(start, range.end)) }
  }

  private func encoding(of tokens: GrowingBuffer<TextToken>, index: Int) -> Encoding {
    let count = tokens.count
    let base = tokens.base
    let ids = [Int](unsafeUninitializedCapacity: count) { buffer, initialized in
      for position in 0..<count { buffer[position] = Int(base[position].id) }
      initialized = count
    }
    let words = [Int32](unsafeUninitializedCapacity: count) { buffer, initialized in
      for position in 0..<count { buffer[position] = base[position].word }
      initialized = count
    }
    let offsets = [Range<Int>](unsafeUninitializedCapacity: count) { buffer, initialized in
      for position in 0..<count {
        (buffer.baseAddress! + position).initialize(to: Range(uncheckedBounds: (Int(base[position].start), Int(base[position].end))))
      }
      initialized = count
    }
    let sections = count == 0 ? [] : [Encoding.Section(kind: .text(index), typeID: index, count: count)]
    return Encoding(ids: ids, offsets: offsets, words: words, sections: sections, vocabulary: vocabulary)
  }
}
