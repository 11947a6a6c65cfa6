/// The ids of the tokens that have a part to play, as far as a tokenizer's files name them and its vocabulary has them.
public struct SpecialTokens: Sendable, Equatable {
  /// Begins a text.
  public var beginning: Int?
  /// Ends a text: a decoder stops here.
  public var end: Int?
  public var unknown: Int?
  public var padding: Int?
  /// Stands between two texts.
  public var separator: Int?
  /// Stands before a text to be classified.
  public var classifier: Int?
  /// Hides a token that is to be guessed.
  public var mask: Int?
  public var additional: [Int] = []

  public init() {}

  private static let keys: [(key: String, path: WritableKeyPath<SpecialTokens, Int?> & Sendable)] = [
    ("bos_token", \.beginning), ("eos_token", \.end), ("unk_token", \.unknown), ("pad_token", \.padding), ("sep_token", \.separator),
    ("cls_token", \.classifier), ("mask_token", \.mask),
  ]

  /// Every id, in the order of the properties.
  var all: [Int] { Self.keys.compactMap { self[keyPath: $0.path] } + additional }

  /// Takes over what a tokenizer_config.json or special_tokens_map.json names.
  mutating func read(_ config: Field, _ parts: TokenizerParts) throws(TokenizerError) {
    for (key, path) in Self.keys {
      if let field = try config.optional(key) { self[keyPath: path] = parts.id(of: try Self.content(field)) }
    }
    if let list = try config.optional("additional_special_tokens") {
      additional = []
      for element in try list.elements() {
        if let id = parts.id(of: try Self.content(element)) { additional.append(id) }
      }
    }
  }

  /// A token is its text, or an object with its text and how it is found.
  static func content(_ field: Field) throws(TokenizerError) -> String {
    if field.value.objectValue != nil { return try field.required("content").string() }
    return try field.string()
  }
}

extension TokenizerParts {
  /// Takes over what a tokenizer_config.json or special_tokens_map.json names.
  mutating func readSpecialTokens(_ config: Field) throws(TokenizerError) {
    var special = special
    try special.read(config, self)
    self.special = special
  }
}
