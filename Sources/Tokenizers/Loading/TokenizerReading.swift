/// The stages of a tokenizer while it is being put together.
struct TokenizerParts {
  var normalizer: (any Normalizer)?
  var preTokenizer: (any PreTokenizer)?
  var model: any TokenModel
  var added: [AddedToken] = []
  var postProcessor = PostProcessor()
  var decoder = TokenDecoder()
  var truncation: Truncation?
  var padding: Padding?
  /// The tokens with a part to play, as the files beside a tokenizer.json name them, or as its kind has them.
  var special = SpecialTokens()

  /// The tokenizer. The tokens with a part to play become added tokens, as in transformers.
  func tokenizer() -> Tokenizer {
    var added = added
    for id in special.all where !added.contains(where: { $0.id == id }) {
      if let content = model.tokens.token(id) { added.append(AddedToken(content: content, id: id, isSpecial: true)) }
    }
    let core = TokenizerCore(
      normalizer: normalizer, preTokenizer: preTokenizer, model: model, added: added, postProcessor: postProcessor, decoder: decoder)
    var tokenizer = Tokenizer(core: core, specialTokens: special, truncation: truncation, padding: padding)
    // Those that only the model or the padding names are found in a text only if they are added tokens too.
    tokenizer.specialTokens.unknown = special.unknown ?? model.unknownToken
    tokenizer.specialTokens.padding = special.padding ?? padding.flatMap { model.tokens.contains($0.id) ? $0.id : nil }
    return tokenizer
  }

  /// The id of a token of the model or an added one.
  func id(of token: String) -> Int? {
    added.first { $0.content.utf8.elementsEqual(token.utf8) }?.id ?? model.tokens.id(of: token)
  }
}

/// Reading a tokenizer.json: the whole of it.
enum TokenizerReading {
  static func read(_ root: Field) throws(TokenizerError) -> TokenizerParts {
    try root.allowOnly([
      "version", "truncation", "padding", "added_tokens", "normalizer", "pre_tokenizer", "post_processor", "decoder", "model",
    ])
    if let version = try root.optional("version"), try version.string() != "1.0" {
      throw version.failure(.unsupported(try version.string(), allowed: ["1.0"]))
    }
    let model = try root.required("model")
    let preTokenizer = try root.optional("pre_tokenizer")
    var takesBytes = false
    if let preTokenizer, try ModelReading.type(of: model) == "BPE" {
      takesBytes = try PreTokenizerReading.endsInByteLevel(preTokenizer)
    }
    var parts = TokenizerParts(model: try ModelReading.read(model, followsByteLevel: takesBytes))
    if let preTokenizer { parts.preTokenizer = try PreTokenizerReading.read(preTokenizer, isLast: parts.model.takesRawBytes) }
    if let normalizer = try root.optional("normalizer") { parts.normalizer = try NormalizerReading.read(normalizer) }
    if let added = try root.optional("added_tokens") { parts.added = try Self.added(added, to: parts.model.tokens) }
    if let processor = try root.optional("post_processor") { parts.postProcessor = try PostProcessorReading.read(processor) }
    if let decoder = try root.optional("decoder") { parts.decoder.stages = try DecoderReading.read(decoder) }
    if let truncation = try root.optional("truncation") { parts.truncation = try Self.truncation(truncation) }
    if let padding = try root.optional("padding") { parts.padding = try Self.padding(padding) }
    return parts
  }

  // MARK: - Added tokens

  private static func added(_ field: Field, to model: TokenTable) throws(TokenizerError) -> [AddedToken] {
    var builder = AddedTokenBuilder(model)
    for element in try field.elements() {
      try element.allowOnly(["id", "content", "single_word", "lstrip", "rstrip", "normalized", "special"])
      try builder.add(try token(element, id: try element.required("id").tokenID()), element)
    }
    return builder.tokens
  }

  /// An added token as tokenizer.json and tokenizer_config.json write it.
  static func token(_ field: Field, id: Int) throws(TokenizerError) -> AddedToken {
    let isSpecial = try field.bool("special", default: false)
    return AddedToken(
      content: try field.required("content").string(), id: id, isSingleWord: try field.bool("single_word", default: false),
      takesSpaceBefore: try field.bool("lstrip", default: false), takesSpaceAfter: try field.bool("rstrip", default: false),
      isNormalized: try field.bool("normalized", default: !isSpecial), isSpecial: isSpecial)
  }

  // MARK: - Truncation and padding

  private static func truncation(_ field: Field) throws(TokenizerError) -> Truncation {
    try field.allowOnly(["direction", "max_length", "strategy", "stride"])
    return Truncation(
      to: try field.required("max_length").int(through: 1 << 40), stride: try field.optional("stride")?.int(through: 1 << 40) ?? 0,
      strategy: try field.required("strategy").choice(Truncation.Strategy.self),
      side: try field.optional("direction").map { (field) throws(TokenizerError) in try field.choice(Truncation.Side.self) } ?? .right)
  }

  private static func padding(_ field: Field) throws(TokenizerError) -> Padding {
    try field.allowOnly(["strategy", "direction", "pad_to_multiple_of", "pad_id", "pad_type_id", "pad_token"])
    let strategy = try field.required("strategy")
    let length: Padding.Length
    if let name = strategy.value.stringValue {
      if name != "BatchLongest" { throw strategy.failure(.unsupported(name, allowed: ["BatchLongest", "Fixed"])) }
      length = .longest
    } else {
      try strategy.allowOnly(["Fixed"])
      length = .fixed(try strategy.required("Fixed").int(through: 1 << 40))
    }
    return Padding(
      length, with: try field.required("pad_id").tokenID(), typeID: try field.optional("pad_type_id")?.int(through: 1 << 30) ?? 0,
      multiple: try field.optional("pad_to_multiple_of")?.int(from: 1, through: 1 << 30) ?? 1,
      side: try field.optional("direction").map { (field) throws(TokenizerError) in try field.choice(Padding.Side.self) } ?? .right)
  }
}

/// Collects added tokens, and refuses those that contradict the model or one another.
struct AddedTokenBuilder {
  private var table: TokenTable
  private(set) var tokens: [AddedToken] = []

  init(_ model: TokenTable) { table = model }

  /// - Parameter field: where the token stands.
  mutating func add(_ token: AddedToken, _ field: Field) throws(TokenizerError) {
    if let known = table.id(of: token.content), known != token.id {
      throw field.failure(.invalid("the added token «\(token.content)» has the id \(token.id), and \(known) in the vocabulary"))
    }
    if let other = table.token(token.id), !other.utf8.elementsEqual(token.content.utf8) {
      throw field.failure(.invalid("the added token «\(token.content)» has the id \(token.id), which is that of «\(other)»"))
    }
    table.insert(token.content, id: token.id)
    tokens.removeAll { $0.id == token.id }
    tokens.append(token)
  }
}
