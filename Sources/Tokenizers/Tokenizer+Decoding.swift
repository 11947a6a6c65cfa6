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
    let kept = ids.filter { vocabulary.tokens.contains($0) && !(skipsSpecialTokens && vocabulary.isSpecial($0)) }
    if let texts = core.tokenTexts { return texts.text(of: kept) }
    return core.decoder.decode(kept.compactMap { id in vocabulary.tokens.withBytes(of: id) { $0.map(Array.init) } })
  }

  /// The bytes that a token adds to a text, as its first token or after others; nothing for a special token.
  ///
  /// ```swift
  /// tokenizer.bytes(of: 995, isFirst: false)   // the bytes of " world"
  /// ```
  /// The bytes of one token need not be UTF-8: a character may be spread over several tokens.
  public func bytes(of id: Int, isFirst: Bool) -> [UInt8] {
    if isSpecial(id) { return [] }
    if let texts = core.tokenTexts { return texts.loneBytes(of: id, isFirst: isFirst) }
    return Array(decode([id]).utf8)
  }
}
