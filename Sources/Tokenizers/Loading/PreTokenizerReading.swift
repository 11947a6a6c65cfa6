/// Reading `pre_tokenizer` in a tokenizer.json.
enum PreTokenizerReading {
  private static let types = [
    "BertPreTokenizer", "ByteLevel", "CharDelimiterSplit", "Digits", "FixedLength", "Metaspace", "Punctuation", "Sequence", "Split",
    "Whitespace", "WhitespaceSplit",
  ]

  /// - Parameter isLast: whether the model comes next; a `ByteLevel` there may leave bytes as they are, if the model takes them so.
  static func read(_ field: Field, isLast: Bool) throws(TokenizerError) -> any PreTokenizer {
    let type = try field.required("type")
    switch try type.string() {
    case "BertPreTokenizer":
      try field.allowOnly(["type"])
      return BertPreTokenizer()
    case "Whitespace":
      try field.allowOnly(["type"])
      return Whitespace()
    case "WhitespaceSplit":
      try field.allowOnly(["type"])
      return WhitespaceSplit()
    case "CharDelimiterSplit":
      try field.allowOnly(["type", "delimiter"])
      return CharacterDelimiterSplit(delimiter: try field.required("delimiter").character().value)
    case "Digits":
      try field.allowOnly(["type", "individual_digits"])
      return Digits(areIndividual: try field.bool("individual_digits", default: false))
    case "Punctuation":
      try field.allowOnly(["type", "behavior"])
      return Punctuation(
        behavior: try field.optional("behavior").map { (field) throws(TokenizerError) in try field.choice(SplitBehavior.self) } ?? .isolated
      )
    case "FixedLength":
      try field.allowOnly(["type", "length"])
      return FixedLength(length: try field.required("length").int(from: 1))
    case "Split":
      try field.allowOnly(["type", "pattern", "behavior", "invert"])
      return Split(
        matcher: try field.required("pattern").matcher(), behavior: try field.required("behavior").choice(SplitBehavior.self),
        isInverted: try field.bool("invert", default: false))
    case "ByteLevel":
      try field.allowOnly(["type", "add_prefix_space", "trim_offsets", "use_regex"])
      return ByteLevel(
        addsPrefixSpace: try field.bool("add_prefix_space", default: true), splits: try field.bool("use_regex", default: true),
        writesCharacters: !isLast)
    case "Metaspace": return try metaspace(field)
    case "Sequence":
      try field.allowOnly(["type", "pretokenizers"])
      let elements = try field.required("pretokenizers").elements()
      var stages: [any PreTokenizer] = []
      for (index, element) in elements.enumerated() { stages.append(try read(element, isLast: isLast && index == elements.count - 1)) }
      return PreTokenizerSequence(stages: stages)
    case let name: throw type.failure(.unsupported(name, allowed: types))
    }
  }

  /// Whether the last stage writes bytes as characters, so that a model may take the bytes instead.
  static func endsInByteLevel(_ field: Field) throws(TokenizerError) -> Bool {
    switch try field.required("type").string() {
    case "ByteLevel": return true
    case "Sequence":
      guard let last = try field.required("pretokenizers").elements().last else { return false }
      return try endsInByteLevel(last)
    default: return false
    }
  }

  private static func metaspace(_ field: Field) throws(TokenizerError) -> Metaspace {
    try field.allowOnly(["type", "replacement", "str_rep", "add_prefix_space", "prepend_scheme", "split"])
    return Metaspace(
      replacement: Array(String(Character(try field.required("replacement").character())).utf8),
      prepending: try prepending(field), splits: try field.bool("split", default: true))
  }

  /// `prepend_scheme`, or in older files `add_prefix_space`.
  static func prepending(_ field: Field) throws(TokenizerError) -> Metaspace.Prepending {
    if let scheme = try field.optional("prepend_scheme") { return try scheme.choice(Metaspace.Prepending.self) }
    return try field.bool("add_prefix_space", default: true) ? .always : .never
  }
}
