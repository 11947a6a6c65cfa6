import LanguageModels

/// A model whose every call is written to a ledger; what strategies talk to.
struct MeteredModel {
  let model: any LanguageModel
  private var written = Ledger()
  private let start = ContinuousClock.now

  init(_ model: any LanguageModel) { self.model = model }

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
    written.forwardCalls += 1
    written.batches += 1
    written.tokensRead += prompt.count
    let output = try await model.read([prompt])
    written.add(output.cost)
    return output
  }

  /// Advances hypotheses, each by its tokens. An interrupt is heard here, once per call.
  mutating func forward(_ inputs: [ForwardInput], rows: ForwardRows = .last) async throws -> ForwardOutput {
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
