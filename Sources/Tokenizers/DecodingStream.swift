extension Tokenizer {
  /// A stream that turns ids into text one by one.
  public func decodingStream(skipsSpecialTokens: Bool = true) -> DecodingStream {
    DecodingStream(self, skipsSpecialTokens: skipsSpecialTokens)
  }
}

/// Text that grows token by token, in whole characters: a code point that is spread over several tokens shows with the last of them.
///
/// ```swift
/// var stream = tokenizer.decodingStream()
/// for id in ids { print(stream.append(id), terminator: "") }
/// print(stream.finish())
/// ```
/// All that is shown, one after the other, is what ``Tokenizer/decode(_:skipsSpecialTokens:)`` gives for all ids.
/// (One exception: with a `ByteFallback` decoder, bytes that are not UTF-8 after such that are.)
public struct DecodingStream: Sendable {
  private let tokenizer: Tokenizer
  private let skipsSpecialTokens: Bool
  /// The beginning of a code point whose end is still to come.
  private var pendingBytes: [UInt8] = []
  private let texts: TokenTexts?
  private var isAtStart = true
  /// Ids whose text depends on one another: first those whose text is shown already, then those whose text is not.
  private var window: [Int] = []
  private var shownCount = 0

  init(_ tokenizer: Tokenizer, skipsSpecialTokens: Bool) {
    self.tokenizer = tokenizer
    self.skipsSpecialTokens = skipsSpecialTokens
    texts = tokenizer.core.tokenTexts.flatMap { $0.isPerToken ? $0 : nil }
  }

  /// The text that an id completes; often of one token, empty while a code point is incomplete.
  public mutating func append(_ id: Int) -> String {
    if skipsSpecialTokens, tokenizer.isSpecial(id) { return "" }
    if let texts {
      pendingBytes += texts.bytes(of: id, isFirst: isAtStart)
      if tokenizer.core.vocabulary.tokens.contains(id) { isAtStart = false }
      let complete = pendingBytes.count - Self.incompleteSuffix(of: pendingBytes)
      let text = String(decoding: pendingBytes[..<complete], as: UTF8.self)
      pendingBytes.removeFirst(complete)
      return text
    }
    guard tokenizer.core.vocabulary.tokens.contains(id) else { return "" }
    window.append(id)
    return show(isLast: false)
  }

  /// The text that is left when no more ids come: what is incomplete shows as U+FFFD.
  public mutating func finish() -> String {
    let rest = String(decoding: pendingBytes, as: UTF8.self)
    pendingBytes = []
    return rest + show(isLast: true)
  }

  private mutating func show(isLast: Bool) -> String {
    if shownCount == window.count { return "" }
    let before = Array(tokenizer.decode(Array(window[..<shownCount]), skipsSpecialTokens: false).utf8)
    var text = Array(tokenizer.decode(window, skipsSpecialTokens: false).utf8)
    if !isLast, text.suffix(3).elementsEqual("\u{FFFD}".utf8) { return "" }
    if text.starts(with: before) {
      text.removeFirst(before.count)
    } else {
      text = Array(tokenizer.decode(Array(window[shownCount...]), skipsSpecialTokens: false).utf8)
    }
    window.removeFirst(shownCount)
    shownCount = window.count
    return String(decoding: text, as: UTF8.self)
  }

  /// How many bytes at the end may be the beginning of a code point: 0 to 3.
  private static func incompleteSuffix(of bytes: [UInt8]) -> Int {
    for length in 1...3 where length <= bytes.count {
      let first = bytes[bytes.count - length]
      if first & 0xC0 == 0x80 { continue }
      let needed = first < 0xC2 || first > 0xF4 ? 1 : scalarLength(first)
      guard length < needed else { return 0 }
      // A second byte out of its range can no longer become a code point (Unicode Standard, table 3-7).
      if length > 1, !isSecond(bytes[bytes.count - length + 1], after: first) { return 0 }
      return length
    }
    return 0
  }

  private static func isSecond(_ byte: UInt8, after first: UInt8) -> Bool {
    switch first {
    case 0xE0: byte >= 0xA0
    case 0xED: byte <= 0x9F
    case 0xF0: byte >= 0x90
    case 0xF4: byte <= 0x8F
    default: true
    }
  }
}
