import Display
import Testing
import Tokenizers

@Suite("Hugging Face folders")
struct FolderTests {
  /// A folder with the vocabulary and merges of a tokenizer.json, and a configuration.
  private func folder(_ name: String, _ config: JSON) throws -> TemporaryFolder {
    let json = try Fixture.json("\(name)/tokenizer.json")
    let folder = try TemporaryFolder()
    let merges = try #require(json["model"]?["merges"]?.arrayValue).map { $0.strings.joined(separator: " ") }
    try folder.write("vocab.json", Array("\(try #require(json["model"]?["vocab"]))".utf8))
    try folder.write("merges.txt", Array(("#version: 0.2\n" + merges.joined(separator: "\n") + "\n").utf8))
    try folder.write("tokenizer_config.json", Array("\(config)".utf8))
    return folder
  }

  private func compare(_ folder: TemporaryFolder, with name: String) throws {
    let tokenizer = try Tokenizer(folder: folder.path)
    let original = try Fixture.tokenizer(name)
    for text in try Fixture.texts() {
      let encoding = tokenizer.encode(text)
      #expect(encoding.ids == original.encode(text).ids, "\(text.debugDescription)")
      #expect(tokenizer.decode(encoding.ids).utf8.elementsEqual(original.decode(encoding.ids).utf8))
    }
  }

  @Test("GPT-2's two files")
  func gpt2() throws {
    let folder = try folder("gpt2", ["tokenizer_class": "GPT2Tokenizer", "eos_token": "<|endoftext|>", "add_prefix_space": false])
    try compare(folder, with: "gpt2")
    #expect(try Tokenizer(folder: folder.path + "/").specialTokens.end == 0)
  }

  @Test("RoBERTa's two files, with a mask that takes the space before it along")
  func roberta() throws {
    let mask: JSON = ["content": "<mask>", "lstrip": true, "special": true, "normalized": true]
    let config: JSON = [
      "tokenizer_class": "RobertaTokenizer", "add_prefix_space": true, "bos_token": "<s>", "eos_token": ["content": "</s>"],
      "pad_token": "<pad>",
      "unk_token": "<unk>", "mask_token": "<mask>", "added_tokens_decoder": ["520": mask],
    ]
    let folder = try folder("roberta", config)
    try compare(folder, with: "roberta")
    let special = try Tokenizer(folder: folder.path).specialTokens
    #expect(special.beginning == 0 && special.padding == 1 && special.end == 2 && special.unknown == 3 && special.mask == 520)
  }

  @Test("Qwen 2's two files")
  func qwen2() throws {
    let end: JSON = ["content": "<|endoftext|>", "special": true, "normalized": false]
    let call: JSON = ["content": "<tool_call>", "normalized": false]
    let accent: JSON = ["content": "é", "normalized": true]
    let config: JSON = ["tokenizer_class": "Qwen2TokenizerFast", "added_tokens_decoder": ["0": end, "520": call, "166": accent]]
    try compare(try folder("qwen2", config), with: "qwen2")
  }

  @Test("BERT's vocabulary with case")
  func cased() throws {
    let tokenizer = try Fixture.tokenizer("bert-cased")
    let folder = try TemporaryFolder()
    let lines = (0..<tokenizer.vocabularySize).map { tokenizer.token($0) ?? "" }
    try folder.write("vocab.txt", Array(lines.joined(separator: "\n").utf8))
    let plain = try Tokenizer(wordPieces: "\(folder.path)/vocab.txt", lowercases: false)
    #expect(plain.encode("Menschen sind frei").ids == tokenizer.encode("Menschen sind frei").ids)
    #expect(plain.specialTokens.mask == 4)
    try folder.write(
      "tokenizer_config.json", Array(#"{"do_lower_case": false, "tokenize_chinese_chars": false, "cls_token": "[SEP]"}"#.utf8))
    let turned = try Tokenizer(folder: folder.path)
    #expect(turned.encode("Menschen").tokens.first == "[SEP]")
    #expect(turned.encode("Menschen").ids.dropFirst() == tokenizer.encode("Menschen").ids.dropFirst())
  }

  @Test("A configuration that contradicts the vocabulary is refused")
  func contradictions() throws {
    let folder = try folder("gpt2", ["added_tokens_decoder": ["7": ["content": "<|endoftext|>"]]])
    let place = "added_tokens_decoder.7"
    let reason = TokenizerError.Reason.invalid("the added token «<|endoftext|>» has the id 7, and 0 in the vocabulary")
    #expect(throws: TokenizerError(file: "\(folder.path)/tokenizer_config.json", place: place, reason: reason)) {
      try Tokenizer(folder: folder.path)
    }
  }

  @Test("A token for every part is labelled so that it can be seen")
  func labels() throws {
    let tokenizer = try Fixture.gpt2()
    #expect(tokenizer.label(of: 995) == "␣world")
    #expect(tokenizer.label(of: 198) == "⏎")
    #expect(tokenizer.encode("😀").ids.map { tokenizer.label(of: $0) } == ["\\xF0\\x9F\\x98", "\\x80"])
    #expect(tokenizer.label(of: -1) == "–")
    #expect(try Tokenizer(folder: "\(Fixture.folder)/minilm").label(of: 2075) == "##ing")
  }

  @Test("An encoding draws itself as a table")
  func table() throws {
    let encoding = try Tokenizer(folder: "\(Fixture.folder)/minilm").encode("hello world")
    #expect(
      encoding.mimeBundle.text == """
        token     id  bytes
        ─────  ─────  ─────
        [CLS]    101  –
        hello  7,592  0–5
        world  2,088  6–11
        [SEP]    102  –
        """)
  }
}
