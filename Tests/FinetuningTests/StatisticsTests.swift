import Testing

@testable import Finetuning

@Suite struct StatisticsTests {
  @Test("Wilson's interval, McNemar's exact p and macro F1 are those of statsmodels and scikit-learn")
  func oracles() {
    // statsmodels: proportion_confint(8, 10, method="wilson"); mcnemar([[0, 2], [9, 0]], exact=True).
    let interval = ClassificationStatistics.interval(0.8, count: 10)
    #expect(abs(interval.lowerBound - 0.4901625) < 1e-6)
    #expect(abs(interval.upperBound - 0.9433178) < 1e-6)
    let first = Array(repeating: true, count: 9) + [false, false] + [true]
    let second = Array(repeating: false, count: 9) + [true, true] + [true]
    #expect(abs(ClassificationStatistics.mcnemar(first, second) - 0.0654296875) < 1e-9)
    #expect(ClassificationStatistics.mcnemar(first, first) == 1)
    // scikit-learn: f1_score([0, 0, 1, 2], [0, 1, 1, 0], average="macro") of labels 0, 1, 2 = (0.5 + 2/3 + 0) / 3.
    #expect(abs(ClassificationStatistics.macroF1([0, 1, 1, 0], [0, 0, 1, 2], classes: 3) - (0.5 + 2.0 / 3) / 3) < 1e-12)
    #expect(ClassificationStatistics.confusion([0, 1, 1, 0], [0, 0, 1, 2], classes: 3) == [[1, 1, 0], [0, 1, 0], [1, 0, 0]])
  }

  @Test("The bootstrap's interval of a difference holds the normal one")
  func bootstrap() {
    let first = (0..<400).map { $0 % 10 < 8 }
    let second = (0..<400).map { $0 % 10 < 6 }
    let interval = ClassificationStatistics.bootstrap(first, second, seed: 1)
    // Difference 0.2, deviation √(0.2 · 0.8 / 400) = 0.02.
    #expect(abs(interval.lowerBound - 0.161) < 0.006)
    #expect(abs(interval.upperBound - 0.239) < 0.006)
  }
}
