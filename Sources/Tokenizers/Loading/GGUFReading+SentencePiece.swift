/// The models that come from sentencepiece, and BERT's.
extension GGUFReading {
  // MARK: - llama

  /// sentencepiece's BPE has no list of merges: any two tokens merge that are a token together, the highest score first.
  func scoredBytePair() throws(TokenizerError) -> TokenizerParts {
    struct Merge {
      var score: Float
      var left: Int
      var right: Int
      var merged: Int
    }
    var merges: [Merge] = []
    for merged in vocabulary.tokens.indices where vocabulary.types.isEmpty || vocabulary.types[merged] == 1 {
      let token = Array(vocabulary.tokens[merged].utf8)
      guard tokens.id(of: token) == merged else { continue }
      for cut in token.indices.dropFirst() where token[cut] & 0xC0 != 0x80 {
        guard let left = tokens.id(of: Array(token[..<cut])), let right = tokens.id(of: Array(token[cut...])) else { continue }
        merges.append(Merge(score: vocabulary.scores[merged], left: left, right: right, merged: merged))
      }
    }
    // Of equal scores the order of the ids, so that the same file always gives the same tokenizer.
    merges.sort { ($1.score, $0.merged, $0.left) < ($0.score, $1.merged, $1.left) }
    var table = MergeTable(capacity: merges.count)
    for (rank, merge) in merges.enumerated() { table.insert(left: merge.left, right: merge.right, rank: rank, merged: merge.merged) }

    var options = BytePairModel.Options()
    options.fallsBackToBytes = true
    options.fusesUnknown = true
    options.unknown = try unknownToken()
    var parts = TokenizerParts(model: BytePairModel(tokens: tokens, merges: table, options: options))
    let replace = Replace(matcher: .string([0x20]), content: Self.space)
    parts.normalizer = NormalizerSequence(stages: vocabulary.addsSpacePrefix ? [Prepend(content: Self.space), replace] : [replace])
    let spaces = TokenDecoder.Replacement(matcher: .string(Self.space), content: [0x20])
    parts.decoder.stages = [.replace(spaces), .byteFallback, .fuse]
    if vocabulary.addsSpacePrefix { parts.decoder.stages?.append(.strip(character: [0x20], start: 1, end: 0)) }
    parts.postProcessor = try template(beginning: true, end: false)
    return parts
  }

  private func unknownToken() throws(TokenizerError) -> Int {
    if let unknown = vocabulary.specialTokens.unknown { return unknown }
    if let unknown = vocabulary.types.firstIndex(of: 2) { return unknown }
    throw Self.failure("unknown_token_id", .invalid("is missing, and no token has the type 2 (unknown)"))
  }

  // MARK: - t5

  func unigram() throws(TokenizerError) -> TokenizerParts {
    let model = UnigramModel(
      tokens: tokens, scores: vocabulary.scores.map(Double.init), unknown: try unknownToken(), fallsBackToBytes: false)
    var parts = TokenizerParts(model: model)
    var stages: [any Normalizer] = []
    if !vocabulary.characterMap.isEmpty {
      let field = Field(.null, file: "GGUF", place: "tokenizer.ggml.precompiled_charsmap")
      stages.append(try NormalizerReading.precompiled(vocabulary.characterMap, field))
    }
    if vocabulary.removesExtraSpaces {
      stages.append(Strip(atStart: true, atEnd: true))
      stages.append(Replace(matcher: .pattern(try BytePairFiles.pattern(" {2,}", file: "GGUF")), content: [0x20]))
    }
    parts.normalizer = NormalizerSequence(stages: stages)
    parts.preTokenizer = Metaspace(replacement: Self.space, prepending: vocabulary.addsSpacePrefix ? .always : .never, splits: true)
    parts.decoder.stages = [.metaspace(replacement: Self.space, dropsFirst: vocabulary.addsSpacePrefix)]
    parts.postProcessor = try template(beginning: false, end: true)
    return parts
  }

  // MARK: - bert

  /// In a GGUF file a token that begins a word begins with ▁, and one that continues it has no prefix.
  func wordPiece() throws(TokenizerError) -> TokenizerParts {
    var table = TokenTable(capacity: vocabulary.tokens.count)
    for (id, token) in vocabulary.tokens.enumerated() {
      let isPlain = vocabulary.types.isEmpty ? token.hasPrefix("[") && token.hasSuffix("]") : vocabulary.types[id] != 1
      let bytes = Array(token.utf8)
      if bytes.starts(with: Self.space) {
        bytes[Self.space.count...].withUnsafeBufferPointer { table.insert($0, id: id) }
      } else {
        table.insert(isPlain ? token : "##" + token, id: id)
      }
    }
    guard let classifier = vocabulary.specialTokens.classifier ?? table.id(of: "[CLS]") else {
      throw Self.failure("cls_token_id", .notInVocabulary("[CLS]"))
    }
    guard let separator = vocabulary.specialTokens.separator ?? table.id(of: "[SEP]") else {
      throw Self.failure("seperator_token_id", .notInVocabulary("[SEP]"))
    }
    guard let unknown = vocabulary.specialTokens.unknown ?? table.id(of: "[UNK]") else {
      throw Self.failure("unknown_token_id", .notInVocabulary("[UNK]"))
    }
    let prefix = Array("##".utf8)
    let model = WordPieceModel(tokens: table, unknown: unknown, continuationPrefix: prefix, maximumCharacters: 100)
    var parts = TokenizerParts(model: model, decoder: TokenDecoder(stages: [.wordPiece(prefix: prefix, cleansUp: true)]))
    parts.normalizer = BertNormalizer(cleansText: true, separatesChineseCharacters: true, stripsAccents: true, lowercases: true)
    parts.preTokenizer = BertPreTokenizer()
    parts.postProcessor = .bert(classifier: classifier, separator: separator)
    return parts
  }
}
