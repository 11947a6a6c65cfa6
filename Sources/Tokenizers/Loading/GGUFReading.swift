/// Puts a tokenizer together from GGUF metadata.
struct GGUFReading {
  let vocabulary: GGUFVocabulary
  let tokens: TokenTable

  static let space: [UInt8] = Array("\u{2581}".utf8)

  init(_ vocabulary: GGUFVocabulary) throws(TokenizerError) {
    self.vocabulary = vocabulary
    func check(_ count: Int, _ key: String, isRequired: Bool) throws(TokenizerError) {
      if count == vocabulary.tokens.count || (count == 0 && !isRequired) { return }
      throw Self.failure(key, .invalid("has \(count) values for \(vocabulary.tokens.count) tokens"))
    }
    if vocabulary.tokens.count > TokenTable.idLimit {
      throw Self.failure("tokens", .invalid("has \(vocabulary.tokens.count) tokens; at most \(TokenTable.idLimit) are read"))
    }
    try check(vocabulary.types.count, "token_type", isRequired: false)
    try check(vocabulary.scores.count, "scores", isRequired: vocabulary.model == "llama" || vocabulary.model == "t5")
    if let index = vocabulary.scores.firstIndex(where: { !$0.isFinite }) {
      throw Self.failure("scores[\(index)]", .invalid("\(vocabulary.scores[index]) is not a finite number"))
    }
    for id in vocabulary.specialTokens.all where !vocabulary.tokens.indices.contains(id) {
      throw Self.failure("special token ids", .invalid("\(id) is not the id of one of \(vocabulary.tokens.count) tokens"))
    }
    var tokens = TokenTable(capacity: vocabulary.tokens.count)
    for (id, token) in vocabulary.tokens.enumerated() { tokens.insert(token, id: id) }
    self.tokens = tokens
  }

  static func failure(_ key: String, _ reason: TokenizerError.Reason) -> TokenizerError {
    TokenizerError(file: "GGUF", place: key.contains(" ") ? key : "tokenizer.ggml.\(key)", reason: reason)
  }

  func read() throws(TokenizerError) -> TokenizerParts {
    var parts: TokenizerParts
    switch vocabulary.model {
    case "gpt2": parts = try bytePair()
    case "llama": parts = try scoredBytePair()
    case "bert": parts = try wordPiece()
    case "t5": parts = try unigram()
    case let name: throw Self.failure("model", .unsupported(name, allowed: ["gpt2", "llama", "bert", "t5"]))
    }
    parts.special = vocabulary.specialTokens
    parts.added = addedTokens(isKept: { parts.model.tokens.id(of: $0) != nil })
    return parts
  }

  /// Control tokens are special, user-defined ones are found in any text.
  private func addedTokens(isKept: (String) -> Bool) -> [AddedToken] {
    var added: [AddedToken] = []
    for (id, type) in vocabulary.types.enumerated() where type == 3 || type == 4 {
      let content = vocabulary.tokens[id]
      if isKept(content) { added.append(AddedToken(content: content, id: id, isSpecial: type == 3)) }
    }
    return added
  }

  /// The post-processor that writes the tokens before and after a text.
  func template(beginning: Bool, end: Bool) throws(TokenizerError) -> PostProcessor {
    func slot(_ isWanted: Bool, _ id: Int?, _ key: String) throws(TokenizerError) -> [PostProcessor.Slot] {
      guard isWanted else { return [] }
      guard let id else { throw Self.failure(key, .invalid("is missing, and texts are to have this token")) }
      return [.special(ids: [id], typeID: 0)]
    }
    let before = try slot(vocabulary.addsBeginning ?? beginning, vocabulary.specialTokens.beginning, "bos_token_id")
    let after = try slot(vocabulary.addsEnd ?? end, vocabulary.specialTokens.end, "eos_token_id")
    let first = before + [.text(0, typeID: 0)] + after
    return PostProcessor(single: first, pair: first + before + [.text(1, typeID: 1)] + after)
  }

  // MARK: - gpt2

  private func bytePair() throws(TokenizerError) -> TokenizerParts {
    var builder = MergeBuilder(tokens: tokens, prefix: [], count: vocabulary.merges.count)
    for (index, merge) in vocabulary.merges.enumerated() {
      if let problem = builder.add(line: merge) { throw Self.failure("merges[\(index)]", problem.reason) }
    }
    var options = BytePairModel.Options()
    options.takesRawBytes = true
    var parts = TokenizerParts(
      model: WordLevelModel(tokens: tokens, unknown: 0), decoder: TokenDecoder(stages: [.byteLevel]))
    guard let name = vocabulary.preTokenizer else { throw Self.failure("pre", .missing(key: "tokenizer.ggml.pre")) }
    guard let cut = try GGUFPreTokenizer(named: name) else {
      throw Self.failure("pre", .unsupported(name, allowed: GGUFPreTokenizer.names))
    }
    options.prefersWholeWords = cut.prefersWholeWords
    parts.normalizer = cut.normalizer
    parts.preTokenizer = cut.preTokenizer
    parts.model = BytePairModel(tokens: tokens, merges: builder.table, options: options)
    parts.postProcessor = try template(beginning: cut.addsBeginning, end: false)
    return parts
  }
}
