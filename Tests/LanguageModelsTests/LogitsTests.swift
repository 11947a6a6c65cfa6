import LanguageModels
import Testing

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
}
