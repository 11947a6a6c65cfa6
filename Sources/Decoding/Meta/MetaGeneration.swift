import Display

/// What meta-generation has chosen, and from what: every candidate with its score or its answer, and why one of them won.
///
/// ```swift
/// let voted = try await model.generate(question, using: nucleus.majority(of: 8, answer: .integer), seed: 7)
/// voted.text                    // the chosen text
/// voted.selections[0].answer    // its answer
/// voted                         // a table of all candidates
/// ```
public struct MetaGeneration: GenerationOutcome {
  /// The strategy as a cell writes it.
  public let strategy: String
  public let seed: UInt64
  /// One for each sample that was asked for.
  public let selections: [Selection]
  public let ledger: Ledger
  /// What the candidates were drawn by, in the order of the draws; more than one where a prompt was changed in between.
  public let drawn: [any DrawnTexts]

  /// The chosen texts that come from a model with logits; a sample for which nothing was accepted has none.
  public var continuations: [Continuation] { samples.compactMap { $0?.continuation } }
  /// The chosen text of each sample; nil where nothing was accepted.
  public var samples: [DrawnText?] { selections.map { $0.winner?.candidate } }

  /// The chosen text of the first sample.
  ///
  /// - Precondition: there is one.
  public var text: String {
    require(!selections.isEmpty && selections[0].winner != nil, "Nothing was accepted: \(selections.first?.reason ?? "nothing was drawn").")
    return selections[0].winner!.candidate.text
  }

  /// The answer that won in the first sample; nil without a vote.
  public var answer: String? { selections.first?.answer }
}

/// One choice: the candidates, and which of them won.
public struct Selection: Sendable {
  /// A candidate with what was made of it.
  public struct Entry: Sendable {
    public let candidate: DrawnText
    /// What it is ranked by: a log-probability, a reward, a share of passed tests, an expected utility. nil where it is not ranked.
    public var score: Double?
    /// The answer that was found in it; nil where none was, or none was looked for.
    public var answer: String?
    /// What a verifier made of it.
    public var judgement: Judgement?
  }

  /// In the order of their numbers. A part that came back with nothing has no entry.
  public let entries: [Entry]
  /// Which entry won; nil where nothing was accepted.
  public let winnerIndex: Int?
  /// Why: one short clause.
  public let reason: String
  /// The votes by answer, the most first; empty where nothing was voted on.
  public var votes: [(answer: String, weight: Double)] = []

  public var winner: Entry? { winnerIndex.map { entries[$0] } }
  public var answer: String? { winner?.answer }

  /// The share of candidates that a verifier accepted; nil without a verifier.
  public var acceptanceRate: Double? {
    let judged = entries.compactMap(\.judgement)
    return judged.isEmpty ? nil : Double(judged.count { $0.isAccepted }) / Double(judged.count)
  }

  init(_ entries: [Entry], winner: Int?, reason: String, votes: [(answer: String, weight: Double)] = []) {
    self.entries = entries
    winnerIndex = winner
    self.reason = reason
    self.votes = votes
  }
}

extension MetaGeneration {
  /// The candidates of one sample, a row each; of many samples a row each, with the chosen text.
  public var table: Table { selections.count == 1 ? table(ofSample: 0) : summary }

  /// The candidates of a sample; the chosen one is marked with ★.
  public func table(ofSample index: Int) -> Table {
    let selection = selections[index]
    struct Row {
      var number: Int
      var entry: Selection.Entry
      var isWinner: Bool
    }
    let rows = selection.entries.enumerated().map { Row(number: $0 + 1, entry: $1, isWinner: $0 == selection.winnerIndex) }
    let entries = selection.entries
    let caption = "\(strategy), seed \(seed): \(selection.reason). \(ledger)"
    return Table(rows, caption: caption) {
      Column("", { $0.isWinner ? "★" : "" })
      Column("candidate", \.number)
      Column("text", \.entry.candidate.text)
      if entries.contains(where: { $0.answer != nil }) { Column("answer", \.entry.answer, alignment: .right) }
      if entries.contains(where: { $0.score != nil }) { Column("score", \.entry.score, format: .fixed(4)) }
      if entries.contains(where: { $0.judgement != nil }) {
        Column("accepted", \.entry.judgement?.isAccepted)
        if entries.contains(where: { $0.judgement?.feedback != nil }) { Column("verdict", { $0.entry.judgement?.feedback }) }
      }
      if entries.contains(where: { $0.candidate.logProbability != nil }) {
        Column("log p", \.entry.candidate.logProbability, format: .fixed(4))
      }
    }.showing(rows: 24)
  }

  private var summary: Table {
    struct Row {
      var number: Int
      var selection: Selection
    }
    let rows = selections.enumerated().map { Row(number: $0 + 1, selection: $1) }
    return Table(rows, caption: "\(strategy), seed \(seed): \(ledger)") {
      Column("sample", \.number)
      Column("text", { $0.selection.winner?.candidate.text })
      if selections.contains(where: { $0.answer != nil }) { Column("answer", \.selection.answer, alignment: .right) }
      Column("candidates", \.selection.entries.count)
      Column("why", \.selection.reason)
    }.showing(rows: 24)
  }

  /// Chosen answers, or texts where nothing was voted on, with how often each was chosen; the most frequent first.
  public var frequencies: Table {
    var rows: [(text: String, count: Int)] = []
    for selection in selections {
      let text = selection.answer ?? selection.winner?.candidate.text ?? "(nothing)"
      if let index = rows.firstIndex(where: { $0.text == text }) { rows[index].count += 1 } else { rows.append((text, 1)) }
    }
    let order = rows.enumerated().sorted { ($1.element.count, $0.offset) < ($0.element.count, $1.offset) }.map(\.element)
    return Table(order) {
      Column("chosen", \.text)
      Column("times", \.count)
      Column("share", { Double($0.count) / Double(selections.count) }, format: .percent(1))
    }
  }
}

extension MetaGeneration: Displayable, CustomStringConvertible {
  public var mimeBundle: MIMEBundle { table.mimeBundle }
  public var description: String { table.description }
}
