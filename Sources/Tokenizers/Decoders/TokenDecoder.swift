/// What turns tokens back into text: `decoder` in a tokenizer.json.
struct TokenDecoder: Sendable, Equatable {
  enum Stage: Sendable, Equatable {
    /// The bytes that the characters of ``ByteAlphabet`` stand for.
    case byteLevel
    /// Without the prefix of continuations, with a space before every other token but the first.
    case wordPiece(prefix: [UInt8], cleansUp: Bool)
    /// A space for every replacement; none for one that begins the first token, when it was prepended.
    case metaspace(replacement: [UInt8], dropsFirst: Bool)
    /// The bytes of tokens like `<0xE5>`, as far as they are UTF-8.
    case byteFallback
    case fuse
    /// At most so many of one character off the start and the end of each token.
    case strip(character: [UInt8], start: Int, end: Int)
    case replace(Replacement)
    /// A space for every suffix, but for that of the last token.
    case suffix([UInt8])
  }

  struct Replacement: Sendable, Equatable {
    let matcher: Matcher
    let content: [UInt8]

    static func == (left: Self, right: Self) -> Bool {
      left.content == right.content && left.matcher == right.matcher
    }
  }

  /// None: the tokens with spaces between them.
  var stages: [Stage]?

  func decode(_ tokens: [[UInt8]]) -> String {
    guard let stages else { return String(decoding: Array(tokens.joined(separator: [0x20])), as: UTF8.self) }
    let pieces = stages.reduce(tokens) { $1.apply(to: $0) }
    return String(decoding: Array(pieces.joined()), as: UTF8.self)
  }
}

extension TokenDecoder.Stage {
  func apply(to tokens: [[UInt8]]) -> [[UInt8]] {
    switch self {
    case .byteLevel: [Self.repaired(tokens.flatMap(Self.rawBytes))]
    case .fuse: [Array(tokens.joined())]
    case .byteFallback: Self.joinBytes(tokens)
    case .wordPiece(let prefix, let cleansUp):
      tokens.enumerated().map { Self.wordPiece($1, prefix, isFirst: $0 == 0, cleansUp: cleansUp) }
    case .metaspace(let replacement, let dropsFirst):
      tokens.enumerated().map { index, token in
        token.replacing(replacement, with: index == 0 && dropsFirst ? [] : [0x20])
      }
    case .strip(let character, let start, let end): tokens.map { Self.stripped($0, of: character, start, end) }
    case .replace(let replacement): tokens.map { replacement.apply(to: $0) }
    case .suffix(let suffix):
      tokens.enumerated().map { $1.replacing(suffix, with: $0 == tokens.count - 1 ? [] : [0x20]) }
    }
  }

  /// The bytes of a token in the byte alphabet; a token with other characters, as added tokens have, is itself.
  static func rawBytes(_ token: [UInt8]) -> [UInt8] {
    token.withUnsafeBufferPointer { ByteAlphabet.bytes(of: $0) } ?? token
  }

  private static func repaired(_ bytes: [UInt8]) -> [UInt8] { Array(String(decoding: bytes, as: UTF8.self).utf8) }

  private static func wordPiece(_ token: [UInt8], _ prefix: [UInt8], isFirst: Bool, cleansUp: Bool) -> [UInt8] {
    var token = token
    if !isFirst { token = token.starts(with: prefix) ? Array(token[prefix.count...]) : [0x20] + token }
    return cleansUp ? cleanedUp(token) : token
  }

  /// The spaces that BERT's tokens have and English has not.
  private static let cleanUps: [(from: [UInt8], to: [UInt8])] = [
    (" .", "."), (" ?", "?"), (" !", "!"), (" ,", ","), (" ' ", "'"), (" n't", "n't"), (" 'm", "'m"), (" do not", " don't"), (" 's", "'s"),
    (" 've", "'ve"), (" 're", "'re"),
  ].map { (Array($0.0.utf8), Array($0.1.utf8)) }

  private static func cleanedUp(_ token: [UInt8]) -> [UInt8] {
    guard token.count >= 2, token.contains(0x20) else { return token }
    return cleanUps.reduce(token) { $0.replacing($1.from, with: $1.to) }
  }

  private static func stripped(_ token: [UInt8], of character: [UInt8], _ start: Int, _ end: Int) -> [UInt8] {
    var rest = token[...]
    var (start, end) = (start, end)
    while start > 0, rest.starts(with: character) {
      rest = rest.dropFirst(character.count)
      start -= 1
    }
    while end > 0, rest.count >= character.count, rest.suffix(character.count).elementsEqual(character) {
      rest = rest.dropLast(character.count)
      end -= 1
    }
    return Array(rest)
  }

  private static func joinBytes(_ tokens: [[UInt8]]) -> [[UInt8]] {
    var result: [[UInt8]] = []
    var run: [UInt8] = []
    func flush() {
      if run.isEmpty { return }
      result.append(text(ofBytes: run))
      run.removeAll()
    }
    for token in tokens {
      if let byte = fallbackByte(token) {
        run.append(byte)
      } else {
        flush()
        result.append(token)
      }
    }
    flush()
    return result
  }

  /// A run of byte tokens: one that is not UTF-8 as a whole is a replacement character per byte.
  static func text(ofBytes run: [UInt8]) -> [UInt8] {
    String(validating: run, as: UTF8.self) != nil ? run : run.flatMap { _ in Array("\u{FFFD}".utf8) }
  }

  /// The byte that a token like `<0xE5>` stands for.
  static func fallbackByte(_ token: [UInt8]) -> UInt8? {
    guard token.count == 6, token.starts(with: Array("<0x".utf8)), token[5] == UInt8(ascii: ">") else { return nil }
    return UInt8(String(decoding: token[3..<5], as: UTF8.self), radix: 16)
  }
}

extension TokenDecoder.Replacement {
  fileprivate func apply(to token: [UInt8]) -> [UInt8] {
    token.withUnsafeBufferPointer { bytes in
      var result: [UInt8] = []
      var position = 0
      matcher.finder()(bytes) { start, end in
        result += bytes[position..<start]
        result += content
        position = end
      }
      return result + bytes[position...]
    }
  }
}

extension [UInt8] {
  /// Every occurrence of a byte string that is not empty replaced by another.
  fileprivate func replacing(_ wanted: [UInt8], with content: [UInt8]) -> [UInt8] {
    guard let first = wanted.first, count >= wanted.count, contains(first) else { return self }
    var result: [UInt8] = []
    var position = 0
    while position < count {
      if self[position] == first, self[position...].starts(with: wanted) {
        result += content
        position += wanted.count
      } else {
        result.append(self[position])
        position += 1
      }
    }
    return result
  }
}
