import Testing

@testable import LanguageModels

@Suite("Rows of logits become log-probabilities")
struct LogitsTests {
  @Test("A constant added to a row changes nothing, however large")
  func shift() {
    for constant in [Float(0), 1_000, -1_000] {
      let logits = Logits(vocabularySize: 3, values: [0, 0, 0, 1, 2, 3].map { $0 + constant })
      #expect(close(logits.logProbabilities(ofRow: 1).map { exp(Double($0)) }, [0.09003057, 0.24472847, 0.66524096], within: 1e-6))
    }
  }

  @Test("A row without any probability, or with something that is not a number, has no normalizer")
  func none() {
    #expect(Logits(vocabularySize: 2, values: [-.infinity, -.infinity]).logNormalizer(ofRow: 0).isNaN)
    #expect(Logits(vocabularySize: 2, values: [0, .nan]).logNormalizer(ofRow: 0).isNaN)
    #expect(Logits(vocabularySize: 2, values: [0, .infinity]).logNormalizer(ofRow: 0).isNaN)
  }

  @Test("Log-probabilities stay as they are")
  func normalized() {
    let logits = Logits(vocabularySize: 2, values: [-0.1, -2], areLogProbabilities: true)
    #expect(logits.logProbabilities(ofRow: 0) == [-0.1, -2])
  }

  @Test("Sums over rows of any length agree with double precision")
  func sums() {
    for seed in 0..<200 as Range<UInt64> {
      var generator = Generator(state: seed)
      let row = (0..<Int.random(in: 1...3_000, using: &generator)).map { _ in Float.random(in: -60...20, using: &generator) }
      let logits = Logits(vocabularySize: row.count, values: row)
      let largest = Double(row.max()!)
      let expected = largest + log(row.reduce(0) { $0 + exp(Double($1) - largest) })
      #expect(abs(logits.logNormalizer(ofRow: 0) - expected) < 1e-6)
    }
    var odd = [Float](repeating: 0, count: 40)
    for place in odd.indices {
      odd[place] = .nan
      #expect(Logits(vocabularySize: 40, values: odd).logNormalizer(ofRow: 0).isNaN)
      odd[place] = 0
    }
  }

  @Test("The exponential function is that of the C library to the precision of its type")
  func exponential() {
    for step in 0...8_700 {
      let x = -Float(step) / 100
      let value = Double(LogitRow.exponential(SIMD8(repeating: x))[7])
      #expect(abs(value / exp(Double(x)) - 1) < 2e-7)
    }
    #expect(LogitRow.exponential(SIMD8(repeating: -100)) == SIMD8(repeating: 0))
    #expect(LogitRow.exponential(SIMD8(repeating: -.infinity)) == SIMD8(repeating: 0))
  }
}
