import Display
import Glibc
import Testing
import Tokenizers

@Suite("Malformed files")
struct MalformedTests {
  private func message(_ json: String) -> String {
    do {
      _ = try Tokenizer(json: json)
      return "no error"
    } catch {
      return "\(error)"
    }
  }

  private func withModel(_ rest: String) -> String {
    #"{"model": {"type": "WordLevel", "unk_token": "a", "vocab": {"a": 0}}, \#(rest)}"#
  }

  @Test(
    "The whole of a file",
    arguments: [
      ("", "tokenizer.json: is not JSON: line 1, column 1 (byte 0): expected a value, found the end of the text"),
      ("[]", "tokenizer.json: expected an object, found an array"),
      ("{}", "tokenizer.json: the key «model» is missing"),
      (#"{"model": 5}"#, "tokenizer.json: model: expected an object, found an integer"),
      (
        #"{"model": {"type": "GLOVE"}}"#,
        "tokenizer.json: model.type: «GLOVE» is not supported; supported are BPE, Unigram, WordLevel, WordPiece"
      ),
      (#"{"version": "2.0", "model": {}}"#, "tokenizer.json: version: «2.0» is not supported; supported are 1.0"),
      (#"{"model": {}, "turbo": true}"#, "tokenizer.json: the setting «turbo» is not known, and it is not off"),
    ])
  func whole(_ json: String, _ sentence: String) { #expect(message(json) == sentence) }

  @Test(
    "Vocabularies and merges",
    arguments: [
      (#"{"type": "WordLevel", "vocab": {"a": 0}}"#, "model: the token «<unk>» is not in the vocabulary"),
      (#"{"type": "WordLevel", "vocab": {"a": -1}}"#, "model.vocab: the id of «a» is -1, and not from 0 to 4194303"),
      (#"{"type": "WordLevel", "vocab": {"a": 4194304}}"#, "model.vocab: the id of «a» is 4194304, and not from 0 to 4194303"),
      (#"{"type": "WordLevel", "vocab": {"a": "x"}}"#, #"model.vocab: the id of «a» is "x", and not from 0 to 4194303"#),
      (#"{"type": "WordLevel", "vocab": {"a": 1, "b": 1}}"#, "model.vocab: «a» and «b» have the same id 1"),
      (#"{"type": "WordPiece", "vocab": ["a"]}"#, "model.vocab: expected an object, found an array"),
      (#"{"type": "BPE", "vocab": {"a": 0}}"#, "model: the key «merges» is missing"),
      (#"{"type": "BPE", "vocab": {"a": 0}, "merges": ["a"]}"#, "model.merges[0]: a merge is two tokens with a space between them"),
      (#"{"type": "BPE", "vocab": {"a": 0}, "merges": [["a", "b"]]}"#, "model.merges[0]: the token «b» is not in the vocabulary"),
      (#"{"type": "BPE", "vocab": {"a": 0}, "merges": ["a a"]}"#, "model.merges[0]: the token «aa» is not in the vocabulary"),
      (
        #"{"type": "BPE", "vocab": {}, "merges": [], "dropout": 0.1}"#,
        "model.dropout: dropout makes tokens random and is not supported; supported are 0 and null"
      ),
      (#"{"type": "BPE", "vocab": {}, "merges": [], "unk_token": "?"}"#, "model.unk_token: the token «?» is not in the vocabulary"),
      (#"{"type": "Unigram", "vocab": [["a", 0.5], "b"], "unk_id": 0}"#, #"model.vocab[1]: expected a token and its score, found "b""#),
      (#"{"type": "Unigram", "vocab": [["a", 0.5]], "unk_id": 1}"#, "model.unk_id: 1 is not from 0 to 0"),
      (#"{"type": "Unigram", "vocab": [["a", 0.5]]}"#, "model: the key «unk_id» is missing"),
    ])
  func models(_ model: String, _ sentence: String) { #expect(message(#"{"model": \#(model)}"#) == "tokenizer.json: \(sentence)") }

  @Test(
    "Stages",
    arguments: [
      (
        #""pre_tokenizer": {"type": "UnicodeScripts"}"#,
        "pre_tokenizer.type: «UnicodeScripts» is not supported; supported are BertPreTokenizer, ByteLevel, CharDelimiterSplit, Digits, "
          + "FixedLength, Metaspace, Punctuation, Sequence, Split, Whitespace, WhitespaceSplit"
      ),
      (
        #""pre_tokenizer": {"type": "Sequence", "pretokenizers": [{"type": "Split", "pattern": {"Regex": "(?<name>a)"}, "behavior": "Isolated"}]}"#,
        "pre_tokenizer.pretokenizers[0].pattern.Regex: the pattern «(?<name>a)» has, at character 3, a group that is not supported: not supported"
      ),
      (
        #""pre_tokenizer": {"type": "Split", "pattern": {"String": "a"}, "behavior": "Doubled"}"#,
        "pre_tokenizer.behavior: «Doubled» is not supported; supported are Removed, Isolated, MergedWithPrevious, MergedWithNext, Contiguous"
      ),
      (#""pre_tokenizer": {"type": "FixedLength", "length": 0}"#, "pre_tokenizer.length: 0 is not 1 or more"),
      (#""pre_tokenizer": {"type": "Metaspace", "replacement": "ab"}"#, "pre_tokenizer.replacement: expected one character, found 2"),
      (
        #""pre_tokenizer": {"type": "Digits", "individual_digits": "yes"}"#,
        "pre_tokenizer.individual_digits: expected true or false, found a string"
      ),
      (
        #""normalizer": {"type": "Append"}"#,
        "normalizer.type: «Append» is not supported; supported are BertNormalizer, ByteLevel, Lowercase, NFC, NFD, NFKC, NFKD, Nmt, Precompiled, "
          + "Prepend, Replace, Sequence, Strip, StripAccents"
      ),
      (#""normalizer": {"type": "Precompiled", "precompiled_charsmap": "A"}"#, "normalizer.precompiled_charsmap: is not Base64"),
      (
        #""normalizer": {"type": "Precompiled", "precompiled_charsmap": "AAE="}"#,
        "normalizer.precompiled_charsmap: a character map has at least 4 bytes, this one 2"
      ),
      (
        #""normalizer": {"type": "Precompiled", "precompiled_charsmap": "/P///w=="}"#,
        "normalizer.precompiled_charsmap: a trie of 4294967292 bytes is announced, and 0 bytes follow"
      ),
      (
        #""normalizer": {"type": "Replace", "pattern": {"String": ""}, "content": ""}"#,
        "normalizer.pattern.String: an empty string is found nowhere"
      ),
      (
        #""decoder": {"type": "CTC"}"#,
        "decoder.type: «CTC» is not supported; supported are BPEDecoder, ByteFallback, ByteLevel, Fuse, Metaspace, Replace, Sequence, Strip, WordPiece"
      ),
      (
        #""post_processor": {"type": "TemplateProcessing", "single": [], "pair": [], "special_tokens": {}}"#,
        "post_processor.single: a template has the sequence A, this one has not"
      ),
      (
        #""post_processor": {"type": "TemplateProcessing", "single": [{"SpecialToken": {"id": "[X]", "type_id": 0}}], "pair": []}"#,
        "post_processor.single[0].SpecialToken.id: the token «[X]» is not among the template's special_tokens"
      ),
      (#""post_processor": {"type": "BertProcessing", "sep": ["a"], "cls": ["a", 0]}"#, "post_processor.cls: no error"),
      (
        #""added_tokens": [{"id": 5, "content": "a"}]"#, "added_tokens[0]: the added token «a» has the id 5, and 0 in the vocabulary"
      ),
      (#""added_tokens": [{"id": 0, "content": "b"}]"#, "added_tokens[0]: the added token «b» has the id 0, which is that of «a»"),
      (#""truncation": {"max_length": -1, "strategy": "LongestFirst"}"#, "truncation.max_length: -1 is not from 0 to 1099511627776"),
      (
        #""padding": {"strategy": "Longest", "pad_id": 0}"#,
        "padding.strategy: «Longest» is not supported; supported are BatchLongest, Fixed"
      ),
    ])
  func stages(_ stage: String, _ sentence: String) {
    let sentence = sentence.hasSuffix("no error") ? "post_processor.sep: expected a token and its id, found 1 values" : sentence
    #expect(message(withModel(stage)) == "tokenizer.json: \(sentence)")
  }

  @Test("Files that are not there, not text, or not what they should be")
  func files() throws {
    #expect(throws: TokenizerError(file: "/nowhere/tokenizer.json", reason: .unreadable("No such file or directory"))) {
      try Tokenizer(file: "/nowhere/tokenizer.json")
    }
    #expect(throws: TokenizerError(file: "/nowhere", reason: .invalid("does not exist or cannot be read"))) {
      try Tokenizer(folder: "/nowhere")
    }
    let empty = try TemporaryFolder()
    #expect(
      throws: TokenizerError(file: empty.path, reason: .invalid("has none of tokenizer.json, vocab.json (with merges.txt) and vocab.txt"))
    ) {
      try Tokenizer(folder: empty.path)
    }
    try empty.write("vocab.txt", Array("[PAD]\n[UNK]\n".utf8))
    #expect(throws: TokenizerError(file: "\(empty.path)/vocab.txt", reason: .notInVocabulary("[CLS]"))) {
      try Tokenizer(folder: empty.path)
    }
    try empty.write("vocab.txt", [65, 10, 0xFF])
    #expect(throws: TokenizerError(file: "\(empty.path)/vocab.txt", reason: .notUTF8(byte: 2))) { try Tokenizer(folder: empty.path) }
    try empty.write("vocab.json", Array(#"{"a": 0, "b": 1, "ab": 2}"#.utf8))
    #expect(throws: TokenizerError(file: "\(empty.path)/merges.txt", reason: .unreadable("No such file or directory"))) {
      try Tokenizer(folder: empty.path)
    }
    try empty.write("merges.txt", Array("#version: 0.2\na b\na c\n".utf8))
    #expect(throws: TokenizerError(file: "\(empty.path)/merges.txt", place: "line 3", reason: .notInVocabulary("c"))) {
      try Tokenizer(folder: empty.path)
    }
    try empty.write("merges.txt", Array("#version: 0.2\r\na b\r\n".utf8))
    #expect(try Tokenizer(folder: empty.path).encode("ab").ids == [2])
    try empty.write("tokenizer_config.json", Array(#"{"tokenizer_class": "MarianTokenizer"}"#.utf8))
    let allowed = ["BartTokenizer", "GPT2Tokenizer", "Qwen2Tokenizer", "RobertaTokenizer"]
    #expect(
      throws: TokenizerError(
        file: "\(empty.path)/tokenizer_config.json", place: "tokenizer_class", reason: .unsupported("MarianTokenizer", allowed: allowed))
    ) { try Tokenizer(folder: empty.path) }
  }

  @Test("A damaged tokenizer.json is read or refused, and never traps", arguments: AgreementTests.families)
  func fuzz(_ name: String) throws {
    let text = try Fixture.text("\(name)/tokenizer.json")
    let json = try JSON(parsing: text)
    let rounds = getenv("BEAMLINE_FUZZ").flatMap { Int(String(cString: $0)) } ?? 12
    for seed in 0..<rounds {
      var random = SplitMix(seed)
      var damaged = json
      for _ in 0..<Int.random(in: 1...3, using: &random) { damaged = Damage.value(damaged, &random) }
      use("\(damaged)")
      var bytes = Array(text.utf8)
      for _ in 0..<Int.random(in: 1...4, using: &random) {
        bytes[Int.random(in: 0..<bytes.count, using: &random)] = UInt8.random(in: 0...255, using: &random)
      }
      if Bool.random(using: &random) { bytes.removeLast(Int.random(in: 0..<bytes.count, using: &random)) }
      use(String(decoding: bytes, as: UTF8.self))
    }
  }

  private func use(_ json: String) {
    guard let tokenizer = try? Tokenizer(json: json) else { return }
    for text in ["", "hello world", "ſ é e\u{301} 日本 😀\u{200D} <s> 'll 12345\r\n\t", "\u{0}\u{FFFD}[MASK]"] {
      let encoding = tokenizer.encode(text, "b")
      _ = tokenizer.decode(encoding.ids)
      _ = encoding.tokens
    }
    _ = tokenizer.decode([-1, 0, 1, Int.max, tokenizer.vocabularySize])
  }
}

/// Random changes to a JSON value.
enum Damage {
  static func value(_ json: JSON, _ random: inout SplitMix) -> JSON {
    switch json {
    case .object(var object) where !object.isEmpty && Int.random(in: 0..<8, using: &random) > 0:
      let key = object[Int.random(in: 0..<object.count, using: &random)].key
      object[key] = Int.random(in: 0..<8, using: &random) == 0 ? nil : value(object[key] ?? .null, &random)
      return .object(object)
    case .array(var array) where !array.isEmpty && Int.random(in: 0..<8, using: &random) > 0:
      let index = Int.random(in: 0..<array.count, using: &random)
      array[index] = value(array[index], &random)
      return .array(array)
    default:
      let others: [JSON] = [
        .null, true, false, 0, -1, 1, 7, 4_194_303, 4_294_967_296, 1e300, -0.5, "", "a", "\u{2581}", "ByteLevel", "Regex", "(", [],
        ["a", 1], .object([:]),
        ["type": "Sequence"], ["type": "Metaspace", "replacement": "e"], ["type": "Fuse"], .integer(.max),
      ]
      return others.randomElement(using: &random)!
    }
  }
}

/// A folder that goes when the test is over.
final class TemporaryFolder {
  let path: String

  init() throws {
    var template = Array("/tmp/beamline-tokenizers-XXXXXX".utf8CString)
    path = String(cString: try #require(mkdtemp(&template)))
  }

  deinit {
    for name in ["vocab.txt", "vocab.json", "merges.txt", "tokenizer.json", "tokenizer_config.json"] { unlink("\(path)/\(name)") }
    rmdir(path)
  }

  func write(_ name: String, _ bytes: [UInt8]) throws {
    let file = try #require(fopen("\(path)/\(name)", "w"))
    fwrite(bytes, 1, bytes.count, file)
    fclose(file)
  }
}
