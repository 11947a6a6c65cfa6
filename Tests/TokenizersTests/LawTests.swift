import Testing
import Tokenizers

@Suite("Laws")
struct LawTests {
  static let lossless: [String] = ["gpt2", "llama3", "falcon", "deepseek", "o200k", "bloom"]

  @Test("Byte-level tokenizers give every text back", arguments: lossless)
  func roundTrip(_ name: String) throws {
    let tokenizer = try Fixture.tokenizer(name)
    let pieces = try Fixture.texts()
    for seed in 0..<150 {
      var random = SplitMix(seed)
      let text = RandomText.make(&random, pieces: pieces)
      let ids = tokenizer.encode(text).ids
      #expect(
        tokenizer.decode(ids, skipsSpecialTokens: name == "llama3").utf8.elementsEqual(text.utf8) || text.contains("<|"), "seed \(seed)")
    }
  }

  @Test("Every byte goes through, valid or not")
  func bytes() throws {
    let tokenizer = try Fixture.gpt2()
    for byte in UInt8.min...UInt8.max {
      let text = String(decoding: [65, byte, 66, byte], as: UTF8.self)
      #expect(tokenizer.decode(tokenizer.encode(text).ids) == text)
      // The token of a byte alone is the byte: half a character shows as U+FFFD.
      let id = try #require(tokenizer.id(of: Fixture.alphabetCharacter(byte)))
      #expect(tokenizer.decode([id]) == String(decoding: [byte], as: UTF8.self))
    }
  }

  @Test("What a stream shows is what decoding gives", arguments: AgreementTests.families)
  func stream(_ name: String) throws {
    let tokenizer = try Fixture.tokenizer(name)
    for text in try Fixture.texts() {
      let ids = tokenizer.encode(text).ids
      var stream = tokenizer.decodingStream()
      var shown = ""
      for id in ids { shown += stream.append(id) }
      shown += stream.finish()
      #expect(shown.utf8.elementsEqual(tokenizer.decode(ids).utf8), "\(text.debugDescription)")
    }
  }

  @Test("A stream of byte-level tokens shows what decoding gives, whatever the ids")
  func streamOfAnyIDs() throws {
    let tokenizer = try Fixture.tokenizer("gpt2")
    for seed in 0..<300 {
      var random = SplitMix(seed)
      let ids = (0..<30).map { _ in Int.random(in: -1...tokenizer.vocabularySize, using: &random) }
      var stream = tokenizer.decodingStream(skipsSpecialTokens: false)
      var shown = ""
      for id in ids { shown += stream.append(id) }
      #expect((shown + stream.finish()).utf8.elementsEqual(tokenizer.decode(ids, skipsSpecialTokens: false).utf8), "seed \(seed)")
    }
  }

  @Test("A stream holds half a character back")
  func streamOfHalves() throws {
    let tokenizer = try Fixture.gpt2()
    let ids = tokenizer.encode("😀é", addsSpecialTokens: false).ids
    var stream = tokenizer.decodingStream()
    let parts = ids.map { stream.append($0) }
    #expect(parts == ["", "😀", "é"])
    #expect(stream.finish() == "")
    #expect(stream.append(ids[0]) == "")
    #expect(stream.finish() == "\u{FFFD}")
  }

  @Test("Offsets rise, lie in the text and are whole code points", arguments: AgreementTests.families)
  func offsets(_ name: String) throws {
    let tokenizer = try Fixture.tokenizer(name)
    let pieces = try Fixture.texts()
    for seed in 0..<60 {
      var random = SplitMix(seed)
      let text = RandomText.make(&random, pieces: pieces)
      let bytes = Array(text.utf8)
      let encoding = tokenizer.encode(text, addsSpecialTokens: false)
      #expect(
        encoding.offsets.count == encoding.count && encoding.wordIndices.count == encoding.count && encoding.typeIDs.count == encoding.count
      )
      var start = 0
      for range in encoding.offsets {
        // RoBERTa's processor takes a space off the offsets that was never in the text.
        #expect(range.lowerBound >= start || name == "roberta", "seed \(seed)")
        #expect(range.upperBound <= bytes.count, "seed \(seed)")
        start = range.lowerBound
        for position in [range.lowerBound, range.upperBound] where position < bytes.count {
          #expect(bytes[position] & 0xC0 != 0x80, "seed \(seed)")
        }
      }
    }
  }

  @Test("The same text gives the same ids again, and on many threads at once", arguments: ["gpt2", "bert-uncased", "t5", "gemma"])
  func threads(_ name: String) async throws {
    let tokenizer = try Fixture.tokenizer(name)
    let texts = try Fixture.texts()
    let expected = texts.map { tokenizer.encode($0) }
    await withTaskGroup(of: Bool.self) { group in
      for _ in 0..<8 { group.addTask { texts.map { tokenizer.encode($0) } == expected } }
      for await isEqual in group { #expect(isEqual) }
    }
  }

  @Test("Without truncation the pieces are the whole", arguments: [0, 1, 2])
  func truncation(_ stride: Int) throws {
    let tokenizer = try Fixture.tokenizer("gpt2")
    for (index, text) in try Fixture.texts().enumerated() {
      let whole = tokenizer.encode(text).ids
      for side in Truncation.Side.allCases {
        let short = tokenizer.encode(text, truncation: Truncation(to: 5, stride: stride, side: side))
        var pieces = [short.ids] + short.overflow.map(\.ids)
        #expect(pieces.allSatisfy { $0.count <= 5 })
        if side == .left { pieces.reverse() }
        let joined =
          side == .right
          ? pieces[0] + pieces.dropFirst().flatMap { $0.dropFirst(stride) }
          : pieces.dropLast().flatMap { $0.dropLast(stride) } + pieces.last!
        #expect(joined == whole, "text \(index)")
      }
    }
  }
}

extension Fixture {
  /// The character that stands for a byte in GPT-2's vocabulary.
  static func alphabetCharacter(_ byte: UInt8) -> String {
    let printable = Array(0x21...0x7E) + Array(0xA1...0xAC) + Array(0xAE...0xFF)
    if let index = printable.firstIndex(of: Int(byte)) { return alphabet[index] }
    let others = (0..<256).filter { !printable.contains($0) }
    return alphabet[printable.count + others.firstIndex(of: Int(byte))!]
  }
}
