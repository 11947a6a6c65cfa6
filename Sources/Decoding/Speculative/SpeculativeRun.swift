internal import Glibc
import LanguageModels

/// One run of a speculative strategy: all its samples advance together.
struct SpeculativeRun {
  private struct Text {
    let number: Int
    var tokens: [Int] = []
    var scores: [Double] = []
    var adaptedScores: [Double] = []
    var adapters: AdapterChain
    var target: ReadTrack
    var draft: ReadTrack?
    var isFinished = false
    /// What the draft's model remembers after all but the last of what it drafted in this round.
    var draftState: ModelState?
    /// What was drafted in this round, and by which laws.
    var drafts: [Int] = []
    var laws: [DraftLaw] = []
  }

  private let settings: SpeculativeSettings
  private let prompt: [Int]
  private let seed: UInt64
  private let numbers: [Int]
  private let isEnd: [Bool]
  private var target: MeteredModel
  private var draft: MeteredModel?
  private var drafted = 0
  private var accepted = 0

  init(_ settings: SpeculativeSettings, _ request: GenerationRequest) throws {
    self.settings = settings
    prompt = request.prompt
    seed = request.seed
    numbers = settings.isGreedy ? [0] : request.numbers
    let ends = Set(request.model.endTokens)
    isEnd = (0..<request.model.vocabulary.count).map(ends.contains)
    target = MeteredModel(request.model)
    if case .model(let model) = settings.draft {
      let (own, other) = (request.model.vocabulary.count, model.vocabulary.count)
      guard own == other else { throw DecodingError.draftVocabulary(own, draft: other) }
      draft = MeteredModel(model)
    }
  }

  mutating func generate(_ name: String, seed: UInt64?) async throws -> SpeculativeGeneration {
    let start = try await target.read(prompt)
    var draftStart: ForwardOutput?
    if var model = draft {
      draftStart = try await model.read(prompt)
      draft = model
    }
    var texts: [Text] = []
    for number in numbers {
      var text = Text(
        number: number, adapters: AdapterChain(adapters: settings.adapters), target: ReadTrack(start.states[0], unread: []),
        draft: draftStart.map { ReadTrack($0.states[0], unread: []) })
      try choose(&text, start.logits, row: 0)
      texts.append(text)
    }
    while true {
      let live = texts.indices.filter { !texts[$0].isFinished }
      if live.isEmpty { break }
      try await propose(&texts, live)
      try await verify(&texts, live)
    }
    let continuations = texts.map { text in
      Continuation(
        of: target.model, prompt: prompt, tokens: text.tokens, logProbabilities: text.scores,
        adaptedLogProbabilities: settings.isGreedy ? nil : text.adaptedScores)
    }
    target.write(continuations)
    let (targetLedger, draftLedger) = (target.ledger, draft?.ledger ?? Ledger())
    var ledger = targetLedger + draftLedger
    ledger.seconds = targetLedger.seconds
    return SpeculativeGeneration(
      generation: Generation(strategy: name, seed: seed, continuations: continuations, ledger: ledger), targetLedger: targetLedger,
      draftLedger: draftLedger, drafted: drafted, accepted: accepted)
  }

  /// Drafts tokens after every live text, never more than the text has room for beside the token that the model adds itself.
  private mutating func propose(_ texts: inout [Text], _ live: [Int]) async throws {
    for index in live {
      texts[index].drafts = []
      texts[index].laws = []
    }
    switch settings.draft {
    case .lookup(let longest):
      for index in live {
        let room = settings.maximumNewTokens - texts[index].tokens.count - 1
        let found = Draft.lookUp(in: prompt + texts[index].tokens, longest: longest, count: min(settings.tokens, room))
        texts[index].drafts = found
        texts[index].laws = found.map { .certain($0) }
      }
    case .model: try await proposeByModel(&texts, live)
    }
  }

  private mutating func proposeByModel(_ texts: inout [Text], _ live: [Int]) async throws {
    guard var model = draft else { return }
    defer { draft = model }
    var chains = texts.map(\.adapters)
    var states: [Int: ModelState] = [:]
    for step in 0..<settings.tokens {
      let going = live.filter { index in
        let text = texts[index]
        return text.tokens.count + step + 1 < settings.maximumNewTokens && text.drafts.count == step
          && !(text.drafts.last.map { isEnd[$0] } ?? false)
      }
      if going.isEmpty { break }
      let inputs = going.map { index in
        step == 0
          ? ForwardInput(texts[index].draft!.state, tokens: texts[index].draft!.unread)
          : ForwardInput(states[index]!, texts[index].drafts[step - 1])
      }
      let output = try await model.forward(inputs)
      for (row, index) in going.enumerated() {
        states[index] = output.states[row]
        let tokens = texts[index].tokens + texts[index].drafts
        let law = try law(output.logits, row: row, &chains[index], after: tokens, number: texts[index].number)
        if settings.isGreedy {
          texts[index].drafts.append(law.best)
          texts[index].laws.append(.certain(law.best))
        } else {
          let token = Acceptance.draw(random(texts[index].number, step: tokens.count).uniform(draw: 250), from: law.probabilities)
          chains[index].accept(token, logProbability: log(law.probabilities[token]))
          texts[index].drafts.append(token)
          texts[index].laws.append(.probabilities(law.probabilities))
        }
      }
    }
    // The draft has read all but the last of what it drafted.
    for index in live {
      if let state = states[index] { texts[index].draftState = state }
    }
  }

  /// Lets the model read what was drafted, takes what it agrees with, and adds a token of its own.
  private mutating func verify(_ texts: inout [Text], _ live: [Int]) async throws {
    let inputs = live.map { ForwardInput(texts[$0].target.state, tokens: texts[$0].target.unread + texts[$0].drafts) }
    let output = try await target.forward(inputs, rows: .all)
    var firstRow = 0
    for (place, index) in live.enumerated() {
      var text = texts[index]
      let row = firstRow + text.target.unread.count - 1
      firstRow += inputs[place].tokens.count
      var taken = 0
      while taken < text.drafts.count, !text.isFinished, try take(&text, output.logits, row: row + taken, draft: taken) { taken += 1 }
      // Where all was taken, the row after the last drafted token gives one more.
      if taken == text.drafts.count, !text.isFinished { try choose(&text, output.logits, row: row + taken) }
      drafted += text.drafts.count
      accepted += taken
      let written = text.tokens.last!
      let isOwn = text.tokens.count > texts[index].tokens.count + taken
      text.target.hasRead(output.states[place], drafted: text.drafts[...], accepted: taken, model: target.model)
      if isOwn { text.target.append(written) }
      if let state = text.draftState, text.draft != nil {
        let read = text.drafts.dropLast()
        text.draft!.hasRead(state, drafted: read, accepted: min(taken, read.count), model: draft!.model)
        if taken > read.count, let last = text.drafts.last { text.draft!.append(last) }
      } else {
        for token in text.drafts.prefix(taken) { text.draft?.append(token) }
      }
      text.draftState = nil
      if isOwn { text.draft?.append(written) }
      texts[index] = text
    }
  }

  /// Takes a drafted token, or draws another one in its place; says whether it was taken.
  private func take(_ text: inout Text, _ logits: Logits, row: Int, draft: Int) throws -> Bool {
    let token = text.drafts[draft]
    let law = try law(logits, row: row, &text.adapters, after: text.tokens, number: text.number)
    if settings.isGreedy {
      write(law.best, law, to: &text)
      return law.best == token
    }
    let random = random(text.number, step: text.tokens.count)
    if random.uniform(draw: 251) < Acceptance.probability(of: token, target: law.probabilities, draft: text.laws[draft]) {
      write(token, law, to: &text)
      return true
    }
    let residual = Acceptance.residual(target: law.probabilities, draft: text.laws[draft])
    write(Acceptance.draw(random.uniform(draw: 252), from: residual), law, to: &text)
    return false
  }

  /// Writes a token of the model's own.
  private func choose(_ text: inout Text, _ logits: Logits, row: Int) throws {
    let law = try law(logits, row: row, &text.adapters, after: text.tokens, number: text.number)
    let token =
      settings.isGreedy
      ? law.best : Acceptance.draw(random(text.number, step: text.tokens.count).uniform(draw: 252), from: law.probabilities)
    write(token, law, to: &text)
    if text.target.unread.isEmpty, text.tokens.count == 1 {
      text.target.append(token)
      text.draft?.append(token)
    }
  }

  private func write(_ token: Int, _ law: TokenLaw, to text: inout Text) {
    text.tokens.append(token)
    text.scores.append(law.own.logProbability(of: token))
    if !settings.isGreedy {
      let adapted = log(law.probabilities[token])
      text.adaptedScores.append(adapted)
      text.adapters.accept(token, logProbability: adapted)
    }
    text.isFinished = isEnd[token] || text.tokens.count == settings.maximumNewTokens
  }

  private func random(_ number: Int, step: Int) -> RandomStream { RandomStream(seed: seed, prompt: prompt, sample: number, step: step) }

  /// What comes next after a text, as the adapters leave it.
  private func law(_ logits: Logits, row: Int, _ chain: inout AdapterChain, after tokens: [Int], number: Int) throws -> TokenLaw {
    let own = try NextToken(logits, row: row, afterTokens: prompt.count + tokens.count)
    if settings.isGreedy { return TokenLaw(own: own, best: own.mostProbable(1)[0].token, probabilities: []) }
    let position = Position(prompt: prompt, generated: tokens, random: random(number, step: tokens.count))
    let candidates = try chain.candidates(own, at: position)
    var probabilities = [Double](repeating: 0, count: logits.vocabularySize)
    for (token, probability) in zip(candidates.tokens, candidates.probabilities) { probabilities[token] = probability }
    return TokenLaw(own: own, best: -1, probabilities: probabilities)
  }
}

/// The distribution of a token: the most probable one for a greedy strategy, else all probabilities after adapters.
private struct TokenLaw {
  let own: NextToken
  let best: Int
  /// `[vocabulary]`.
  let probabilities: [Double]
}
