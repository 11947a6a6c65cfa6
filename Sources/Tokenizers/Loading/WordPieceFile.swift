/// A WordPiece tokenizer in one file: `vocab.txt`, a token a line, the first with the id 0.
struct WordPieceFile {
  private let path: String
  private let config: Field?
  /// Used where the configuration does not say it.
  var lowercases = true

  private static let classes = [
    "BertTokenizer", "DistilBertTokenizer", "ElectraTokenizer", "LayoutLMTokenizer", "MobileBertTokenizer",
  ]

  /// - Parameter config: the tokenizer_config.json beside it; without it, it is that of BERT.
  init(_ path: String, _ config: Field?) {
    self.path = path
    self.config = config
  }

  func read() throws(TokenizerError) -> TokenizerParts {
    if let field = try config?.optional("tokenizer_class") {
      let name = try field.string()
      let plain = name.hasSuffix("Fast") ? String(name.dropLast(4)) : name
      if !Self.classes.contains(plain) { throw field.failure(.unsupported(name, allowed: Self.classes)) }
    }
    let tokens = try table()
    let lowercases = try config?.bool("do_lower_case", default: self.lowercases) ?? self.lowercases
    let model = WordPieceModel(
      tokens: tokens, unknown: try require("[UNK]", "unk_token", tokens), continuationPrefix: Array("##".utf8), maximumCharacters: 100)
    var parts = TokenizerParts(model: model, decoder: TokenDecoder(stages: [.wordPiece(prefix: Array("##".utf8), cleansUp: true)]))
    parts.normalizer = BertNormalizer(
      cleansText: true, separatesChineseCharacters: try config?.bool("tokenize_chinese_chars", default: true) ?? true,
      stripsAccents: try config?.bool("strip_accents", default: lowercases) ?? lowercases, lowercases: lowercases)
    parts.preTokenizer = BertPreTokenizer()
    let classifier = try require("[CLS]", "cls_token", tokens)
    let separator = try require("[SEP]", "sep_token", tokens)
    parts.postProcessor = .bert(classifier: classifier, separator: separator)
    try parts.addTokens(of: config)
    try addSpecialTokens(to: &parts)
    return parts
  }

  /// The tokens with a part to play are found in a text where the vocabulary has them, as BERT's tokenizer finds them whatever its
  /// configuration lists.
  private func addSpecialTokens(to parts: inout TokenizerParts) throws(TokenizerError) {
    let roles: [(String, String, WritableKeyPath<SpecialTokens, Int?>)] = [
      ("[PAD]", "pad_token", \.padding), ("[UNK]", "unk_token", \.unknown), ("[CLS]", "cls_token", \.classifier),
      ("[SEP]", "sep_token", \.separator), ("[MASK]", "mask_token", \.mask),
    ]
    for (fallback, key, role) in roles {
      let field = try config?.optional(key)
      let content = try field.map { (field) throws(TokenizerError) in try SpecialTokens.content(field) } ?? fallback
      guard let id = parts.id(of: content) else { continue }
      parts.special[keyPath: role] = id
      if !parts.added.contains(where: { $0.id == id }) { parts.added.append(AddedToken(content: content, id: id, isSpecial: true)) }
    }
    parts.added.sort { $0.id < $1.id }
  }

  private func require(_ fallback: String, _ key: String, _ tokens: TokenTable) throws(TokenizerError) -> Int {
    let field = try config?.optional(key)
    let token = try field.map { (field) throws(TokenizerError) in try SpecialTokens.content(field) } ?? fallback
    guard let id = tokens.id(of: token) else { throw TokenizerError(file: path, reason: .notInVocabulary(token)) }
    return id
  }

  private func table() throws(TokenizerError) -> TokenTable {
    let bytes = Array(try TextFile.read(path).utf8)
    var lines = bytes.split(separator: 10, omittingEmptySubsequences: false)
    if lines.last?.isEmpty == true { lines.removeLast() }
    if lines.count > TokenTable.idLimit {
      throw TokenizerError(file: path, reason: .invalid("has \(lines.count) lines; at most \(TokenTable.idLimit) are read"))
    }
    var table = TokenTable(capacity: lines.count)
    for (id, line) in lines.enumerated() {
      let token = line.last == 13 ? line.dropLast() : line
      token.withUnsafeBufferPointer { table.insert($0, id: id) }
    }
    return table
  }
}
