/// A byte-level BPE tokenizer in two files: `vocab.json` and `merges.txt`.
struct BytePairFiles {
  private let vocabulary: String
  private let merges: String
  private let config: Field?

  private enum Kind {
    case gpt2, roberta, qwen2
  }

  private static let classes: [(name: String, kind: Kind)] = [
    ("BartTokenizer", .roberta), ("GPT2Tokenizer", .gpt2), ("Qwen2Tokenizer", .qwen2), ("RobertaTokenizer", .roberta),
  ]

  /// Qwen 2's way to cut text.
  static let qwenPattern =
    #"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"#

  /// - Parameter config: the tokenizer_config.json beside them; without it they are GPT-2's.
  init(_ vocabulary: String, _ merges: String, _ config: Field?) {
    self.vocabulary = vocabulary
    self.merges = merges
    self.config = config
  }

  func read() throws(TokenizerError) -> TokenizerParts {
    let tokens = try ModelReading.table(Field(parsing: try TextFile.read(vocabulary), file: vocabulary))
    var options = BytePairModel.Options()
    options.takesRawBytes = true
    let model = BytePairModel(tokens: tokens, merges: try readMerges(tokens), options: options)
    var parts = TokenizerParts(model: model, decoder: TokenDecoder(stages: [.byteLevel]))
    let kind = try kind()
    let addsPrefixSpace = try config?.bool("add_prefix_space", default: false) ?? false
    parts.preTokenizer = ByteLevel(addsPrefixSpace: addsPrefixSpace, splits: kind != .qwen2, writesCharacters: false)
    switch kind {
    case .gpt2: break
    case .roberta:
      parts.postProcessor = .roberta(
        classifier: try require("<s>", "cls_token", tokens), separator: try require("</s>", "sep_token", tokens))
      parts.postProcessor.trimming = [PostProcessor.OffsetTrimming(keepsPrefixSpace: addsPrefixSpace)]
    case .qwen2:
      parts.normalizer = UnicodeNormalizer(form: .nfc)
      parts.preTokenizer = PreTokenizerSequence(stages: [try Self.qwenSplit(vocabulary), parts.preTokenizer!])
    }
    try parts.addTokens(of: config)
    return parts
  }

  static func qwenSplit(_ file: String) throws(TokenizerError) -> Split {
    try Split(matcher: .pattern(pattern(qwenPattern, file: file)), behavior: .isolated, isInverted: false)
  }

  /// A pattern that this project wrote.
  static func pattern(_ source: String, file: String) throws(TokenizerError) -> Pattern {
    do {
      return try Pattern(source)
    } catch {
      throw TokenizerError(file: file, reason: .pattern(source, problem: error.problem, column: error.column))
    }
  }

  private func kind() throws(TokenizerError) -> Kind {
    guard let field = try config?.optional("tokenizer_class") else { return .gpt2 }
    let name = try field.string()
    let plain = name.hasSuffix("Fast") ? String(name.dropLast(4)) : name
    guard let known = Self.classes.first(where: { $0.name == plain }) else {
      throw field.failure(.unsupported(name, allowed: Self.classes.map(\.name)))
    }
    return known.kind
  }

  private func require(_ fallback: String, _ key: String, _ tokens: TokenTable) throws(TokenizerError) -> Int {
    let field = try config?.optional(key)
    let token = try field.map { (field) throws(TokenizerError) in try SpecialTokens.content(field) } ?? fallback
    guard let id = tokens.id(of: token) else { throw TokenizerError(file: vocabulary, reason: .notInVocabulary(token)) }
    return id
  }

  private func readMerges(_ tokens: TokenTable) throws(TokenizerError) -> MergeTable {
    let lines = Array(try TextFile.read(merges).utf8).split(separator: 10, omittingEmptySubsequences: false)
    var builder = MergeBuilder(tokens: tokens, prefix: [], count: lines.count)
    for (index, line) in lines.enumerated() {
      let line = line.last == 13 ? line.dropLast() : line
      if line.isEmpty || line.starts(with: "#version".utf8) { continue }
      if let problem = builder.add(line: String(decoding: line, as: UTF8.self)) {
        throw TokenizerError(file: merges, place: "line \(index + 1)", reason: problem.reason)
      }
    }
    return builder.table
  }
}

extension TokenizerParts {
  /// Takes over the `added_tokens_decoder` of a tokenizer_config.json.
  mutating func addTokens(of config: Field?) throws(TokenizerError) {
    guard let list = try config?.optional("added_tokens_decoder") else { return }
    var builder = AddedTokenBuilder(model.tokens)
    for (key, _) in try list.object() {
      let field = try list.required(key)
      guard let id = Int(key), id >= 0, id < TokenTable.idLimit else {
        throw field.failure(.invalid("«\(key)» is not an id from 0 to \(TokenTable.idLimit - 1)"))
      }
      try builder.add(try TokenizerReading.token(field, id: id), field)
    }
    added = builder.tokens.sorted { $0.id < $1.id }
  }
}
