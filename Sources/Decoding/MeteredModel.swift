import LanguageModels

/// A model whose every call is written to a ledger, with the models that adapters compare it with; what strategies talk to.
struct MeteredModel {
  let model: any LanguageModel
  private let adapters: [any Adapter]
  private var companions: [Companion] = []
  private var written = Ledger()
  private let start = ContinuousClock.now

  /// - Parameter adapters: those of the strategy, in their order.
  init(_ model: any LanguageModel, adapters: [any Adapter] = []) {
    self.model = model
    self.adapters = adapters
  }

  /// What was written so far, with the time since the meter was set up.
  var ledger: Ledger {
    var ledger = written
    let (seconds, attoseconds) = (ContinuousClock.now - start).components
    ledger.seconds = Double(seconds) + Double(attoseconds) * 1e-18
    return ledger
  }

  var vocabularySize: Int { model.vocabulary.count }

  /// Reads one prompt: one row, one state.
  mutating func read(_ prompt: [Int]) async throws -> ForwardOutput {
    for token in prompt where !(0..<vocabularySize).contains(token) {
      throw DecodingError.notAToken(token, vocabularySize: vocabularySize)
    }
    companions = try adapters.flatMap { try ($0 as? any CompanionAdapter)?.companions(beside: model) ?? [] }
    var output = try await read(prompt, by: model)
    if companions.isEmpty { return output }
    var states: [ModelState] = []
    for companion in companions {
      let other = try await read(companion.tokens(for: prompt), by: companion.model)
      states.append(other.states[0])
      output.logits.companions.append(other.logits)
    }
    output.states[0] = ModelState(StateWithCompanions(own: output.states[0], others: states))
    return output
  }

  private mutating func read(_ prompt: [Int], by model: any LanguageModel) async throws -> ForwardOutput {
    written.forwardCalls += 1
    written.batches += 1
    written.tokensRead += prompt.count
    let output = try await model.read([prompt])
    written.add(output.cost)
    return output
  }

  /// Advances hypotheses, each by its tokens. An interrupt is heard here, once per call.
  mutating func forward(_ inputs: [ForwardInput], rows: ForwardRows = .last) async throws -> ForwardOutput {
    if companions.isEmpty { return try await forward(inputs, rows: rows, by: model) }
    let all = inputs.map { $0.state.content as! StateWithCompanions }
    var output = try await forward(zip(inputs, all).map { ForwardInput($1.own, tokens: $0.tokens) }, rows: rows, by: model)
    var states = output.states.map { StateWithCompanions(own: $0, others: []) }
    for (index, companion) in companions.enumerated() {
      let moved = zip(inputs, all).map { ForwardInput($1.others[index], tokens: $0.tokens) }
      let other = try await forward(moved, rows: rows, by: companion.model)
      for place in states.indices { states[place].others.append(other.states[place]) }
      output.logits.companions.append(other.logits)
    }
    output.states = states.map { ModelState($0) }
    return output
  }

  private mutating func forward(_ inputs: [ForwardInput], rows: ForwardRows, by model: any LanguageModel) async throws -> ForwardOutput {
    try Task.checkCancellation()
    written.forwardCalls += inputs.count
    written.batches += 1
    written.tokensRead += inputs.reduce(0) { $0 + $1.tokens.count }
    let output = try await model.forward(inputs, rows: rows)
    written.add(output.cost)
    return output
  }

  /// Writes down that a verifier, a checker of whole texts, a reward or a value function was asked.
  mutating func verify(calls: Int = 1) { written.verifierCalls += calls }

  mutating func write(_ continuations: [Continuation]) {
    written.tokensWritten += continuations.reduce(0) { $0 + $1.tokens.count }
  }
}

/// What a model and its companions remember of one hypothesis.
private struct StateWithCompanions: Sendable {
  var own: ModelState
  var others: [ModelState]
}
