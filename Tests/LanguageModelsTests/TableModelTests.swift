import LanguageModels
import Testing

@Suite("A decoder written out as a table")
struct TableModelTests {
  private let decoder = try! TableModel(
    ["": ["neural": 0.55, "network": 0.45], "neural": ["network": 1], "neural network": ["neural": 0.25, "network": 0.75]])

  private func probabilities(after text: String) async throws -> [Double] {
    let output = try await decoder.read([decoder.words.tokens(of: text)])
    return output.logits.logProbabilities(ofRow: 0).map { exp(Double($0)) }
  }

  @Test("The row is the longest end of the text that the table has; what a row leaves out has probability 0")
  func rows() async throws {
    #expect(try await close(probabilities(after: ""), [0.55, 0.45]))
    #expect(try await close(probabilities(after: "neural"), [0, 1]))
    #expect(try await close(probabilities(after: "network neural network"), [0.25, 0.75]))
    #expect(try await close(probabilities(after: "network network"), [0.55, 0.45]))
  }

  @Test("A state is a value: hypotheses forked from it do not disturb each other, and a batch gives what single calls give")
  func forks() async throws {
    let start = try await decoder.read([[]])
    let both = try await decoder.forward([ForwardInput(start.states[0], 0), ForwardInput(start.states[0], 1)])
    let alone = try await decoder.forward([ForwardInput(start.states[0], 1)])
    #expect(Array(both.logits.values[2...]) == alone.logits.values)
    let all = try await decoder.forward([ForwardInput(start.states[0], 0, 1, 0)], rows: .all)
    #expect(all.logits.rowCount == 3)
    let steps = try await decoder.forward([ForwardInput(both.states[0], 1)])
    #expect(Array(all.logits.values[2..<4]) == steps.logits.values)
  }

  @Test("A state of another model is refused with a sentence")
  func foreignState() async throws {
    let other = try await NGramModel(trainedOn: "a b", order: 2).read([[]]).states[0]
    await #expect(throws: ForeignState()) { try await decoder.forward([ForwardInput(other, 0)]) }
    let own = try await decoder.read([[]]).states[0]
    await #expect(throws: ForeignState()) { try await NGramModel(trainedOn: "a b", order: 2).forward([ForwardInput(own, 0)]) }
  }

  @Test("The table is drawn as it was written")
  func drawing() {
    #expect(
      decoder.table.description == """
        after           neural  network
        ──────────────  ──────  ───────
        (start)          0.550    0.450
        neural           0.000    1.000
        neural network   0.250    0.750
        """)
  }

  @Test("A word that the table does not have is refused with its name")
  func unknownWord() {
    #expect(throws: VocabularyError(word: "nets", vocabularySize: 2)) { try decoder.words.tokens(of: "neural nets") }
    #expect(
      VocabularyError(word: "nets", vocabularySize: 2).description == "\"nets\" is not in the vocabulary, which has 2 tokens.")
  }

  @Test(
    "A table that is none is refused with a sentence that names the row",
    arguments: [
      ([("a", [("x", 1.0)])], nil, "The row after \"a\" is never reached: no row gives \"a\" a probability."),
      ([("x", [("x", 1)])], nil, "The table has no row for the beginning; its key is \"\"."),
      ([("", [("x", 0.5), ("y", 0.48)])], nil, "After \"\", the probabilities add up to 0.98; they must add up to 1."),
      ([("", [("x", 1.5), ("y", -0.5)])], nil, "After \"\", \"x\" has the probability 1.5; a probability is a number from 0 to 1."),
      ([("", [("x", .nan)])], nil, "After \"\", \"x\" has the probability nan; a probability is a number from 0 to 1."),
      ([("", [("x", 0.5), ("x", 0.5)])], nil, "After \"\", \"x\" has two probabilities; each word has one."),
      ([("", [("x", 1)]), ("x", [("x", 1)]), (" x ", [("x", 1)])], nil, "The table has two rows after \" x \"; each beginning has one."),
      ([("", [("x y", 1)])], nil, "\"x y\" is not a word: a word has at least one character and no white space."),
      ([("", [("x", 1)])], ".", "The end word \".\" has no probability in any row."),
      (
        [("", [("x", 0.5), (".", 0.5)]), ("x .", [("x", 1)])], ".", "The row after \"x .\" is never reached: it goes on after the end word."
      ),
    ] as [([(String, [(String, Double)])], String?, String)])
  func refusals(rows: [(String, [(String, Double)])], end: String?, sentence: String) {
    let error = #expect(throws: TableModelError.self) {
      try TableModel(rows: rows.map { ($0.0, $0.1.map { ($0.0, $0.1) }) }, end: end)
    }
    #expect(error?.description == sentence)
  }
}
