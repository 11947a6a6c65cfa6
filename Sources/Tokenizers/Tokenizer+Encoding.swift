extension Tokenizer {
  /// The token ids of a text, or of a pair of texts.
  ///
  /// ```swift
  /// tokenizer.encode("hello world").ids                          // [101, 7592, 2088, 102]
  /// tokenizer.encode("A man sleeps.", "A man is awake.").typeIDs // 0 for the first text, 1 for the second
  /// ```
  /// - Parameters:
  ///   - text: at most 256 MB.
  ///   - pair: a second text, for models that compare two.
  ///   - addsSpecialTokens: whether the tokens of the model's template are added: `[CLS]`, `[SEP]`, `</s>` and their like.
  ///   - findsSpecialTokens: whether special tokens that are written out in the text are found. Without, they are text like any other: for
  ///     text that users type.
  ///   - truncation: what is kept of a long text; by default all.
  /// - Complexity: O(n log n) in the bytes of the text at worst, O(n) for words of bounded length.
  public func encode(
    _ text: String, _ pair: String? = nil, addsSpecialTokens: Bool = true, findsSpecialTokens: Bool = true, truncation: Truncation? = nil
  ) -> Encoding {
    var texts = [core.encode(text, index: 0, findsSpecial: findsSpecialTokens)]
    if let pair { texts.append(core.encode(pair, index: 1, findsSpecial: findsSpecialTokens)) }
    if let truncation {
      let special = addsSpecialTokens ? core.postProcessor.specialTokenCount(isPair: pair != nil) : 0
      texts = truncation.apply(to: texts, specialTokens: special)
    }
    return core.postProcessor.process(texts, addsSpecialTokens: addsSpecialTokens)
  }

  /// The token ids of many texts, padded to one length if asked for.
  public func encode(
    batch texts: [String], addsSpecialTokens: Bool = true, findsSpecialTokens: Bool = true, truncation: Truncation? = nil,
    padding: Padding? = nil
  ) -> [Encoding] {
    padded(
      texts.map {
        encode($0, addsSpecialTokens: addsSpecialTokens, findsSpecialTokens: findsSpecialTokens, truncation: truncation)
      }, padding)
  }

  /// The token ids of many pairs of texts, padded to one length if asked for.
  public func encode(
    batch pairs: [(String, String)], addsSpecialTokens: Bool = true, findsSpecialTokens: Bool = true, truncation: Truncation? = nil,
    padding: Padding? = nil
  ) -> [Encoding] {
    padded(
      pairs.map {
        encode($0.0, $0.1, addsSpecialTokens: addsSpecialTokens, findsSpecialTokens: findsSpecialTokens, truncation: truncation)
      }, padding)
  }

  private func padded(_ encodings: [Encoding], _ padding: Padding?) -> [Encoding] {
    guard let padding else { return encodings }
    precondition(
      token(padding.id) != nil, "padding with the id \(padding.id): the vocabulary has no such token among its \(vocabularySize) ids")
    return padding.apply(to: encodings)
  }
}
