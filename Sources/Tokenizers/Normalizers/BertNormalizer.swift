/// The clean-up of BERT: control characters, white space, spaces around Chinese characters, accents, case.
///
/// Source: `BasicTokenizer` of google-research/bert, with the character tables of the Rust tokenizers.
struct BertNormalizer: Normalizer {
  let cleansText: Bool
  let separatesChineseCharacters: Bool
  let stripsAccents: Bool
  let lowercases: Bool

  func normalize(_ text: WorkText) {
    if text.bytes.isASCII { return normalizeASCII(text) }
    let tables = UnicodeTables.shared
    if cleansText {
      text.mapScalars { scalar in
        if scalar == 9 || scalar == 10 || scalar == 13 { return 0x20 }
        if scalar == 0 || scalar == 0xFFFD || tables.has(scalar, .bertControl) { return nil }
        return tables.has(scalar, .whiteSpace) ? 0x20 : scalar
      }
    }
    if separatesChineseCharacters { separateChineseCharacters(in: text) }
    if stripsAccents {
      UnicodeNormalizer(form: .nfd).normalize(text)
      text.removeScalars { tables.has($0, .bertAccent) }
    }
    if lowercases { Lowercase().normalize(text) }
  }

  /// All of it in one pass: of ASCII, only control characters are removed, and nothing else changes its length.
  private func normalizeASCII(_ text: WorkText) {
    text.rewrite { bytes, range, output in
      let base = bytes.baseAddress!
      var position = range.start
      while position < range.end {
        let byte = base[position]
        var replacement = byte
        if cleansText, byte < 0x20 || byte == 0x7F {
          if byte == 9 || byte == 10 || byte == 13 { replacement = 0x20 } else { replacement = 0 }
        } else if lowercases, byte >= 65, byte <= 90 {
          replacement = byte + 32
        }
        if replacement != byte || (byte == 0 && cleansText) {
          output.copy(until: position)
          output.replace(until: position + 1) { if replacement != 0 { $0.append(replacement) } }
        }
        position += 1
      }
      output.copy(until: range.end)
    }
  }

  private func separateChineseCharacters(in text: WorkText) {
    text.rewrite { bytes, range, output in
      let base = bytes.baseAddress!
      var position = range.start
      while position < range.end {
        let (scalar, length) = decodeScalar(base, position)
        if Self.isChinese(scalar) {
          output.copy(until: position)
          output.insertSpace()
          output.copy(until: position + length)
          output.insertSpace()
        }
        position += length
      }
      output.copy(until: range.end)
    }
  }

  private static func isChinese(_ scalar: UInt32) -> Bool {
    switch scalar {
    case 0x4E00...0x9FFF, 0x3400...0x4DBF, 0xF900...0xFAFF: true
    // The block from U+2B820 on is missing in the Rust tokenizers, and so in the vocabularies made with them.
    case 0x20000...0x2A6DF, 0x2A700...0x2B81F, 0x2B920...0x2CEAF, 0x2F800...0x2FA1F: true
    default: false
    }
  }
}
