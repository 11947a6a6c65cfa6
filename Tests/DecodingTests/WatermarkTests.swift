import LanguageModels
import Testing

@testable import Decoding

@Suite("A watermark")
struct WatermarkTests {
  @Test("Green tokens get the bonus, the others nothing")
  func bonus() {
    let mark = Watermark(key: 9, share: 0.5, bonus: 2)
    var generator = Generator(state: 3)
    let candidates = Candidates(randomLogits(200, &generator), row: 0)
    var marked = candidates
    mark.adapt(&marked, at: Position(prompt: [4], generated: [17]))
    for (index, token) in candidates.tokens.enumerated() {
      #expect(marked.scores[index] - candidates.scores[index] == (mark.isGreen(token, after: [17]) ? 2 : 0))
    }
    let green = candidates.tokens.count { mark.isGreen($0, after: [17]) }
    #expect((70...130).contains(green))
    #expect(candidates.tokens.contains { mark.isGreen($0, after: [17]) != mark.isGreen($0, after: [18]) })
    #expect(candidates.tokens.contains { mark.isGreen($0, after: [17]) != Watermark(key: 10, share: 0.5).isGreen($0, after: [17]) })
  }

  @Test("z by hand: 12 green of 16 different pairs at a share of 1/4 are 8 above 4, with a deviation of √3")
  func evidence() {
    let mark = Watermark(key: 1, share: 0.25)
    var tokens = [0]
    var green = 0
    for step in 0..<16 {
      let wanted = step % 4 != 3
      let next = (0..<10_000).first { candidate in
        mark.isGreen(candidate, after: tokens) == wanted
          && !zip(tokens, tokens.dropFirst()).contains { $0 == tokens.last! && $1 == candidate }
      }!
      green += wanted ? 1 : 0
      tokens.append(next)
    }
    let evidence = mark.evidence(in: Array(tokens.dropFirst()), after: [0])
    #expect((evidence.tokens, evidence.green) == (16, 12))
    #expect(abs(evidence.z - 8 / 3.0.squareRoot()) < 1e-12)
    #expect(abs(evidence.probabilityByChance - 1.93e-6) < 1e-8)
    #expect(mark.evidence(in: tokens + tokens).tokens == 17)
    #expect(mark.evidence(in: []).z.isNaN)
  }

  @Test("Marked texts are told from unmarked ones, by who has the key")
  func detection() async throws {
    let text = try NGramModel(trainedOn: (0..<400).map { "w\($0 * 7919 % 97)" }.joined(separator: " "), order: 1)
    let endless = LogitBias([text.endTokens[0]: -.infinity])
    let mark = Watermark(key: 42)
    let strategy = Sampling(maximumNewTokens: 150) {
      endless
      mark
    }
    let marked = try await text.generate(using: strategy, samples: 4, seed: 1).continuations
    let plain = try await text.generate(using: Sampling(maximumNewTokens: 150) { endless }, samples: 4, seed: 1).continuations
    #expect(marked.allSatisfy { mark.evidence(in: $0).z > 5 })
    #expect(plain.allSatisfy { abs(mark.evidence(in: $0).z) < 4 })
    #expect(marked.allSatisfy { abs(Watermark(key: 43).evidence(in: $0).z) < 4 })
  }
}
