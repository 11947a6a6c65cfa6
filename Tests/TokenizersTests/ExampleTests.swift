import Testing
import Tokenizers

@Suite("Examples")
struct ExampleTests {
  @Test("GPT-2 knows the words of «hello world»")
  func gpt2() throws {
    let tokenizer = try Fixture.gpt2()
    #expect(tokenizer.encode("hello world").ids == [31373, 995])
    #expect(tokenizer.encode("Hello World").ids == [15496, 2159])
    #expect(tokenizer.encode("hello world").tokens == ["hello", "Ġworld"])
    #expect(tokenizer.decode([31373, 995]) == "hello world")
    #expect(tokenizer.vocabularySize == 50_257)
    #expect(tokenizer.id(of: "<|endoftext|>") == 50_256)
    #expect("\(tokenizer)" == "byte-level BPE tokenizer, 50,257 tokens")
  }

  @Test("MiniLM puts its marks around a text, from vocab.txt alone")
  func miniLM() throws {
    let tokenizer = try Tokenizer(folder: "\(Fixture.folder)/minilm")
    let encoding = tokenizer.encode("hello world")
    #expect(encoding.ids == [101, 7592, 2088, 102])
    #expect(encoding.offsets == [0..<0, 0..<5, 6..<11, 0..<0])
    #expect(encoding.specialTokensMask == [1, 0, 0, 1])
    #expect(encoding.attentionMask == [1, 1, 1, 1])
    #expect(encoding.wordIndices == [nil, 0, 1, nil])
    #expect("\(encoding)" == "[CLS] hello world [SEP] (4 tokens)")
    #expect(tokenizer.decode(encoding.ids) == "hello world")
    #expect(tokenizer.decode(encoding.ids, skipsSpecialTokens: false) == "[CLS] hello world [SEP]")
    #expect(tokenizer.specialTokens.classifier == 101)
    #expect(tokenizer.specialTokens.padding == 0)
    #expect(tokenizer.specialTokens.end == nil)
    #expect(tokenizer.normalized("Ünïcode\tТЕКСТ") == "unicode текст")
  }

  @Test("A pair of texts is one sequence with two types")
  func pair() throws {
    let encoding = try Tokenizer(folder: "\(Fixture.folder)/minilm").encode("hello", "world")
    #expect(encoding.tokens == ["[CLS]", "hello", "[SEP]", "world", "[SEP]"])
    #expect(encoding.typeIDs == [0, 0, 0, 1, 1])
    #expect(encoding.textIndices == [nil, 0, nil, 1, nil])
  }

  @Test("Offsets are bytes of the text, or its code points")
  func offsets() throws {
    let encoding = try Tokenizer(folder: "\(Fixture.folder)/minilm").encode("é 日本")
    #expect(encoding.tokens == ["[CLS]", "e", "日", "本", "[SEP]"])
    #expect(encoding.offsets == [0..<0, 0..<2, 3..<6, 6..<9, 0..<0])
    #expect(encoding.scalarOffsets(in: "é 日本") == [0..<0, 0..<1, 2..<3, 3..<4, 0..<0])
  }

  @Test("A text of a user cannot smuggle in special tokens")
  func plainSpecialTokens() throws {
    let tokenizer = try Fixture.gpt2()
    #expect(tokenizer.encode("a<|endoftext|>").ids == [64, 50256])
    let plain = tokenizer.encode("a<|endoftext|>", findsSpecialTokens: false)
    #expect(!plain.ids.contains(50256))
    #expect(tokenizer.decode(plain.ids) == "a<|endoftext|>")
  }

  @Test("Padding fills a batch up, on either side")
  func padding() throws {
    let tokenizer = try Tokenizer(folder: "\(Fixture.folder)/minilm")
    let batch = tokenizer.encode(batch: ["hello", "hello world"], padding: Padding(.longest, with: 0))
    #expect(batch.map(\.ids) == [[101, 7592, 102, 0], [101, 7592, 2088, 102]])
    #expect(batch[0].attentionMask == [1, 1, 1, 0])
    #expect(batch[0].specialTokensMask == [1, 0, 1, 1])
    let left = tokenizer.encode(batch: ["hello"], padding: Padding(.fixed(5), with: 0, multiple: 4, side: .left))
    #expect(left[0].ids == [0, 0, 0, 0, 0, 101, 7592, 102])
    #expect(left[0].offsets.last == 0..<0)
  }

  @Test("Truncation keeps the special tokens, and what it cuts off")
  func truncation() throws {
    let tokenizer = try Tokenizer(folder: "\(Fixture.folder)/minilm")
    let text = "one two three four five six"
    let encoding = tokenizer.encode(text, truncation: Truncation(to: 5, stride: 1))
    #expect(encoding.tokens == ["[CLS]", "one", "two", "three", "[SEP]"])
    #expect(encoding.overflow.map { $0.tokens[1...].dropLast().joined(separator: " ") } == ["three four five", "five six"])
    let left = tokenizer.encode(text, truncation: Truncation(to: 4, side: .left))
    #expect(left.tokens == ["[CLS]", "five", "six", "[SEP]"])
    let pair = tokenizer.encode(text, "hello", truncation: Truncation(to: 6))
    #expect(pair.tokens == ["[CLS]", "one", "two", "[SEP]", "hello", "[SEP]"])
    let second = tokenizer.encode("hello", text, truncation: Truncation(to: 6, strategy: .onlySecond))
    #expect(second.tokens == ["[CLS]", "hello", "[SEP]", "one", "two", "[SEP]"])
  }

  @Test("What the file asks for is kept, and not done unasked")
  func savedSettings() throws {
    var text = try Fixture.text("bert-uncased/tokenizer.json")
    text = text.replacingFirst(
      #""truncation":null,"padding":null"#,
      with: #""truncation":{"direction":"Right","max_length":4,"strategy":"LongestFirst","stride":0},"padding":{"strategy":{"Fixed":9},"#
        + #""direction":"Left","pad_to_multiple_of":8,"pad_id":0,"pad_type_id":0,"pad_token":"[PAD]"}"#)
    let tokenizer = try Tokenizer(json: text)
    #expect(tokenizer.savedTruncation == Truncation(to: 4))
    #expect(tokenizer.savedPadding == Padding(.fixed(9), with: 0, multiple: 8, side: .left))
    #expect(tokenizer.encode("All human beings are born free").count > 4)
  }
}

extension String {
  /// The first occurrence of a string replaced; the string must occur.
  func replacingFirst(_ wanted: String, with content: String) -> String {
    let all = Array(utf8)
    let part = Array(wanted.utf8)
    let start = all.indices.first { all[$0...].starts(with: part) }
    precondition(start != nil, "«\(wanted)» does not occur")
    return String(decoding: Array(all[..<start!]) + Array(content.utf8) + all[(start! + part.count)...], as: UTF8.self)
  }
}
