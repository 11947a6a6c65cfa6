import Display
import Testing
import Tokenizers

@Suite("Tokenizers from GGUF metadata")
struct GGUFTests {
  /// The tokens of a tokenizer.json by their ids.
  private func tokens(_ name: String) throws -> (tokens: [String], json: JSON) {
    let json = try Fixture.json("\(name)/tokenizer.json")
    let tokenizer = try Fixture.tokenizer(name)
    return ((0..<tokenizer.vocabularySize).map { tokenizer.token($0) ?? "" }, json)
  }

  @Test("gpt2: the same as the tokenizer.json that it was converted from", arguments: [("gpt2", "gpt-2"), ("llama3", "llama-bpe")])
  func bytePair(_ name: String, _ pre: String) throws {
    let (tokens, json) = try tokens(name)
    var vocabulary = GGUFVocabulary(model: "gpt2", tokens: tokens)
    vocabulary.preTokenizer = pre
    vocabulary.merges = try #require(json["model"]?["merges"]?.arrayValue).map { $0.strings.joined(separator: " ") }
    vocabulary.types = tokens.map { $0.hasPrefix("<|") && $0.hasSuffix("|>") ? 3 : 1 }
    vocabulary.specialTokens.beginning = 0
    let tokenizer = try Tokenizer(gguf: vocabulary)
    let original = try Fixture.tokenizer(name)
    for text in try Fixture.texts() {
      #expect(tokenizer.encode(text).ids == original.encode(text).ids)
      let ids = original.encode(text).ids
      #expect(tokenizer.decode(ids).utf8.elementsEqual(original.decode(ids).utf8))
    }
  }

  @Test("llama: scores merge as sentencepiece merges them")
  func scores() throws {
    let fixture = try Fixture.json("scored.json")
    var vocabulary = GGUFVocabulary(model: "llama", tokens: try #require(fixture["tokens"]).strings)
    vocabulary.scores = try #require(fixture["scores"]?.arrayValue).map { Float($0.doubleValue ?? 0) }
    vocabulary.types = try #require(fixture["types"]).integers
    vocabulary.specialTokens.beginning = 1
    let tokenizer = try Tokenizer(gguf: vocabulary)
    for (text, ids) in zip(try #require(fixture["texts"]).strings, try #require(fixture["ids"]?.arrayValue)) {
      // sentencepiece never finds control tokens in a text.
      #expect(tokenizer.encode(text, findsSpecialTokens: false).ids == [1] + ids.integers, "\(text.debugDescription)")
      #expect(tokenizer.decode(ids.integers).utf8.elementsEqual(text.utf8) || text.contains("\u{2581}"), "\(text.debugDescription)")
    }
  }

  @Test("bert: word pieces without their prefix")
  func wordPiece() throws {
    let (tokens, _) = try tokens("bert-uncased")
    let converted = tokens.map { token in
      token.hasPrefix("##") ? String(token.dropFirst(2)) : token.hasPrefix("[") && token.count > 1 ? token : "\u{2581}" + token
    }
    let tokenizer = try Tokenizer(gguf: GGUFVocabulary(model: "bert", tokens: converted))
    let original = try Fixture.tokenizer("bert-uncased")
    for text in try Fixture.texts() where !text.contains("a".asManyTimes(21)) && !text.contains("ab".asManyTimes(11)) && !text.contains("[")
    {
      #expect(tokenizer.encode(text).ids == original.encode(text).ids, "\(text.debugDescription)")
    }
  }

  @Test("t5: a unigram model with its character map")
  func unigram() throws {
    let (tokens, json) = try tokens("t5")
    let pieces = try #require(json["model"]?["vocab"]?.arrayValue)
    let extra = tokens.count - pieces.count
    var vocabulary = GGUFVocabulary(model: "t5", tokens: tokens)
    vocabulary.scores = pieces.map { Float($0[1]?.doubleValue ?? 0) } + [Float](repeating: 0, count: extra)
    vocabulary.types = [3, 3, 2] + [Int](repeating: 1, count: pieces.count - 3) + [Int](repeating: 3, count: extra)
    vocabulary.specialTokens.end = 1
    let tokenizer = try Tokenizer(gguf: vocabulary)
    #expect(tokenizer.encode("human rights").ids == (try Fixture.tokenizer("t5")).encode("human rights").ids)
  }

  @Test("Metadata that does not fit is refused by key")
  func errors() {
    func message(_ change: (inout GGUFVocabulary) -> Void) -> String {
      var vocabulary = GGUFVocabulary(model: "gpt2", tokens: ["a", "b", "ab"])
      vocabulary.preTokenizer = "gpt-2"
      vocabulary.merges = ["a b"]
      change(&vocabulary)
      do {
        return try Tokenizer(gguf: vocabulary).encode("ab").ids.description
      } catch {
        return "\(error)"
      }
    }
    #expect(message { _ in } == "[2]")
    #expect(message { $0.model = "rwkv" } == "GGUF: tokenizer.ggml.model: «rwkv» is not supported; supported are gpt2, llama, bert, t5")
    #expect(message { $0.preTokenizer = nil } == "GGUF: tokenizer.ggml.pre: the key «tokenizer.ggml.pre» is missing")
    #expect(message { $0.merges = ["a c"] } == "GGUF: tokenizer.ggml.merges[0]: the token «c» is not in the vocabulary")
    #expect(message { $0.types = [1] } == "GGUF: tokenizer.ggml.token_type: has 1 values for 3 tokens")
    #expect(message { $0.model = "llama" } == "GGUF: tokenizer.ggml.scores: has 0 values for 3 tokens")
    #expect(message { $0.addsBeginning = true } == "GGUF: tokenizer.ggml.bos_token_id: is missing, and texts are to have this token")
    #expect(message { $0.specialTokens.end = 3 } == "GGUF: special token ids: 3 is not the id of one of 3 tokens")
    #expect(message { $0.preTokenizer = "viking" }.hasPrefix("GGUF: tokenizer.ggml.pre: «viking» is not supported; supported are gpt-2, "))
  }
}

extension String {
  fileprivate func asManyTimes(_ count: Int) -> String { String(repeating: self, count: count) }
}
