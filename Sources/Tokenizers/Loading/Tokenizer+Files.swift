extension Tokenizer {
  /// Reads the text of a tokenizer.json.
  ///
  /// - Parameter name: what error messages call it.
  /// - Throws: ``TokenizerError`` for what is malformed or not supported.
  public init(json text: String, name: String = "tokenizer.json") throws {
    self = try TokenizerReading.read(Field(parsing: text, file: name)).tokenizer()
  }

  /// Reads a tokenizer.json.
  public init(file path: String) throws {
    try self.init(json: try TextFile.read(path), name: path)
  }

  /// Reads the tokenizer of a Hugging Face model.
  ///
  /// It takes `tokenizer.json`; without it `vocab.json` and `merges.txt` (GPT-2, RoBERTa, BART, Qwen 2), or `vocab.txt` (BERT and its kin).
  /// `tokenizer_config.json` and `special_tokens_map.json`, where they are there, name the tokens with a part to play.
  ///
  /// - Throws: ``TokenizerError`` for what is missing, malformed or not supported.
  public init(folder path: String) throws {
    let folder = path.hasSuffix("/") ? String(path.dropLast()) : path
    let config = try Self.optionalField(folder + "/tokenizer_config.json")
    var parts: TokenizerParts
    if TextFile.exists(folder + "/tokenizer.json") {
      let file = folder + "/tokenizer.json"
      parts = try TokenizerReading.read(Field(parsing: try TextFile.read(file), file: file))
    } else if TextFile.exists(folder + "/vocab.json") {
      parts = try BytePairFiles(folder + "/vocab.json", folder + "/merges.txt", config).read()
    } else if TextFile.exists(folder + "/vocab.txt") {
      parts = try WordPieceFile(folder + "/vocab.txt", config).read()
    } else {
      let reason = "has none of tokenizer.json, vocab.json (with merges.txt) and vocab.txt"
      throw TokenizerError(file: folder, reason: .invalid(TextFile.exists(folder) ? reason : "does not exist or cannot be read"))
    }
    if let map = try Self.optionalField(folder + "/special_tokens_map.json") { try parts.readSpecialTokens(map) }
    if let config { try parts.readSpecialTokens(config) }
    self = parts.tokenizer()
  }

  /// Reads GPT-2's files: a JSON object of tokens and ids, and a list of merges.
  ///
  /// ```swift
  /// try Tokenizer(vocabulary: "encoder.json", merges: "vocab.bpe").encode("hello world").ids   // [31373, 995]
  /// ```
  public init(vocabulary: String, merges: String) throws {
    var parts = try BytePairFiles(vocabulary, merges, nil).read()
    parts.special.end = parts.id(of: "<|endoftext|>")
    self = parts.tokenizer()
  }

  /// Reads BERT's file: a token a line.
  ///
  /// - Parameter lowercases: whether letters lose case and accents, as the vocabularies called «uncased» need it.
  public init(wordPieces path: String, lowercases: Bool = true) throws {
    var file = WordPieceFile(path, nil)
    file.lowercases = lowercases
    self = try file.read().tokenizer()
  }

  private static func optionalField(_ path: String) throws -> Field? {
    TextFile.exists(path) ? try Field(parsing: try TextFile.read(path), file: path) : nil
  }
}
