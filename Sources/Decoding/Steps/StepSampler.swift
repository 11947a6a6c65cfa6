import LanguageModels

/// A text that the model has read, with the logits of what comes next.
struct ReadText: Sendable {
  var hypothesis: Hypothesis
  /// One row.
  var logits: Logits
}

/// A step that was drawn after a text.
struct DrawnStep: Sendable {
  /// At least one, but at a dead end.
  var proposals: [Proposal] = []
  /// The text with the step.
  var hypothesis: Hypothesis
  /// Whether the text ends with it.
  var isFinished = false
  /// Whether the checker allows nothing after it.
  var isDeadEnd = false
}

/// Draws steps after texts, many at once.
struct StepSampler {
  let space: SearchSpace
  let unit: StepUnit
  let seed: UInt64
  /// The number of the sample that the search is; its draws are numbered from here.
  let sample: Int
  private var draws = 0

  init(_ space: SearchSpace, unit: StepUnit, request: GenerationRequest, sample: Int) {
    self.space = space
    self.unit = unit
    seed = request.seed
    self.sample = sample
  }

  /// Reads what has not been read of texts, in one batch.
  func read(_ texts: [Hypothesis], by model: inout MeteredModel) async throws -> [ReadText] {
    guard !texts.isEmpty else { return [] }
    let output = try await model.forward(texts.map(\.input))
    return texts.indices.map { index in
      var text = texts[index]
      text.hasRead(output.states[index])
      return ReadText(hypothesis: text, logits: output.logits.onlyRow(index))
    }
  }

  /// Draws a step after each text. A draw is a function of the seed, the prompt, the sample and the number of the draw.
  mutating func draw(after texts: [ReadText], by model: inout MeteredModel, toTheEnd: Bool = false) async throws -> [DrawnStep] {
    var steps = texts.map { DrawnStep(hypothesis: $0.hypothesis) }
    let first = sample << 16 + draws
    draws += texts.count
    for index in texts.indices { try draw(&steps[index], texts[index].logits, row: 0, number: first + index, toTheEnd) }
    while true {
      let live = steps.indices.filter { isOpen(steps[$0], toTheEnd) }
      if live.isEmpty { return steps }
      let output = try await model.forward(live.map { steps[$0].hypothesis.input })
      for (row, index) in live.enumerated() {
        steps[index].hypothesis.hasRead(output.states[row])
        try draw(&steps[index], output.logits, row: row, number: first + index, toTheEnd)
      }
    }
  }

  private func isOpen(_ step: DrawnStep, _ toTheEnd: Bool) -> Bool {
    if step.isFinished || step.isDeadEnd { return false }
    return toTheEnd || !unit.ends(step.hypothesis.tokens.suffix(step.proposals.count), space.model.vocabulary)
  }

  private func draw(_ step: inout DrawnStep, _ logits: Logits, row: Int, number: Int, _ toTheEnd: Bool) throws {
    let random = RandomStream(seed: seed, prompt: space.prompt, sample: number, step: step.hypothesis.tokens.count)
    guard let scores = try space.scores(after: &step.hypothesis, logits, row: row, random: random) else {
      step.isDeadEnd = true
      return
    }
    let proposal = scores.draw(random.uniform())
    step.hypothesis.accept(proposal, at: nil)
    step.proposals.append(proposal)
    step.isFinished =
      space.finishes(proposal.token, length: step.hypothesis.tokens.count) || step.hypothesis.text?.isClosed ?? false
  }
}

extension Logits {
  /// One row alone, with those of companions.
  func onlyRow(_ row: Int) -> Logits {
    if rowCount == 1 { return self }
    var logits = Logits(vocabularySize: vocabularySize, values: Array(values[range(ofRow: row)]), areLogProbabilities: areLogProbabilities)
    logits.companions = companions.map { $0.onlyRow(row) }
    return logits
  }
}
