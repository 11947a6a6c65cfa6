import Display

/// Reading `model` in a tokenizer.json.
enum ModelReading {
  private static let types = ["BPE", "Unigram", "WordLevel", "WordPiece"]

  /// - Parameter followsByteLevel: whether words come in the characters that `ByteLevel` writes: a BPE model then takes the bytes.
  static func read(_ field: Field, followsByteLevel: Bool) throws(TokenizerError) -> any TokenModel {
    switch try type(of: field) {
    case "BPE": return try bytePair(field, followsByteLevel: followsByteLevel)
    case "WordPiece": return try wordPiece(field)
    case "WordLevel": return try wordLevel(field)
    case "Unigram": return try unigram(field)
    case let name: throw try field.required("type").failure(.unsupported(name, allowed: types))
    }
  }

  /// Old files do not name the type; what is in the model tells.
  static func type(of field: Field) throws(TokenizerError) -> String {
    if let type = try field.optional("type") { return try type.string() }
    if try field.optional("merges") != nil { return "BPE" }
    if try field.required("vocab").value.arrayValue != nil { return "Unigram" }
    return try field.optional("continuing_subword_prefix") != nil ? "WordPiece" : "WordLevel"
  }

  /// A vocabulary that is an object: tokens and their ids.
  static func table(_ field: Field) throws(TokenizerError) -> TokenTable {
    let object = try field.object()
    var table = TokenTable(capacity: object.count)
    for (token, value) in object {
      guard let id = value.intValue, id >= 0, id < TokenTable.idLimit else {
        throw field.failure(.invalid("the id of «\(token)» is \(JSONText.short(value)), and not from 0 to \(TokenTable.idLimit - 1)"))
      }
      if let other = table.token(id) { throw field.failure(.invalid("«\(other)» and «\(token)» have the same id \(id)")) }
      table.insert(token, id: id)
    }
    return table
  }

  // MARK: - BPE

  private static func bytePair(_ field: Field, followsByteLevel: Bool) throws(TokenizerError) -> BytePairModel {
    try field.allowOnly([
      "type", "dropout", "unk_token", "continuing_subword_prefix", "end_of_word_suffix", "fuse_unk", "byte_fallback", "ignore_merges",
      "vocab", "merges",
    ])
    if let dropout = try field.optional("dropout"), try dropout.double() != 0 {
      throw dropout.failure(.invalid("dropout makes tokens random and is not supported; supported are 0 and null"))
    }
    let tokens = try table(try field.required("vocab"))
    var options = BytePairModel.Options()
    options.continuationPrefix = try field.optional("continuing_subword_prefix")?.bytes() ?? []
    options.endSuffix = try field.optional("end_of_word_suffix")?.bytes() ?? []
    options.fusesUnknown = try field.bool("fuse_unk", default: false)
    options.fallsBackToBytes = try field.bool("byte_fallback", default: false)
    options.prefersWholeWords = try field.bool("ignore_merges", default: false)
    let isPlain = options.continuationPrefix.isEmpty && options.endSuffix.isEmpty && !options.fallsBackToBytes
    options.takesRawBytes = followsByteLevel && isPlain
    if let unknown = try field.optional("unk_token") {
      let token = try unknown.string()
      options.unknown = tokens.id(of: token)
      // Files for bytes name a token that is not there, and never need it.
      let isNeeded = !followsByteLevel || ByteAlphabet.characters.contains { tokens.id(of: String(Character(Unicode.Scalar($0)!))) == nil }
      if options.unknown == nil, isNeeded { throw unknown.failure(.notInVocabulary(token)) }
    }
    let merges = try merges(try field.required("merges"), tokens, prefix: options.continuationPrefix)
    return BytePairModel(tokens: tokens, merges: merges, options: options)
  }

  private static func merges(_ field: Field, _ tokens: TokenTable, prefix: [UInt8]) throws(TokenizerError) -> MergeTable {
    guard let array = field.value.arrayValue else { throw field.failure(.expected("an array", found: field.value.kind)) }
    var builder = MergeBuilder(tokens: tokens, prefix: prefix, count: array.count)
    for (index, element) in array.enumerated() {
      let problem: MergeBuilder.Problem?
      switch element {
      case .string(let pair): problem = builder.add(line: pair)
      case .array(let pair) where pair.count == 2: problem = builder.add(pair[0].stringValue ?? "", pair[1].stringValue ?? "")
      default: problem = .notAPair
      }
      if let problem { throw TokenizerError(file: field.file, place: "\(field.place)[\(index)]", reason: problem.reason) }
    }
    return builder.table
  }

  // MARK: - WordPiece and words

  private static func wordPiece(_ field: Field) throws(TokenizerError) -> WordPieceModel {
    try field.allowOnly(["type", "unk_token", "continuing_subword_prefix", "max_input_chars_per_word", "vocab"])
    let tokens = try table(try field.required("vocab"))
    return WordPieceModel(
      tokens: tokens, unknown: try unknown(field, tokens, default: "[UNK]"),
      continuationPrefix: try field.optional("continuing_subword_prefix")?.bytes() ?? Array("##".utf8),
      maximumCharacters: try field.optional("max_input_chars_per_word")?.int() ?? 100)
  }

  private static func wordLevel(_ field: Field) throws(TokenizerError) -> WordLevelModel {
    try field.allowOnly(["type", "unk_token", "vocab"])
    let tokens = try table(try field.required("vocab"))
    return WordLevelModel(tokens: tokens, unknown: try unknown(field, tokens, default: "<unk>"))
  }

  private static func unknown(_ field: Field, _ tokens: TokenTable, default fallback: String) throws(TokenizerError) -> Int {
    let unknown = try field.optional("unk_token")
    let token = try unknown?.string() ?? fallback
    guard let id = tokens.id(of: token) else { throw (unknown ?? field).failure(.notInVocabulary(token)) }
    return id
  }

  // MARK: - Unigram

  private static func unigram(_ field: Field) throws(TokenizerError) -> UnigramModel {
    try field.allowOnly(["type", "unk_id", "vocab", "byte_fallback"])
    let vocabulary = try field.required("vocab")
    guard let pieces = vocabulary.value.arrayValue else { throw vocabulary.failure(.expected("an array", found: vocabulary.value.kind)) }
    if pieces.count > TokenTable.idLimit {
      throw vocabulary.failure(.invalid("has \(pieces.count) tokens, more than \(TokenTable.idLimit)"))
    }
    var tokens = TokenTable(capacity: pieces.count)
    var scores: [Double] = []
    for (id, piece) in pieces.enumerated() {
      guard case .array(let pair) = piece, pair.count == 2, let token = pair[0].stringValue, let score = pair[1].doubleValue else {
        throw TokenizerError(
          file: field.file, place: "\(vocabulary.place)[\(id)]",
          reason: .expected("a token and its score", found: JSONText.short(piece)))
      }
      tokens.insert(token, id: id)
      scores.append(score)
    }
    let unknown = try field.required("unk_id")
    return UnigramModel(
      tokens: tokens, scores: scores, unknown: try unknown.int(through: pieces.count - 1),
      fallsBackToBytes: try field.bool("byte_fallback", default: false))
  }
}

/// JSON values in sentences.
enum JSONText {
  /// The value as JSON, cut after 40 characters.
  static func short(_ value: JSON) -> String {
    let text = value.description
    return text.unicodeScalars.count <= 40 ? text : String(String.UnicodeScalarView(text.unicodeScalars.prefix(40))) + "…"
  }
}
