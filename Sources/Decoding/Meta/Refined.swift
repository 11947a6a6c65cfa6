/// Proposes a text, has it checked, and asks for a better one with what was wrong, until it is accepted or the rounds are used up.
///
/// ```swift
/// nucleus.refined(by: TestCases("assert add(2, 3) == 5"), rounds: 3)
/// ```
/// The next prompt is the last one, the attempt, and the feedback in the form of a ``RepairPrompt``. The result is the first text that is
/// accepted; where none is, the first of those with the highest score, and the reason says so.
///
/// Complexity: at most 1 + `rounds` draws, each after a longer prompt.
///
/// Source: Welleck et al. 2024, «From decoding to meta-generation», section 4.3; Chen et al. 2023, «Teaching large language models to self-debug».
public struct Refined<Base: TextSource>: Combination {
  public typealias Outcome = MetaGeneration
  public let base: Base
  public let verifier: any Verifier
  /// How often a text is repaired at most.
  public let rounds: Int
  public let prompt: RepairPrompt

  init(_ base: Base, _ verifier: any Verifier, rounds: Int, prompt: RepairPrompt) {
    require(rounds >= 1, "refined(by:rounds: \(rounds)): there is at least 1 round of repair.")
    self.base = base
    self.verifier = verifier
    self.rounds = rounds
    self.prompt = prompt
  }

  func run(_ drawing: Drawing) async throws -> MetaGeneration {
    let clock = Clock()
    var calls = 0
    var drawn: [any DrawnTexts] = []
    var selections: [Selection] = []
    for number in drawing.numbers {
      var turns: [Drawing.Turn] = []
      var entries: [Selection.Entry] = []
      for _ in 0...rounds {
        let draw = try await drawing.draw([number], turns)
        drawn.append(draw)
        guard let candidate = draw.samples[0] else { break }
        let judgement = try await verifier.judgements(of: [candidate.text], for: drawing.problem, calls: &calls)[0]
        entries.append(Selection.Entry(candidate: candidate, score: judgement.score, judgement: judgement))
        if judgement.isAccepted { break }
        turns.append(Drawing.Turn(attempt: candidate, instruction: prompt.instruction(candidate, judgement), frame: prompt.frame))
      }
      selections.append(Refined.selection(entries))
    }
    return MetaGeneration(
      strategy: description, seed: drawing.seed, selections: selections, ledger: clock.ledger(drawn, verifierCalls: calls), drawn: drawn)
  }

  static func selection(_ entries: [Selection.Entry]) -> Selection {
    guard let last = entries.last?.judgement else { return Selection(entries, winner: nil, reason: "nothing was drawn") }
    if last.isAccepted {
      let repairs = entries.count - 1
      let reason = repairs == 0 ? "accepted at once" : "accepted after \(repairs) \(repairs == 1 ? "repair" : "repairs")"
      return Selection(entries, winner: repairs, reason: reason)
    }
    let highest = entries.compactMap(\.score).max()
    return Selection(
      entries, winner: entries.firstIndex { $0.score == highest },
      reason: "none of \(entries.count) was accepted; this has the highest score")
  }

  public var description: String { "\(base).refined(by: \(verifier), rounds: \(rounds))" }
}

extension Refined: Strategy, RandomStrategy where Base: RandomStrategy {
  public func generate(_ request: GenerationRequest) async throws -> MetaGeneration { try await run(request) }
}

extension TextSource {
  /// Propose, check, repair: the feedback goes into the next prompt.
  public func refined(by verifier: some Verifier, rounds: Int, prompt: RepairPrompt = .plain) -> Refined<Self> {
    Refined(self, verifier, rounds: rounds, prompt: prompt)
  }
}

/// What a model is told after an attempt that was not accepted.
///
/// ```swift
/// RepairPrompt.chatML { attempt, judgement in "\(judgement.feedback ?? "Wrong.") Try again, shorter." }
/// ```
public struct RepairPrompt: Sendable {
  /// How the words stand after the attempt, for a model with logits. A server that takes conversations gets them as a message of the user.
  enum Frame: Sendable { case plain, chatML }

  let frame: Frame
  let instruction: @Sendable (DrawnText, Judgement) -> String

  /// Between empty lines, for models that go on with a text.
  public static let plain = plain(usual)
  /// A message of the user, in the form ChatML, for models that were trained on conversations.
  public static let chatML = chatML(usual)

  /// The words of a function between empty lines.
  public static func plain(_ words: @escaping @Sendable (DrawnText, Judgement) -> String) -> RepairPrompt {
    RepairPrompt(frame: .plain, instruction: words)
  }

  /// The words of a function as a message of the user.
  public static func chatML(_ words: @escaping @Sendable (DrawnText, Judgement) -> String) -> RepairPrompt {
    RepairPrompt(frame: .chatML, instruction: words)
  }

  private static let usual: @Sendable (DrawnText, Judgement) -> String = { _, judgement in
    "This is not right. \(judgement.feedback ?? "") Correct it and write all of it again."
  }
}

extension Drawing.Turn {
  /// What comes after the attempt's tokens.
  var framed: String {
    switch frame {
    case .plain: "\n\n\(instruction)\n\n"
    // A text that ended by itself ends with the end of its message.
    case .chatML:
      (attempt.isFinished ? "" : "<|im_end|>") + "\n<|im_start|>user\n\(instruction)<|im_end|>\n<|im_start|>assistant\n"
    }
  }
}
