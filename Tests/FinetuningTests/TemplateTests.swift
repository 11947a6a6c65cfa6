import Tensors
import Testing

@testable import Finetuning

@Suite struct TemplateTests {
  @Test("Every pair's label follows from what premise and claim mean", arguments: NLI.Difficulty.allCases)
  func labels(_ difficulty: NLI.Difficulty) {
    for index in 0..<2_000 {
      for bias in [0, 0.5] {
        var pair = TemplatePair(label: index % 3, difficulty: difficulty, bias: bias, stream: RandomSource(seed: 1).child("pair", index))
        let meaning = pair.meaning()
        let relation = meaning.premise.relation(to: meaning.claim)
        let label = relation == .leavesOpen ? 1 : (relation == .entails) == !meaning.isDenied ? 0 : 2
        #expect(label == index % 3)
      }
    }
  }

  @Test("A sentence says what the event is")
  func sentence() {
    var event = Event(agent: 12, meaning: 6, kind: 0, member: 0, slots: [.number: 1, .color: 0, .place: 0])
    #expect(event.sentence() == "The baker hid three red apples at the market.")
    #expect(event.sentence(isNegated: true, verb: 1) == "The baker did not conceal three red apples at the market.")
    #expect(event.sentence(isPassive: true) == "Three red apples were hidden by the baker at the market.")
    event.member = nil
    #expect(event.sentence(isNegated: true, isPassive: true) == "Three red fruits were not hidden by the baker at the market.")
  }

  @Test("Without bias the hypothesis says nothing about its label, with bias most of it")
  func bias() throws {
    func accuracy(_ bias: Double) throws -> Double {
      let split = try NLI.generated(6_000, hypothesisBias: bias, seed: 2).split(train: 4_000, validation: 0, test: 2_000, seed: 1)
      return ClassificationStatistics.accuracy(try #require(Floors.hypothesisOnly(split)), split.test.examples.map(\.label))
    }
    // Chance is 1/3; four deviations of 2,000 draws are 0.042.
    #expect(abs(try accuracy(0) - 1.0 / 3) < 0.042)
    #expect(try accuracy(0.5) > 0.5)
    #expect(try accuracy(1) > 0.9)
  }

  @Test("The same seed gives the same pairs, every label as often")
  func determinism() {
    let first = NLI.generated(300, seed: 7)
    #expect(first.examples == NLI.generated(300, seed: 7).examples)
    #expect(first.examples != NLI.generated(300, seed: 8).examples)
    #expect((0..<3).map { label in first.examples.count { $0.label == label } } == [100, 100, 100])
    #expect(Stories.generated(20, seed: 1) == Stories.generated(20, seed: 1))
    #expect(Stories.generated(200, seed: 1).allSatisfy { $0.count >= 2 })
  }
}
