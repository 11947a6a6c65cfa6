import Display
import Grammars
import LanguageModels
import Testing

@testable import Decoding

@Suite("Why was this dropped?")
struct ExplanationTests {
  @Test("Every fate that a node can have occurs, is drawn with a few words, and is explained in a sentence")
  func everyFate() async throws {
    var phrases: [String: String] = [:]
    for seed in 0..<12 as Range<UInt64> {
      for search in try await searches(seed) {
        for (index, node) in search.nodes.enumerated() {
          let name = String("\(node.fate)".prefix { $0 != "(" })
          let sentence = search.explanation(ofNode: index)
          #expect(sentence.hasPrefix("«\(search.label(to: index))» ") && sentence.hasSuffix("."), "\(sentence)")
          phrases[name] = sentence
        }
        #expect(!search.tree.description.isEmpty && search.tree.svg.hasPrefix("<svg"))
      }
    }
    let expected = [
      "kept": "", "outranked": "was dropped at step", "notProposed": "was not proposed at step", "undervalued": "because of its value",
      "penalized": "because groups before chose its token", "rejected": "was refused at step", "cannotEnd": "must not end at step",
      "endedTooLow": "only an end among the 2 best counts", "duplicate": "is the same text as node", "deadEnd": "is a dead end",
      "bounded": "no continuation could have a score above", "unfinished": "had not ended", "noBudget": "is less than half a step",
      "unvisited": "was not visited", "rollout": "was written to its end to judge", "notDrawn": "was not drawn at step",
    ]
    #expect(Set(phrases.keys) == Set(expected.keys))
    for (name, phrase) in expected where !phrase.isEmpty {
      #expect(phrases[name]?.contains(phrase) == true, "\(name): \(phrases[name] ?? "–")")
    }
  }

  private func searches(_ seed: UInt64) async throws -> [Search] {
    let model = randomTable(words: 5, depth: 3, seed: seed, end: true)
    let value = ValueFunction("length") { text in Double(text.tokens.count) - Double(text.tokens.last ?? 0) }
    return [
      try await model.generate(using: BeamSearch(width: 2, maximumNewTokens: 5)),
      try await model.generate(using: BeamSearch(width: 2, maximumNewTokens: 5, stopping: .never)),
      try await model.generate(using: BeamSearch(width: 2, maximumNewTokens: 5, stopping: .firstEnded)),
      try await model.generate(using: BeamSearch(width: 2, maximumNewTokens: 5).guided(by: value, weight: 3)),
      try await model.generate(using: BeamSearch(width: 2, maximumNewTokens: 5).checked(by: Choices("a b c", "b c a", "c c c"))),
      try await model.generate(using: DiverseBeamSearch(width: 4, groups: 2, penalty: 1, maximumNewTokens: 5)),
      try await model.generate(using: StochasticBeamSearch(width: 2, maximumNewTokens: 5), seed: seed).searches[0],
      try await model.generate(
        using: StepwiseBeamSearch(width: 2, proposals: 6, step: .tokens(1), by: value, maximumNewTokens: 5), seed: seed
      )
      .searches[0],
      try await model.generate(using: Rebase(budget: 6, temperature: 0.3, step: .tokens(1), by: value, maximumNewTokens: 5), seed: seed)
        .searches[0],
      try await model.generate(using: MonteCarloTreeSearch(simulations: 12, branching: 4, by: value, maximumNewTokens: 5), seed: seed)
        .searches[0],
      try await deadEnd.generate(using: BeamSearch(width: 2, maximumNewTokens: 5).checked(by: Choices("a b c", "b c a"))),
    ]
  }

  /// After «b», nothing that the choices allow has any probability.
  private var deadEnd: TableModel {
    try! TableModel(["": ["a": 0.5, "b": 0.4, "c": 0.1], "a": ["b": 1], "b": ["a": 1], "a b": ["c": 1], "c": [".": 1]], end: ".")
  }

  @Test("The tree of a tree search shows visits and values")
  func treeSearch() async throws {
    let value = ValueFunction("p") { text in exp(text.logProbability) }
    let run = try await course.generate(
      using: MonteCarloTreeSearch(simulations: 30, branching: 2, by: value, evaluation: .value, maximumNewTokens: 2), seed: 1)
    let lines = run.tree.description.split(separator: "\n").map(String.init)
    #expect(lines[1].hasSuffix("p  Σ log p  visits  value"))
    #expect(lines.contains { $0.contains("★ neural") && $0.contains("0.550") })
    #expect(run.tree.description.contains("★ on the way to the result"))
  }

  @Test("A tree of width 8 and depth 40 is folded to a page, and the way to the result stays whole")
  func folding() async throws {
    let model = randomTable(words: 12, depth: 2, seed: 5)
    let search = try await model.generate(using: BeamSearch(width: 8, maximumNewTokens: 40))
    let text = search.tree.description
    #expect(search.nodes.count > 2_000)
    #expect(text.split(separator: "\n").count <= 100)
    #expect(text.split(separator: "\n").allSatisfy { $0.count <= 120 })
    // The nodes on the way to the result, folded or not, spell it.
    var labels: [String] = []
    var node: Tree.Node? = search.tree.folded(to: 48).root
    while let next = node?.children.first(where: { $0.status == .best }) {
      labels.append(next.label)
      node = next
    }
    #expect(labels.joined(separator: " ") == search.best.labels.joined(separator: " "))
    #expect(labels.count < 13)
    #expect(text.contains("dropped"))
  }
}
