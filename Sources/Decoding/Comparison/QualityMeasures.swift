import Display

/// The share of texts whose answer is the expected one, with its 95 % interval.
///
/// ```swift
/// Accuracy(.integer)
/// ```
/// A text without an answer is wrong, and so is a sample for which nothing was accepted. With one text per prompt the interval is Wilson's;
/// with more it is Student's over the prompts, because texts after one prompt are alike.
///
/// Source: Wilson 1927, «Probable inference, the law of succession, and statistical inference».
public struct Accuracy: Measure {
  public let answer: AnswerExtraction

  public init(_ answer: AnswerExtraction) { self.answer = answer }

  public var column: TableColumn { TableColumn("accuracy (95\u{A0}%)", format: .fixed(3), best: .highest) }

  public func value(for run: StrategyRun) -> TableCell { Statistics.share(answers(of: run)) }
  public func values(for run: StrategyRun) -> [Double?] { answers(of: run).map { $0.reduce(0, +) / Double($0.count) } }

  public func refusal(for problems: [Problem]) -> String? {
    guard let problem = problems.first(where: { $0.answer == nil }) else { return nil }
    return "Accuracy(\(answer)): the prompt «\(problem.prompt.prefix(60))» has no answer: give on: [\"prompt\": \"answer\"]."
  }

  private func answers(of run: StrategyRun) -> [[Double]] {
    zip(run.problems, run.textsByPrompt).map { problem, texts in
      texts.map { $0.flatMap { answer.answer(in: $0.text) } == problem.answer ? 1 : 0 }
    }
  }
}

/// The share of texts that pass all tests of their problem, with its 95 % interval, as ``Accuracy`` has it.
///
/// The tests are run once for each different text; what they cost is not the strategy's.
public struct TestsPassed: Measure {
  public init() {}

  public var column: TableColumn { TableColumn("tests passed (95\u{A0}%)", format: .fixed(3), best: .highest) }
  public var needsTests: Bool { true }
  public func value(for run: StrategyRun) -> TableCell { Statistics.share(passes(of: run)) }
  public func values(for run: StrategyRun) -> [Double?] { passes(of: run).map { $0.reduce(0, +) / Double($0.count) } }

  public func refusal(for problems: [Problem]) -> String? {
    guard let problem = problems.first(where: { $0.tests == nil }) else { return nil }
    return "TestsPassed(): the problem «\(problem.prompt.prefix(60))» has no tests: give Problem(…, tests: TestCases(…))."
  }

  private func passes(of run: StrategyRun) -> [[Double]] { run.outcomes.map { $0.judgements.map { $0.isAccepted ? 1 : 0 } } }
}

/// The share of a prompt's votes that the most frequent answer has: how sure the texts are together; the mean over the prompts with its
/// 95 % interval.
///
/// For a vote the shares of its winners; for any other strategy the most frequent answer among its texts. Without an answer, 0.
public struct MajorityAgreement: Measure {
  public let answer: AnswerExtraction

  public init(_ answer: AnswerExtraction) { self.answer = answer }

  public var column: TableColumn { TableColumn("agreement ±\u{A0}95\u{A0}%", format: .fixed(3)) }
  public func value(for run: StrategyRun) -> TableCell { Statistics.estimate(values(for: run).compactMap { $0 }) }

  public func values(for run: StrategyRun) -> [Double?] {
    run.outcomes.map { outcome, texts, _ in
      if let votes = (outcome as? MetaGeneration)?.selections.map(\.votes), votes.contains(where: { !$0.isEmpty }) {
        let shares = votes.map { votes in
          let total = votes.reduce(0) { $0 + $1.weight }
          return total > 0 ? votes[0].weight / total : 0
        }
        return shares.reduce(0, +) / Double(shares.count)
      }
      var counts: [String: Int] = [:]
      for text in texts { if let found = text.flatMap({ answer.answer(in: $0.text) }) { counts[found, default: 0] += 1 } }
      return texts.isEmpty ? nil : Double(counts.values.max() ?? 0) / Double(texts.count)
    }
  }
}
