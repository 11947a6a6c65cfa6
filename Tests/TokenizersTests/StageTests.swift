import Display
import Testing

@testable import Tokenizers

/// FNV-1a of UTF-8 bytes, 32 bits, in eight hexadecimal digits.
func digest(_ text: some Sequence<UInt8>) -> String {
  var value: UInt32 = 0x811C_9DC5
  for byte in text { value = (value ^ UInt32(byte)) &* 0x0100_0193 }
  let digits = String(value, radix: 16)
  return String(repeating: "0", count: 8 - digits.utf8.count) + digits
}

@Suite("Single stages")
struct StageTests {
  @Test("Normalisers and pre-tokenizers make the same of every text as the Rust tokenizers")
  func stages() throws {
    let fixture = try Fixture.json("stages.json")
    let texts = try #require(fixture["texts"]).strings
    for stage in try #require(fixture["stages"]?.arrayValue) {
      let digests = try #require(stage["digests"]).strings
      let run = try runner(stage)
      for (text, expected) in zip(texts, digests) {
        let result = run(text)
        #expect(
          digest(result) == expected,
          "\(stage["normalizer"] ?? stage["pre_tokenizer"] ?? .null) of \(text.debugDescription): \(String(decoding: result, as: UTF8.self).debugDescription)"
        )
      }
    }
  }

  /// What a stage makes of a text: the normalised text, or its words with U+0001 between them.
  private func runner(_ stage: JSON) throws -> (String) -> [UInt8] {
    let normalizer = try stage["normalizer"].map { try NormalizerReading.read(Field($0, file: "stages")) }
    let preTokenizer = try stage["pre_tokenizer"].map { try PreTokenizerReading.read(Field($0, file: "stages"), isLast: false) }
    return { text in
      var text = text
      return text.withUTF8 { bytes in
        let work = WorkText()
        work.begin(bytes)
        normalizer?.normalize(work)
        preTokenizer?.split(work, isStart: true)
        if normalizer != nil { return Array(work.bytes) }
        let words = work.ranges.elements.map { Array(work.bytes[$0.start..<$0.end]) }
        return Array(words.joined(separator: [1]))
      }
    }
  }

  @Test("GPT-2's loop is GPT-2's pattern")
  func gpt2Splitter() throws {
    let pattern = try Pattern(#"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+"#)
    let split = Split(matcher: .pattern(pattern), behavior: .isolated, isInverted: false)
    let loop = ByteLevel(addsPrefixSpace: false, splits: true, writesCharacters: false)
    let pieces = try Fixture.texts()
    for seed in 0..<400 {
      var random = SplitMix(seed)
      var text = RandomText.make(&random, pieces: pieces)
      text.withUTF8 { bytes in
        let (first, second) = (WorkText(), WorkText())
        first.begin(bytes)
        second.begin(bytes)
        split.split(first, isStart: true)
        loop.split(second, isStart: true)
        #expect(Array(first.ranges.elements) == Array(second.ranges.elements), "seed \(seed)")
      }
    }
  }
}

@Suite("Code points")
struct CodePointTests {
  private func blocks() throws -> (fixture: JSON, blocks: [UInt32]) {
    let fixture = try Fixture.json("code-points.json")
    return (fixture, try #require(fixture["blocks"]).integers.map { UInt32($0) })
  }

  @Test("Normalisers agree on every code point", arguments: ["NFC", "NFD", "NFKC", "NFKD", "Lowercase", "StripAccents", "BertNormalizer"])
  func normalizers(_ name: String) throws {
    let (fixture, blocks) = try blocks()
    let expected = Array(try #require(fixture["normalizers"]?[name]?.stringValue).utf8)
    let normalizer = try NormalizerReading.read(Field(["type": .string(name)], file: "code points"))
    for (index, block) in blocks.enumerated() {
      var text = ""
      for scalar in (block..<block + 256).compactMap(Unicode.Scalar.init) {
        text.unicodeScalars.append("e")
        text.unicodeScalars.append(scalar)
        text.unicodeScalars.append("\u{323}")
        text.unicodeScalars.append(" ")
      }
      let result = text.withUTF8 { bytes in
        let work = WorkText()
        work.begin(bytes)
        normalizer.normalize(work)
        return digest(work.bytes)
      }
      #expect(result.utf8.elementsEqual(expected[index * 8..<index * 8 + 8]), "the block from U+\(String(block, radix: 16))")
    }
  }

  @Test("Patterns agree on every code point")
  func patterns() throws {
    let (fixture, blocks) = try blocks()
    for (source, value) in try #require(fixture["patterns"]?.objectValue) {
      let expected = Array(try #require(value.stringValue).utf8)
      guard case .set(let set) = try PatternParser.parse(source) else {
        Issue.record("\(source) is not a set")
        continue
      }
      for (index, block) in blocks.enumerated() {
        let bits = (block..<block + 256).map { set.contains($0) ? UInt8(ascii: "1") : UInt8(ascii: "0") }
        #expect(
          digest(bits).utf8.elementsEqual(expected[index * 8..<index * 8 + 8]), "\(source), the block from U+\(String(block, radix: 16))")
      }
    }
  }
}
