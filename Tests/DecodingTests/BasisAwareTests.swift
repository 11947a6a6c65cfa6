import LanguageModels
import Testing

@testable import Decoding

/// A table whose logits are products with vectors that are written out.
private struct FlatModel: SoftmaxBottleneck {
  let outputVectors: (values: [Float], width: Int)
  let state: [Float]
  var vocabulary: any Vocabulary { course.vocabulary }
  var endTokens: [Int] { [] }

  var row: [Float] {
    let (values, width) = outputVectors
    return (0..<values.count / width).map { token in (0..<width).reduce(0) { $0 + values[token * width + $1] * state[$1] } }
  }
  func read(_ prompts: [[Int]]) async throws -> ForwardOutput {
    ForwardOutput(logits: Logits(vocabularySize: row.count, values: row), states: [ModelState(0)])
  }
  func forward(_ inputs: [ForwardInput], rows: ForwardRows) async throws -> ForwardOutput { try await read([[]]) }
}

@Suite("Basis-aware truncation")
struct BasisAwareTests {
  @Test("A point in a square is in the hull of its corners, and of three of them only on their side")
  func hull() {
    let corners = [1.0, 1, -1, 1, -1, -1, 1, -1]
    // The diagonals cut the square in four: a point needs the two corners of its quarter.
    let cases: [([Double], [Int])] = [
      ([0.5, 0.2], [0, 3]), ([0.9, 0.95], [0, 1]), ([0, 0], []), ([-0.2, -0.1], [1, 2]), ([0, 1], [0, 1]),
    ]
    for (center, needed) in cases {
      let hull = NearestPoint(points: corners, width: 2, center: center)
      #expect((0..<4).filter { !hull.hullHasCenter(without: $0) } == needed, "\(center)")
    }
    #expect(!NearestPoint(points: corners, width: 2, center: [2, 0]).hullHasCenter(without: 0))
  }

  @Test("In many dimensions a mixture of points is in their hull; without a point that alone reaches its side it is not")
  func highDimensions() {
    for seed in 0..<30 as Range<UInt64> {
      var generator = Generator(state: seed)
      let (width, count) = (Int.random(in: 2...12, using: &generator), 60)
      var points = (0..<count * width).map { _ in Double.random(in: -1...1, using: &generator) }
      let weights = (0..<count).map { _ in Double.random(in: 0...1, using: &generator) }
      let sum = weights.reduce(0, +)
      var center = [Double](repeating: 0, count: width)
      for point in 0..<count { for i in 0..<width { center[i] += weights[point] / sum * points[point * width + i] } }
      #expect(NearestPoint(points: points, width: width, center: center).hullHasCenter(without: -1))
      // One point far out, and the center a little on its side of all the others: only with it.
      points += [10] + [Double](repeating: 0, count: width - 1)
      center[0] = 1.001
      let hull = NearestPoint(points: points, width: width, center: center)
      #expect(!hull.hullHasCenter(without: count))
    }
  }

  @Test("Where the width reaches the vocabulary every token is proven; where all vectors are alike none is")
  func extremes() {
    let identity = FlatModel(outputVectors: ((0..<16).map { $0 % 5 == 0 ? 1 : 0 }, 4), state: [3, 1, 0, -3])
    var candidates = Candidates(Logits(vocabularySize: 4, values: identity.row), row: 0)
    BasisAware(identity, threshold: 0.5, rank: 4).adapt(&candidates, at: Position(prompt: [], generated: []))
    #expect(candidates.tokens == [0, 1, 2, 3])

    let alike = FlatModel(outputVectors: ((0..<16).map { _ in 1 }, 4), state: [1, 2, 3, 4])
    candidates = Candidates(Logits(vocabularySize: 4, values: alike.row), row: 0)
    BasisAware(alike, threshold: 0.5, rank: 1).adapt(&candidates, at: Position(prompt: [], generated: []))
    #expect(candidates.tokens == [0])
  }

  @Test("On a line, a token is possible only if the mean lies beyond all others: by hand")
  func line() {
    // Vectors −1, 0, 1, 4 and a state of −1: probabilities e, 1, e⁻¹, e⁻⁴ over their sum; the mean −.533 lies left of 0.
    let model = FlatModel(outputVectors: ([-1, 0, 1, 4], 1), state: [-1])
    var candidates = Candidates(Logits(vocabularySize: 4, values: model.row), row: 0)
    BasisAware(model, threshold: 0.9, rank: 1).adapt(&candidates, at: Position(prompt: [], generated: []))
    #expect(candidates.tokens == [0])
    let other = FlatModel(outputVectors: ([-1, 0, 1, 4], 1), state: [0.5])
    candidates = Candidates(Logits(vocabularySize: 4, values: other.row), row: 0)
    // The mean 2.6 lies right of 1: the token at 4 is possible, and it is the most probable one; with a threshold above it, it is proven.
    BasisAware(other, threshold: 0.9, rank: 1).adapt(&candidates, at: Position(prompt: [], generated: []))
    #expect(candidates.tokens == [3])
  }

  @Test("What is kept is at least the threshold set, and more tests keep more")
  func monotone() {
    for seed in 0..<20 as Range<UInt64> {
      var generator = Generator(state: seed)
      let vectors = (0..<40 * 6).map { _ in Float.random(in: -1...1, using: &generator) }
      let model = FlatModel(outputVectors: (vectors, 6), state: (0..<6).map { _ in Float.random(in: -4...4, using: &generator) })
      let all = Candidates(Logits(vocabularySize: 40, values: model.row), row: 0)
      var before: Set<Int> = []
      for tests in [0, 4, 40] {
        var candidates = all
        BasisAware(model, threshold: 0.1, rank: 6, tests: tests).adapt(&candidates, at: Position(prompt: [], generated: []))
        let certain = all.tokens.filter { all.probabilities[$0] >= 0.1 }
        #expect(candidates.tokens.allSatisfy { $0 >= 0 } && Set(candidates.tokens).isSuperset(of: certain))
        #expect(Set(candidates.tokens).isSuperset(of: before))
        before = Set(candidates.tokens)
      }
    }
  }
}
