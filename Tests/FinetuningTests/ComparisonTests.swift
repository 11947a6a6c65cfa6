import Display
import Testing

@testable import Finetuning

@Suite struct ComparisonTests {
  private func comparison() -> FinetuningComparison {
    let answers = [0, 1, 2, 0, 1, 2, 0, 1]
    var row = FinetuningRow(model: "bert", method: "full", trainable: 5, total: 10, predictions: [0, 1, 2, 0, 1, 2, 1, 1])
    (row.steps, row.trainingSeconds, row.learningRate, row.end) = (4, 1.5, 1e-3, .finished)
    row.history.losses = [.init(step: 2, loss: 1.1), .init(step: 4, loss: 0.7)]
    row.history.validations = [.init(step: 4, loss: 0.8, accuracy: 0.75)]
    let floor = FinetuningRow(
      kind: .floor, model: "", method: "commonest label", trainable: 0, total: 0, predictions: Array(repeating: 0, count: 8))
    return FinetuningComparison(
      rows: [floor, row], labels: ["a", "b", "c"], answers: answers, setting: "test", seed: 1)
  }

  @Test("What is saved is what is read")
  func saving() throws {
    let folder = try TemporaryFolder()
    var comparison = comparison()
    comparison.published = PublishedResult.mnli
    try comparison.save(to: "\(folder.path)/deep/er")
    let read = try FinetuningComparison(savedIn: "\(folder.path)/deep/er")
    #expect(read.rows == comparison.rows)
    #expect(read.answers == comparison.answers)
    #expect(read.published == comparison.published)
    #expect(read.description == comparison.description)
    let broken = try folder.file("comparison.json", "{\"rows\": []}")
    #expect(throws: DataError(broken, "is not a saved comparison")) { try FinetuningComparison(savedIn: folder.path) }
  }

  @Test("Tables say what was measured")
  func tables() {
    let comparison = comparison()
    #expect(
      comparison.confusion(of: "bert").description == """
        bert, full
        right label  given a  given b  given c   recall
        ───────────  ───────  ───────  ───────  ───────
        a                  2        1        0   66.7 %
        b                  0        3        0  100.0 %
        c                  0        0        2  100.0 %
        """)
    #expect(comparison.table.description.contains("87.5 % *"))
    #expect(comparison.paired.rows.count == 1)
  }

  @Test("A prompt is filled as lm-eval fills it")
  func prompts() {
    let example = LabeledExample(" He {x} sat. ", "he stood", label: 2)
    #expect(
      Prompt.trueFalseNeither.filled(example) == "He {x} sat.\nQuestion: he stood. True, False or Neither?\nAnswer:")
    #expect(Prompt.t5.filled(example) == "mnli hypothesis: he stood. premise: He {x} sat.")
    #expect(Prompt.trueFalseNeither.domain == " True, False or Neither?\nAnswer:")
  }
}
