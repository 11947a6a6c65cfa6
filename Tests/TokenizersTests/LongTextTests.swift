import Testing
import Tokenizers

/// Texts that would take hours if any stage were quadratic.
@Suite("Long texts", .timeLimit(.minutes(3)))
struct LongTextTests {
  static let units: [String] = ["a", " ", "日", "\u{301}", "'", "A", "\r\n", "a<|endoftext|>"]

  @Test("A long line of one thing", arguments: AgreementTests.families)
  func lines(_ name: String) throws {
    let tokenizer = try Fixture.tokenizer(name)
    for unit in Self.units {
      let text = String(repeating: unit, count: 16_000 / unit.utf8.count)
      let encoding = tokenizer.encode(text)
      #expect(encoding.offsets.count == encoding.count)
      #expect(encoding.count <= text.utf8.count * 2 + 2)
      #expect(tokenizer.decode(encoding.ids).utf8.count <= text.utf8.count * 8)
    }
  }

  @Test("A line of hundreds of thousands of letters")
  func letters() throws {
    let tokenizer = try Fixture.gpt2()
    let text = String(repeating: "a", count: 160_000)
    let ids = tokenizer.encode(text).ids
    #expect(ids.count <= text.utf8.count / 4)
    #expect(tokenizer.decode(ids) == text)
  }
}
