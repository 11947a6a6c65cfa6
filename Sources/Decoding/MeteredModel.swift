import LanguageModels

/// A model whose every call is written to a ledger; what strategies talk to.
struct MeteredModel {
  let model: any LanguageModel
  private(set) var ledger = Ledger()

  init(_ model: any LanguageModel) { self.model = model }

  var vocabularySize: Int { model.vocabulary.count }

  /// Reads one prompt: one row, one state.
  mutating func read(_ prompt: [Int]) async throws -> ForwardOutput {
    for token in prompt where !(0..<vocabularySize).contains(token) {
      throw DecodingError.notAToken(token, vocabularySize: vocabularySize)
    }
    ledger.forwardCalls += 1
    ledger.batches += 1
    ledger.tokensRead += prompt.count
    return try await model.read([prompt])
  }

  /// Advances hypotheses by a token each. An interrupt is heard here, once per call.
  mutating func forward(_ inputs: [ForwardInput]) async throws -> ForwardOutput {
    try Task.checkCancellation()
    ledger.forwardCalls += inputs.count
    ledger.batches += 1
    ledger.tokensRead += inputs.reduce(0) { $0 + $1.tokens.count }
    return try await model.forward(inputs)
  }

  mutating func write(_ continuations: [Continuation]) {
    ledger.tokensWritten += continuations.reduce(0) { $0 + $1.tokens.count }
  }
}
