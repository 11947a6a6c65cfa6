import Testing

@testable import Finetuning

@Suite struct DataTests {
  @Test("MNLI's and SNLI's JSON lines are read, rows without agreement counted")
  func jsonLines() throws {
    let folder = try TemporaryFolder()
    let file = try folder.file(
      "snli_1.0_dev.jsonl",
      """
      {"annotator_labels": ["neutral"], "gold_label": "neutral", "sentence1": "A man sleeps.", "sentence2": "A man dreams."}
      {"gold_label": "-", "sentence1": "A dog runs.", "sentence2": "It is late."}
      {"gold_label": "contradiction", "sentence1": "He said \\"no\\".", "sentence2": "He said yes."}

      """)
    let data = try NLI.read(file)
    #expect(data.labels == ["entailment", "neutral", "contradiction"])
    #expect(
      data.examples == [
        LabeledExample("A man sleeps.", "A man dreams.", label: 1), LabeledExample("He said \"no\".", "He said yes.", label: 2),
      ])
    #expect(data.unlabeledCount == 1)
    #expect(data.skipped.isEmpty)
  }

  @Test("Tables between tabs are read as they are, quotes and all")
  func tabs() throws {
    let folder = try TemporaryFolder()
    let file = try folder.file(
      "dev.tsv", "index\tpremise\thypothesis\tgold_label\tx\r\n0\tsay \"a\"\thmm \tentailment\t1\r\n1\tb\tc\tneutral\t2\n")
    let data = try NLI.read(file)
    #expect(data.examples == [LabeledExample("say \"a\"", "hmm", label: 0), LabeledExample("b", "c", label: 1)])
  }

  @Test("A bad row is refused by its line, or left out and listed")
  func badRows() throws {
    let folder = try TemporaryFolder()
    let file = try folder.file(
      "dev.tsv", "premise\thypothesis\tgold_label\na\tb\tneutral\nc\td\nc\td\tmaybe\n\te\tneutral\nf\tg\tentailment\n")
    #expect(throws: DataError(file, line: 3, "has 2 fields, the first row names 3")) { try NLI.read(file) }
    let data = try NLI.read(file, badRows: .skipped)
    #expect(data.count == 2)
    #expect(data.skipped.map(\.line) == [3, 4, 5])
    #expect(
      data.skipped[1].description == "\(file), line 4: the label is «maybe»; allowed: entailment, neutral, contradiction")
    #expect(throws: DataError("missing.tsv", "cannot be opened: No such file or directory")) { try NLI.read("missing.tsv") }
  }

  @Test("CSV keeps commas, quotes and line breaks inside quotes; labels are what is found")
  func csv() throws {
    let folder = try TemporaryFolder()
    let file = try folder.file("r.csv", "review,mood\n\"good, \"\"very\"\"\ngood\",up\nbad,down\nfine,up\n")
    let data = try LabeledData(file, text: "review", label: "mood")
    #expect(data.labels == ["down", "up"])
    #expect(data.examples.map(\.text) == ["good, \"very\"\ngood", "bad", "fine"])
    #expect(data.examples.map(\.label) == [1, 0, 1])
    #expect(throws: DataError(file, line: 2, "has no field «text»; there are: mood, review")) {
      try LabeledData(file, text: "text", label: "mood")
    }
  }

  @Test("A split's parts share no example, are decided by the seed, and are refused where there are too few")
  func splits() throws {
    let data = LabeledData(name: "numbers", labels: ["a"], examples: (0..<50).map { LabeledExample("\($0)", label: 0) })
    let split = try data.split(train: 30, validation: 5, test: 10, seed: 3)
    let texts = [split.train, split.validation, split.test].flatMap { $0.examples.map(\.text) }
    #expect(texts.count == 45)
    #expect(Set(texts).count == 45)
    #expect(try data.split(train: 30, validation: 5, test: 10, seed: 3).test.examples == split.test.examples)
    #expect(try data.split(train: 30, validation: 5, test: 10, seed: 4).test.examples != split.test.examples)
    #expect(split.training(on: 7).train.examples == Array(split.train.examples.prefix(7)))
    #expect(throws: DataError("numbers", "a split into 40 + 5 + 10 = 55 examples of 50")) {
      try data.split(train: 40, validation: 5, test: 10, seed: 3)
    }
  }

  @Test("The table of a data set shows balance and lengths")
  func table() {
    let data = LabeledData(
      name: "two", labels: ["yes", "no"], examples: [LabeledExample("a b c", "d", label: 0), LabeledExample("a", "d e", label: 1)])
    #expect(
      data.description == """
        two
        label  examples    share  words of the premise  of the hypothesis
        ─────  ────────  ───────  ────────────────────  ─────────────────
        yes           1   50.0 %                   3.0                1.0
        no            1   50.0 %                   1.0                2.0
        all           2  100.0 %                   2.0                1.5
        """)
  }
}
