/// How a byte-level BPE vocabulary in a GGUF file cuts text: what its `tokenizer.ggml.pre` stands for.
struct GGUFPreTokenizer {
  var normalizer: (any Normalizer)?
  var preTokenizer: any PreTokenizer
  var prefersWholeWords = false
  var addsBeginning = false

  private enum Kind {
    case gpt2, llama3, qwen2, smollm
  }

  private static let kinds: [(name: String, kind: Kind)] = [
    ("gpt-2", .gpt2), ("phi-2", .gpt2), ("roberta-bpe", .gpt2), ("llama-bpe", .llama3), ("llama-v3", .llama3), ("llama3", .llama3),
    ("falcon3", .llama3), ("qwen2", .qwen2), ("deepseek-r1-qwen", .qwen2), ("smollm", .smollm), ("starcoder", .smollm), ("refact", .smollm),
    ("command-r", .smollm), ("codeshell", .smollm),
  ]

  static var names: [String] { kinds.map(\.name) }

  static let llamaPattern =
    #"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"#

  /// nil for a name that is not known.
  init?(named name: String) throws(TokenizerError) {
    guard let kind = Self.kinds.first(where: { $0.name == name })?.kind else { return nil }
    let byteLevel = ByteLevel(addsPrefixSpace: false, splits: kind == .gpt2 || kind == .smollm, writesCharacters: false)
    switch kind {
    case .gpt2: preTokenizer = byteLevel
    case .smollm: preTokenizer = PreTokenizerSequence(stages: [Digits(areIndividual: true), byteLevel])
    case .llama3:
      let pattern = try BytePairFiles.pattern(Self.llamaPattern, file: "GGUF")
      let split = Split(matcher: .pattern(pattern), behavior: .isolated, isInverted: false)
      preTokenizer = PreTokenizerSequence(stages: [split, byteLevel])
      prefersWholeWords = true
      addsBeginning = true
    case .qwen2:
      normalizer = UnicodeNormalizer(form: .nfc)
      preTokenizer = PreTokenizerSequence(stages: [try BytePairFiles.qwenSplit("GGUF"), byteLevel])
    }
  }
}
