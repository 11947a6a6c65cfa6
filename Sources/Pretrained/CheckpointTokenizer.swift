package import Checkpoints
internal import LanguageModels
package import Tokenizers

extension Tokenizer {
  /// The tokenizer that lies beside a checkpoint's weights, or in the same file.
  package init(of checkpoint: Checkpoint) throws {
    if checkpoint.isGGUF {
      try self.init(gguf: GGUFVocabulary(checkpoint))
    } else {
      try self.init(folder: checkpoint.path)
    }
  }
}

extension GGUFVocabulary {
  fileprivate init(_ checkpoint: Checkpoint) throws(CheckpointError) {
    func value(_ key: String) -> GGUFValue? { checkpoint.ggufMetadata["tokenizer.ggml.\(key)"] }
    guard let model = value("model")?.stringValue, let tokens = value("tokens")?.stringsValue else {
      throw CheckpointError(
        file: checkpoint.path, .setting(name: "tokenizer.ggml.model and .tokens", found: "missing", allowed: "a tokenizer in the file"))
    }
    self.init(model: model, tokens: tokens)
    preTokenizer = value("pre")?.stringValue
    types = value("token_type")?.integersValue ?? []
    scores = (value("scores")?.numbersValue ?? []).map(Float.init)
    merges = value("merges")?.stringsValue ?? []
    characterMap = (value("precompiled_charsmap")?.integersValue ?? []).map { UInt8(truncatingIfNeeded: $0) }
    specialTokens.beginning = value("bos_token_id")?.intValue
    specialTokens.end = value("eos_token_id")?.intValue
    specialTokens.unknown = value("unknown_token_id")?.intValue
    specialTokens.padding = value("padding_token_id")?.intValue
    // The format's own spelling, and the one that later writers use.
    specialTokens.separator = (value("seperator_token_id") ?? value("separator_token_id"))?.intValue
    specialTokens.classifier = value("cls_token_id")?.intValue
    specialTokens.mask = value("mask_token_id")?.intValue
    addsBeginning = value("add_bos_token")?.boolValue
    addsEnd = value("add_eos_token")?.boolValue
    addsSpacePrefix = value("add_space_prefix")?.boolValue ?? true
    removesExtraSpaces = value("remove_extra_whitespaces")?.boolValue ?? false
  }
}

/// A checkpoint's tokenizer as decoding strategies take it.
struct TokenizerVocabulary: Vocabulary {
  let tokenizer: Tokenizer
  /// Whether texts get the tokens of the model's template, and special tokens that are written out in a text count as such.
  let addsSpecialTokens: Bool
  /// Rows of logits; a model's matrix may have more rows than the tokenizer has tokens.
  let count: Int
  let tokenBytes: TokenBytes

  init(tokenizer: Tokenizer, addsSpecialTokens: Bool, count: Int) {
    self.tokenizer = tokenizer
    self.addsSpecialTokens = addsSpecialTokens
    self.count = count
    tokenBytes = TokenBytes(count: count) { tokenizer.bytes(of: $0, isFirst: $1) }
  }

  func tokens(of text: String) throws -> [Int] { tokenizer.encode(text, addsSpecialTokens: addsSpecialTokens).ids }
  func tokens(continuing text: String) -> [Int] { tokenizer.encode(text, addsSpecialTokens: false).ids }
  func text(of tokens: [Int]) -> String { tokenizer.decode(tokens) }

  func label(of token: Int) -> String {
    let text = tokenizer.decode([token], skipsSpecialTokens: false)
    // A part of a character has no text of its own; what the vocabulary calls it is all that can be shown.
    if text.isEmpty || text.unicodeScalars.contains("\u{FFFD}") { return tokenizer.token(token) ?? "⟨\(token)⟩" }
    // A word's own space is in its token, not in its text alone.
    let begins = tokenizer.token(token).map { $0.hasPrefix("Ġ") || $0.hasPrefix("▁") } ?? false
    let shown = begins && !text.hasPrefix(" ") ? " " + text : text
    return String(shown.map { $0 == " " ? "␣" : $0 == "\n" ? "⏎" : $0 == "\t" ? "⇥" : $0 })
  }

  var labelSeparator: String { "" }
}
