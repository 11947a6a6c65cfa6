import LanguageModels
import Testing

@Suite("Text becomes words or characters, and text again")
struct TextTests {
  private func vocabulary(_ text: String, _ unit: TextUnit) throws -> (words: [String], text: String) {
    let model = try NGramModel(trainedOn: text, order: 1, unit: unit)
    let tokens = try model.words.tokens(of: text)
    return (tokens.map { model.words.words[$0] }, model.words.text(of: tokens))
  }

  @Test("Words keep their apostrophes and hyphens; every other sign is a word of its own")
  func words() throws {
    let result = try vocabulary("'Tis well-known: don't (ever) say \"no\" - 2nd, naïve?", .words)
    #expect(
      result.words == [
        "'", "Tis", "well-known", ":", "don't", "(", "ever", ")", "say", "\"", "no", "\"", "-", "2nd", ",", "naïve", "?",
      ])
    #expect(try vocabulary("Hear me, (all)!  Now.", .words).text == "Hear me, (all)! Now.")
  }

  @Test("Characters are Unicode scalars, and come back as they were")
  func characters() throws {
    let text = "Zoë 日本\ne\u{301} 👩‍🚀"
    let result = try vocabulary(text, .characters)
    #expect(result.words.count == text.unicodeScalars.count)
    #expect(result.text == text)
  }

  @Test("Characters that cannot be seen have labels that can")
  func labels() throws {
    let words = try NGramModel(trainedOn: "a\tb c\nd", order: 1, unit: .characters).words
    #expect(words.label(of: try words.tokens(of: "a\tb c\nd")) == "a⇥b␣c⏎d")
    #expect(words.label(of: 0) == "<end>")
    #expect(words.text(of: [1, 0]) == "a")
    #expect(throws: VocabularyError.self) { try words.tokens(of: "<end>") }
  }
}
