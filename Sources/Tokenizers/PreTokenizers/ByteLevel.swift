/// Cuts text as GPT-2 does, and writes each byte as one visible character.
struct ByteLevel: PreTokenizer {
  /// Whether a space is written before a piece of text that does not begin with one.
  let addsPrefixSpace: Bool
  /// Whether the text is cut with GPT-2's pattern, or stays as the stages before left it.
  let splits: Bool
  /// Whether the bytes are written as characters: not when a model follows that takes them as they are.
  var writesCharacters = true

  func split(_ text: WorkText, isStart: Bool) {
    if addsPrefixSpace {
      text.rewrite { bytes, range, output in
        if bytes[range.start] != 0x20 { output.prepend([0x20]) }
        output.copy(until: range.end)
      }
    }
    if splits {
      text.split { bytes, range, pieces in GPT2Splitter.split(bytes.baseAddress!, range, into: pieces) }
    }
    if writesCharacters { ByteAlphabet.writeCharacters(in: text) }
  }
}

/// `ByteLevel` among the normalisers: only the characters, nothing is cut.
struct ByteLevelNormalizer: Normalizer {
  func normalize(_ text: WorkText) { ByteAlphabet.writeCharacters(in: text) }
}

/// The visible character for each byte, as GPT-2 chose them: printable Latin-1 stands for itself, the rest for what follows U+0100.
enum ByteAlphabet {
  /// The code point of each byte.
  static let characters: [UInt32] = {
    var characters: [UInt32] = []
    var next: UInt32 = 0x100
    for byte in UInt32(0)..<256 {
      if (0x21...0x7E).contains(byte) || (0xA1...0xAC).contains(byte) || byte >= 0xAE {
        characters.append(byte)
      } else {
        characters.append(next)
        next += 1
      }
    }
    return characters
  }()

  private static let bytes: [UInt32: UInt8] = Dictionary(
    uniqueKeysWithValues: characters.enumerated().map { ($0.element, UInt8($0.offset)) })

  /// The byte that a character stands for; nil when it is none of the alphabet.
  static func byte(of scalar: UInt32) -> UInt8? { bytes[scalar] }

  /// The bytes that a token in this alphabet stands for; nil when it has another character.
  static func bytes(of token: UTF8Bytes) -> [UInt8]? {
    var result: [UInt8] = []
    for scalar in token.scalars {
      guard let byte = byte(of: scalar) else { return nil }
      result.append(byte)
    }
    return result
  }

  static func writeCharacters(in text: WorkText) {
    text.rewrite { source, range, output in
      let base = source.baseAddress!
      var position = range.start
      while position < range.end {
        let length = scalarLength(base[position])
        if length > 1 || characters[Int(base[position])] != UInt32(base[position]) {
          output.copy(until: position)
          output.replace(until: position + length) { buffer in
            for byte in UTF8Bytes(rebasing: source[position..<position + length]) { buffer.append(scalar: characters[Int(byte)]) }
          }
        }
        position += length
      }
      output.copy(until: range.end)
    }
  }
}
