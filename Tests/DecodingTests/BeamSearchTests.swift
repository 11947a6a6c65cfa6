import LanguageModels
import Testing

@testable import Decoding

@Suite("Beam search")
struct BeamSearchTests {
  private func beam(_ width: Int, length: Int = 3) async throws -> Search {
    try await course.generate(using: BeamSearch(width: width, maximumNewTokens: length))
  }

  @Test("On the course's tree, k = 2 keeps and drops what the pseudo-code says, and misses the optimum")
  func width2() async throws {
    let search = try await beam(2)
    #expect(search.text == "neural network neural")
    #expect(close([search.best.logProbability], [-1.909024]))
    let second = search.steps[1].candidates
    #expect(second.map { search.label(to: $0.node) } == ["neural neural", "neural network", "network neural", "network network"])
    #expect(close(second.map { search.nodes[$0.node].total }, [-1.2712, -1.3112, -1.3963, -1.5970], within: 5e-5))
    #expect(second.map(\.isKept) == [true, true, false, false])
  }

  @Test("k = 3 finds the optimum; exhaustive search finds the same")
  func width3() async throws {
    let search = try await beam(3)
    #expect(search.text == "network neural network")
    #expect(close([search.best.logProbability], [-1.501705]))
    let all = try await course.generate(using: Exhaustive(maximumNewTokens: 3))
    #expect(all.best.tokens == search.best.tokens)
    #expect(all.best.logProbability == search.best.logProbability)
    #expect(all.continuations.count == 8)
  }

  @Test("k = 1 meets an exact tie and takes the lower token")
  func width1() async throws {
    let search = try await beam(1)
    #expect(search.text == "neural neural neural")
    let last = search.nodes.filter { $0.step == 3 }
    #expect(last.count == 2 && last[0].total == last[1].total)
  }

  @Test("The forward calls stay within T·k, and within the sequences of an exhaustive search", arguments: 1...4)
  func cost(width: Int) async throws {
    let ledger = try await beam(width).ledger
    #expect(ledger.forwardCalls == [3, 5, 6, 7][width - 1])
    #expect(ledger.forwardCalls <= 3 * width)
    #expect(ledger.batches == 3)
    #expect(try await course.generate(using: Exhaustive(maximumNewTokens: 3)).ledger.forwardCalls == 1 + 2 + 4)
  }

  @Test("The tree shows every branch with the reason why it was dropped")
  func tree() async throws {
    #expect(
      try await beam(2).tree.description == """
        BeamSearch, width 2
                             p  Σ log p
        (start)
        ├─★ neural       0.550  -0.5978
        │ ├─● neural     0.510  -1.2712
        │ │ ├─● neural   0.500  -1.9643
        │ │ └─○ network  0.500  -1.9643  rank 3 of 4
        │ └─★ network    0.490  -1.3112
        │   ├─★ neural   0.550  -1.9090
        │   └─○ network  0.450  -2.1097  rank 4 of 4
        └─● network      0.450  -0.7985
          ├─○ neural     0.550  -1.3963  rank 3 of 4
          └─○ network    0.450  -1.5970  rank 4 of 4
        ★ on the way to the result   ● kept   ○ dropped
        """)
    #expect(
      try await beam(1).tree.description == """
        BeamSearch, width 1
                             p  Σ log p
        (start)
        ├─★ neural       0.550  -0.5978
        │ ├─★ neural     0.510  -1.2712
        │ │ ├─★ neural   0.500  -1.9643
        │ │ └─○ network  0.500  -1.9643  not proposed
        │ └─○ network    0.490  -1.3112  not proposed
        └─○ network      0.450  -0.7985  not proposed
        ★ on the way to the result   ○ dropped
        """)
  }

  @Test("What is stored after each step is k texts with their sums and where they come from")
  func stored() async throws {
    let search = try await beam(2)
    #expect(
      search.stored.description == """
        Stored after each step
        step  rank  text                   continues rank      p    Σ log p
        ────  ────  ─────────────────────  ──────────────  ─────  ─────────
           1     1  neural                              –  0.550  -0.597837
           1     2  network                             –  0.450  -0.798508
           2     1  neural neural                       1  0.510  -1.271182
           2     2  neural network                      1  0.490  -1.311187
           3     1  neural network neural               2  0.550  -1.909024
           3     2  neural neural neural                1  0.500  -1.964329
        """)
    #expect(
      search.candidates(at: 2).description == """
        Candidates at step 2
        rank  text                 p    Σ log p
        ────  ───────────────  ─────  ─────────  ───────
           1  neural neural    0.510  -1.271182  kept
           2  neural network   0.490  -1.311187  kept
           3  network neural   0.550  -1.396345  dropped
           4  network network  0.450  -1.597015  dropped
        """)
    #expect(
      search.description == """
        BeamSearch, width 2: 5 forward calls in 3 batches, 4 tokens read, 6 written
        rank  text                       log p  tokens
        ────  ─────────────────────  ─────────  ──────
           1  neural network neural  -1.909024       3
           2  neural neural neural   -1.964329       3
        """)
  }

  @Test("Why a text is not the result can be asked")
  func explanations() async throws {
    let search = try await beam(2)
    #expect(try search.explanation(for: "neural network neural") == "«neural network neural» is the result.")
    #expect(
      try search.explanation(for: "network neural network")
        == "«network neural» was dropped at step 2: its score -1.3963 has rank 3 of 4, and 2 are kept.")
    #expect(try search.explanation(for: "neural neural") == "«neural neural» was kept at step 2, and continued.")
    #expect(
      try search.explanation(for: "neural neural neural") == "«neural neural neural» was kept to the end, as number 2 of 2.")
    #expect(
      try await beam(1).explanation(for: "network")
        == "«network» was not proposed at step 1: its last token has rank 2 after what stands before it, and 1 are proposed.")
    #expect(
      try search.explanation(for: "neural network neural neural") == "«neural network neural neural» is longer than 3 tokens.")
    #expect(throws: VocabularyError.self) { try search.explanation(for: "nets") }
  }

  @Test("The example of the book: greedy A B C end, beam A C B end")
  func d2l() async throws {
    let greedy = try await book.generate(using: Greedy(maximumNewTokens: 4)).best
    #expect(greedy.labels == ["A", "B", "C", "end"] && greedy.isFinished)
    #expect(close([exp(greedy.logProbability)], [0.048]))
    let beam = try await book.generate(using: BeamSearch(width: 2, maximumNewTokens: 4, lengthPenalty: .average(exponent: 0.75)))
    #expect(beam.best.labels == ["A", "C", "B", "end"])
    #expect(close([exp(beam.best.logProbability)], [0.054]))
    // By the plain sum short texts win: «A end», or «end» at once, has .1.
    let all = try await book.generate(using: Exhaustive(maximumNewTokens: 4))
    #expect(close([exp(all.best.logProbability)], [0.1]))
  }

  @Test("A text that has ended keeps its place without cost, and can be outranked later")
  func finished() async throws {
    let search = try await book.generate(using: BeamSearch(width: 2, maximumNewTokens: 4, lengthPenalty: .average(exponent: 0.75)))
    for step in search.steps { #expect(step.kept.count <= 2) }
    for (index, step) in search.steps.enumerated() {
      for candidate in step.candidates where candidate.isCarried {
        #expect(search.nodes[candidate.node].isFinished && search.nodes[candidate.node].step <= index)
      }
    }
    let first = try TableModel(["": ["x": 0.6, ".": 0.4], "x": ["x": 0.1, ".": 0.9]], end: ".")
    let both = try await first.generate(using: BeamSearch(width: 2, maximumNewTokens: 5))
    #expect(both.continuations.map(\.labels) == [["x", "."], ["."]])
    #expect(both.steps.count == 2)
    #expect(both.ledger.forwardCalls == 2)
  }

  @Test("Length penalties are what their names say")
  func penalties() {
    #expect(LengthPenalty.sum.score(-6, length: 3) == -6)
    #expect(LengthPenalty.average(exponent: 1).score(-6, length: 3) == -2)
    #expect(close([LengthPenalty.average(exponent: 0.75).score(log(0.048), length: 4)], [log(0.048) / 2.8284271]))
    #expect(close([LengthPenalty.gnmt(exponent: 0.6).score(-6, length: 7)], [-6 / 1.5157166]))
    #expect(LengthPenalty.gnmt(exponent: 2).score(-6, length: 1) == -6)
  }

  @Test("Refusals say the range")
  func refusals() {
    #expect(BeamSearch.refusal(width: 0) == "BeamSearch(width: 0): at least 1 text is kept at every step.")
    #expect(TopP.refusal(1.5) == "TopP(1.5): the mass is above 0 and at most 1.")
    #expect(Temperature.refusal(0) == "Temperature(0.0): a temperature is a number above 0; the limit 0 is Greedy().")
    #expect(TopK.refusal(0) == "TopK(0): at least 1 token must be kept.")
  }

  @Test("A setting out of range stops the program with its sentence")
  func stops() async throws {
    let result = try await #require(processExitsWith: .failure, observing: [\.standardErrorContent]) { _ = TopP(1.5) }
    #expect(
      String(decoding: result.standardErrorContent, as: UTF8.self).contains("Fatal error: TopP(1.5): the mass is above 0 and at most 1."))
  }
}
