/// What every token adds to a text, made of a decoder and a vocabulary once; then decoding mostly copies bytes.
///
/// It serves decoders that look at one token at a time, at most with runs of byte tokens and something done to the whole text at the end:
/// those of real tokenizers.
struct TokenTexts: Sendable {
  /// The bytes of every token, one after the other.
  private struct Texts: Sendable {
    var bytes: [UInt8] = []
    /// Where the bytes of each id begin, and after the last where they end.
    var starts: [UInt32] = [0]

    mutating func append(_ text: [UInt8]) {
      bytes += text
      starts.append(UInt32(bytes.count))
    }

    func range(of id: Int) -> Range<Int> { Int(starts[id])..<Int(starts[id + 1]) }
  }

  private var first = Texts()
  private var later = Texts()
  /// For decoders with byte tokens, the byte that each id stands for, or -1.
  private var fallbackBytes: [Int16]?
  /// What is done to the whole text at the end.
  private let ending: [TokenDecoder.Stage]

  /// nil for a decoder of another kind.
  init?(_ decoder: TokenDecoder, _ tokens: TokenTable) {
    guard var stages = decoder.stages else { return nil }
    if let fallback = stages.firstIndex(of: .byteFallback) {
      guard fallback + 1 < stages.count, stages[fallback + 1] == .fuse else { return nil }
      ending = Array(stages[(fallback + 2)...])
      stages.removeSubrange(fallback...)
      fallbackBytes = []
    } else {
      ending = []
      // Joining changes nothing when nothing comes after it.
      if stages.last == .fuse { stages.removeLast() }
    }
    guard stages == [.byteLevel] || stages.allSatisfy(\.isPerToken) else { return nil }
    for id in 0..<tokens.idCount {
      let token = tokens.withBytes(of: id) { $0.map(Array.init) } ?? []
      // A token that is not the first is the second of two.
      let later = stages == [.byteLevel] ? TokenDecoder.Stage.rawBytes(token) : stages.reduce([[], token]) { $1.apply(to: $0) }[1]
      self.later.append(later)
      first.append(stages == [.byteLevel] ? later : stages.reduce([token]) { $1.apply(to: $0) }[0])
      fallbackBytes?.append(TokenDecoder.Stage.fallbackByte(later).map(Int16.init) ?? -1)
    }
  }

  /// Whether the text is nothing but what each token adds.
  var isPerToken: Bool { fallbackBytes == nil && ending.isEmpty }

  /// What an id adds; nothing for an id without a token.
  func bytes(of id: Int, isFirst: Bool) -> ArraySlice<UInt8> {
    let texts = isFirst ? first : later
    guard id >= 0, id < texts.starts.count - 1 else { return [] }
    return texts.bytes[texts.range(of: id)]
  }

  /// What an id adds where no other stands beside it: a byte token its byte, the first one what the end of decoding leaves of it.
  func loneBytes(of id: Int, isFirst: Bool) -> [UInt8] {
    guard id >= 0, id < later.starts.count - 1 else { return [] }
    if let byte = fallbackByte(of: id) { return [byte] }
    let bytes = Array(bytes(of: id, isFirst: isFirst))
    return isFirst ? Array(ending.reduce([bytes]) { $1.apply(to: $0) }.joined()) : bytes
  }

  /// - Parameter ids: of tokens that there are.
  func text(of ids: [Int]) -> String {
    guard let start = ids.first else { return "" }
    var all: [UInt8] = []
    all.reserveCapacity(ids.reduce(0) { $0 + later.range(of: $1).count })
    let beginsWithByte = fallbackByte(of: start) != nil
    if !beginsWithByte { all += bytes(of: start, isFirst: true) }
    var run: [UInt8] = []
    for id in beginsWithByte ? ids[...] : ids.dropFirst() {
      if let byte = fallbackByte(of: id) {
        run.append(byte)
      } else {
        if !run.isEmpty { Self.append(&run, to: &all) }
        all += later.bytes[later.range(of: id)]
      }
    }
    if !run.isEmpty { Self.append(&run, to: &all) }
    if ending.isEmpty { return String(decoding: all, as: UTF8.self) }
    return String(decoding: Array(ending.reduce([all]) { $1.apply(to: $0) }.joined()), as: UTF8.self)
  }

  @inline(__always)
  private func fallbackByte(of id: Int) -> UInt8? {
    guard let fallbackBytes, fallbackBytes[id] >= 0 else { return nil }
    return UInt8(fallbackBytes[id])
  }

  private static func append(_ run: inout [UInt8], to all: inout [UInt8]) {
    all += TokenDecoder.Stage.text(ofBytes: run)
    run.removeAll(keepingCapacity: true)
  }
}

extension TokenDecoder.Stage {
  /// Whether what a token becomes depends on nothing but the token, and on whether it is the first.
  fileprivate var isPerToken: Bool {
    switch self {
    case .wordPiece, .metaspace, .strip, .replace: true
    case .byteLevel, .byteFallback, .fuse, .suffix: false
    }
  }
}
