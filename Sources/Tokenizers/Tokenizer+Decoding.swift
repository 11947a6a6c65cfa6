extension Tokenizer {
  /// The text of token ids.
  ///
  /// ```swift
  /// tokenizer.decode([101, 7592, 2088, 102])                              // "hello world"
  /// tokenizer.decode([101, 7592, 2088, 102], skipsSpecialTokens: false)   // "[CLS] hello world [SEP]"
  /// ```
  /// Ids without a token are left out, as in the Rust tokenizers. Bytes that are not UTF-8 become U+FFFD.
  public func decode(_ ids: [Int], skipsSpecialTokens: Bool = true) -> String {
    let vocabulary = core.vocabulary
    let kept = ids.filter { !(skipsSpecialTokens && vocabulary.special.contains($0)) }
    if let raw = core.rawBytes { return raw.text(of: kept) }
    return core.decoder.decode(kept.compactMap { id in vocabulary.tokens.withBytes(of: id) { $0.map(Array.init) } })
  }
}

/// The bytes of every token, for tokenizers whose decoder only puts bytes together.
struct RawTokenBytes: Sendable {
  private let bytes: [UInt8]
  /// Where the bytes of each id begin, and after the last where they end.
  private let starts: [UInt32]

  init(_ tokens: TokenTable) {
    var bytes: [UInt8] = []
    var starts: [UInt32] = [0]
    for id in 0..<tokens.idCount {
      bytes += tokens.withBytes(of: id) { token in token.map { TokenDecoder.Stage.rawBytes(Array($0)) } ?? [] }
      starts.append(UInt32(bytes.count))
    }
    self.bytes = bytes
    self.starts = starts
  }

  /// The bytes of a token; none for an id without one.
  func bytes(of id: Int) -> ArraySlice<UInt8> {
    guard id >= 0, id < starts.count - 1 else { return [] }
    return bytes[Int(starts[id])..<Int(starts[id + 1])]
  }

  func text(of ids: [Int]) -> String {
    var all: [UInt8] = []
    all.reserveCapacity(ids.count * 4)
    for id in ids { all += bytes(of: id) }
    return String(decoding: all, as: UTF8.self)
  }
}
