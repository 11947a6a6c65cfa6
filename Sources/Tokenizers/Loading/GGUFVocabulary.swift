/// A tokenizer as the metadata of a GGUF file has it: the values of the keys that begin with `tokenizer.ggml.`.
///
/// ```swift
/// var vocabulary = GGUFVocabulary(model: "gpt2", tokens: tokens)
/// vocabulary.preTokenizer = "smollm"
/// vocabulary.merges = merges
/// vocabulary.types = types
/// let tokenizer = try Tokenizer(gguf: vocabulary)
/// ```
public struct GGUFVocabulary: Sendable {
  /// `model`: `gpt2` (byte-level BPE), `llama` (BPE over scores, with byte fallback), `bert` (WordPiece) or `t5` (Unigram).
  public var model: String
  /// `pre`: how a `gpt2` vocabulary cuts text.
  public var preTokenizer: String?
  /// `tokens`, one per id.
  public var tokens: [String]
  /// `token_type`: 1 normal, 2 unknown, 3 control, 4 user-defined, 5 unused, 6 byte; empty when all are normal.
  public var types: [Int] = []
  /// `scores`, for `llama` and `t5`.
  public var scores: [Float] = []
  /// `merges`, for `gpt2`: two tokens with a space between them.
  public var merges: [String] = []
  /// `precompiled_charsmap`, for `t5`.
  public var characterMap: [UInt8] = []
  /// `bos_token_id` and its like.
  public var specialTokens = SpecialTokens()
  /// `add_bos_token`, and `add_eos_token`: whether a text begins and ends with these tokens; nil for what is usual for the model.
  public var addsBeginning: Bool?
  public var addsEnd: Bool?
  /// `add_space_prefix`: whether a space is written before a text, for `llama` and `t5`.
  public var addsSpacePrefix = true
  /// `remove_extra_whitespaces`, for `t5`: whether spaces at the ends and repeated ones are left out.
  public var removesExtraSpaces = false

  public init(model: String, tokens: [String]) {
    self.model = model
    self.tokens = tokens
  }
}

extension Tokenizer {
  /// Makes the tokenizer of a GGUF file's metadata.
  ///
  /// The stages are those of the Hugging Face tokenizer that such files are converted from.
  ///
  /// - Throws: ``TokenizerError``, whose place is a key of the metadata.
  public init(gguf vocabulary: GGUFVocabulary) throws {
    self = try GGUFReading(vocabulary).read().tokenizer()
  }
}
