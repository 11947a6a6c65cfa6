/// Reading `normalizer` in a tokenizer.json.
enum NormalizerReading {
  private static let types = [
    "BertNormalizer", "ByteLevel", "Lowercase", "NFC", "NFD", "NFKC", "NFKD", "Nmt", "Precompiled", "Prepend", "Replace", "Sequence",
    "Strip", "StripAccents",
  ]

  static func read(_ field: Field) throws(TokenizerError) -> any Normalizer {
    let type = try field.required("type")
    switch try type.string() {
    case "NFC", "NFD", "NFKC", "NFKD":
      try field.allowOnly(["type"])
      return UnicodeNormalizer(form: try type.choice(NormalizationForm.self))
    case "Lowercase":
      try field.allowOnly(["type"])
      return Lowercase()
    case "Nmt":
      try field.allowOnly(["type"])
      return NMTCleanup()
    case "StripAccents":
      try field.allowOnly(["type"])
      return StripAccents()
    case "ByteLevel":
      try field.allowOnly(["type"])
      return ByteLevelNormalizer()
    case "Strip":
      try field.allowOnly(["type", "strip_left", "strip_right"])
      return Strip(atStart: try field.bool("strip_left", default: true), atEnd: try field.bool("strip_right", default: true))
    case "BertNormalizer": return try bert(field)
    case "Prepend":
      try field.allowOnly(["type", "prepend"])
      return Prepend(content: try field.required("prepend").bytes())
    case "Replace":
      try field.allowOnly(["type", "pattern", "content"])
      return Replace(matcher: try field.required("pattern").matcher(), content: try field.required("content").bytes())
    case "Precompiled":
      try field.allowOnly(["type", "precompiled_charsmap"])
      return try field.optional("precompiled_charsmap").map { (map) throws(TokenizerError) in try precompiled(map) }
        ?? NormalizerSequence(stages: [])
    case "Sequence":
      try field.allowOnly(["type", "normalizers"])
      var stages: [any Normalizer] = []
      for element in try field.required("normalizers").elements() { stages.append(try read(element)) }
      return NormalizerSequence(stages: stages)
    case let name: throw type.failure(.unsupported(name, allowed: types))
    }
  }

  private static func bert(_ field: Field) throws(TokenizerError) -> BertNormalizer {
    try field.allowOnly(["type", "clean_text", "handle_chinese_chars", "strip_accents", "lowercase"])
    let lowercases = try field.bool("lowercase", default: true)
    return BertNormalizer(
      cleansText: try field.bool("clean_text", default: true),
      separatesChineseCharacters: try field.bool("handle_chinese_chars", default: true),
      stripsAccents: try field.bool("strip_accents", default: lowercases), lowercases: lowercases)
  }

  private static func precompiled(_ field: Field) throws(TokenizerError) -> any Normalizer {
    guard let bytes = Base64.decode(try field.string()) else { throw field.failure(.invalid("is not Base64")) }
    return bytes.isEmpty ? NormalizerSequence(stages: []) : try precompiled(bytes, field)
  }

  /// The character map of a sentencepiece model.
  static func precompiled(_ bytes: [UInt8], _ field: Field) throws(TokenizerError) -> Precompiled {
    do {
      return Precompiled(map: try PrecompiledCharacterMap(bytes))
    } catch {
      switch error {
      case .truncated(let count): throw field.failure(.invalid("a character map has at least 4 bytes, this one \(count)"))
      case .trieLength(let length, let available):
        throw field.failure(.invalid("a trie of \(length) bytes is announced, and \(available) bytes follow"))
      }
    }
  }
}

extension Field {
  /// `{"String": "…"}` or `{"Regex": "…"}`.
  func matcher() throws(TokenizerError) -> Matcher {
    try allowOnly(["String", "Regex"])
    if let regex = try optional("Regex") {
      let source = try regex.string()
      do {
        return .pattern(try Pattern(source))
      } catch {
        throw regex.failure(.pattern(source, problem: error.problem, column: error.column))
      }
    }
    let string = try required("String")
    let bytes = try string.bytes()
    if bytes.isEmpty { throw string.failure(.invalid("an empty string is found nowhere")) }
    return .string(bytes)
  }
}

/// RFC 4648, with or without the padding at the end.
enum Base64 {
  static func decode(_ text: String) -> [UInt8]? {
    var bytes: [UInt8] = []
    var bits: UInt32 = 0
    var count = 0
    var isPadded = false
    for byte in text.utf8 {
      if byte == UInt8(ascii: "=") {
        isPadded = true
        continue
      }
      guard !isPadded, let digit = digit(byte) else { return nil }
      bits = bits << 6 | digit
      count += 6
      if count >= 8 {
        count -= 8
        bytes.append(UInt8(truncatingIfNeeded: bits >> UInt32(count)))
      }
    }
    return count < 6 ? bytes : nil
  }

  private static func digit(_ byte: UInt8) -> UInt32? {
    switch byte {
    case UInt8(ascii: "A")...UInt8(ascii: "Z"): UInt32(byte) - 65
    case UInt8(ascii: "a")...UInt8(ascii: "z"): UInt32(byte) - 97 + 26
    case UInt8(ascii: "0")...UInt8(ascii: "9"): UInt32(byte) - 48 + 52
    case UInt8(ascii: "+"): 62
    case UInt8(ascii: "/"): 63
    default: nil
    }
  }
}
