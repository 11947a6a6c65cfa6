/// Turns text into the token ids that a model reads, and ids back into text.
///
/// ```swift
/// let tokenizer = try Tokenizer(folder: "models/all-MiniLM-L6-v2")
/// tokenizer.encode("hello world").ids             // [101, 7592, 2088, 102]
/// tokenizer.decode([101, 7592, 2088, 102])        // "hello world"
/// ```
/// It reads what Hugging Face models come with and gives the same ids as the Rust tokenizers, for any text: byte-level BPE (GPT-2, Llama 3,
/// Qwen, SmolLM), BPE with byte fallback (Llama 2), WordPiece (BERT), Unigram (T5, XLM-R) and word-level models. What a file asks for and is
/// not supported is refused by name when the file is read; encoding and decoding never fail.
///
/// A tokenizer is a value that does not change: it can be used from several threads at once.
public struct Tokenizer: Sendable {
  let core: TokenizerCore

  /// The ids of the tokens with a part to play.
  public var specialTokens: SpecialTokens

  /// The truncation that the tokenizer's file asks for. As in transformers, nothing is truncated unless `encode` is told to.
  public let savedTruncation: Truncation?

  /// The padding that the tokenizer's file asks for. As in transformers, nothing is padded unless `encode` is told to.
  public let savedPadding: Padding?

  init(core: TokenizerCore, specialTokens: SpecialTokens = SpecialTokens(), truncation: Truncation? = nil, padding: Padding? = nil) {
    self.core = core
    self.specialTokens = specialTokens
    savedTruncation = truncation
    savedPadding = padding
  }

  // MARK: - Vocabulary

  /// How many ids there are: one more than the highest.
  public var vocabularySize: Int { core.vocabulary.tokens.idCount }

  /// The tokens that are found in a text before anything else.
  public var addedTokens: [AddedToken] { core.vocabulary.added }

  /// The id of a token; nil when there is no such token. A token is as the vocabulary writes it: `Ġhello`, `##ing`, `▁the`.
  public func id(of token: String) -> Int? { core.vocabulary.tokens.id(of: token) }

  /// The token of an id; nil when there is none.
  public func token(_ id: Int) -> String? { core.vocabulary.tokens.token(id) }

  /// A token as a table or a tree shows it: never empty, spaces and line breaks visible, bytes that are no text in hexadecimal.
  ///
  /// ```swift
  /// tokenizer.label(of: 995)   // "␣world"
  /// ```
  public func label(of id: Int) -> String {
    guard core.vocabulary.tokens.contains(id) else { return "–" }
    let bytes = core.decoder.stages == [.byteLevel] ? core.tokenTexts.map { Array($0.bytes(of: id, isFirst: false)) } : nil
    guard let bytes else { return visible(token(id) ?? "") }
    if let text = String(validating: bytes, as: UTF8.self) { return visible(text) }
    let digits = Array("0123456789ABCDEF")
    return bytes.map { "\\x\(digits[Int($0 >> 4)])\(digits[Int($0 & 15)])" }.joined()
  }

  private func visible(_ text: String) -> String {
    var result = ""
    for scalar in text.unicodeScalars {
      switch scalar {
      case " ": result += "␣"
      case "\n": result += "⏎"
      case "\t": result += "⇥"
      default: result.unicodeScalars.append(scalar)
      }
    }
    return result.isEmpty ? "–" : result
  }

  /// Whether an id is one of a special token: one that decoding leaves out.
  public func isSpecial(_ id: Int) -> Bool { core.vocabulary.isSpecial(id) }

  /// What the normaliser makes of a text: the first stage of encoding.
  public func normalized(_ text: String) -> String { core.normalized(text) }
}

extension Tokenizer: CustomStringConvertible {
  /// «byte-level BPE tokenizer, 50,257 tokens»
  public var description: String {
    var digits = Array(String(core.vocabulary.tokens.count))
    for position in stride(from: digits.count - 3, to: 0, by: -3) { digits.insert(",", at: position) }
    return "\(core.model.name) tokenizer, \(String(digits)) tokens"
  }
}
