import Tensors

/// A token of a batch: its sequence, and its place there, counted without any prompt vectors ahead.
public struct TokenPlace: Sendable, Equatable {
  public let sequence: Int
  public let token: Int

  public init(sequence: Int, token: Int) {
    self.sequence = sequence
    self.token = token
  }
}

extension Network {
  /// Logits of some tokens only, `[places, vocabulary]`: for a large vocabulary most of the work of a short text is the head's.
  public func logits(
    _ batch: TokenBatch, at places: [TokenPlace], prefix: Tensor? = nil, keyValuePrefix: [Tensor] = []
  ) throws(ModelError) -> Tensor {
    let pass = Pass(tokens: batch, decoderTokens: nil, random: nil, prefix: prefix, keyValuePrefix: keyValuePrefix)
    return try last(try run(Array(plans.dropLast()), Tensor([]), pass), places, ahead: prefix?.shape[0] ?? 0, pass)
  }

  /// Logits of some tokens of several outputs after the same inputs, which are read once.
  ///
  /// - Parameter outputs: what the decoder reads, a sequence for each of the inputs, and the places whose logits are wanted.
  public func logits(
    reading batch: TokenBatch, outputs: [(tokens: TokenBatch, places: [TokenPlace])], prefix: Tensor? = nil
  ) throws(ModelError) -> [Tensor] {
    let pass = Pass(tokens: batch, decoderTokens: nil, random: nil, prefix: prefix)
    guard let first = plans.first, plans.count == 3 else {
      throw ModelError(architecture.name, "has no encoder, decoder and head one after the other")
    }
    _ = try run([first], Tensor([]), pass)
    var results: [Tensor] = []
    for output in outputs {
      let inner = Pass(tokens: batch, decoderTokens: output.tokens, random: nil)
      inner.memory = pass.memory
      results.append(try last(try run([plans[1]], Tensor([]), inner), output.places, ahead: 0, inner))
    }
    return results
  }

  /// Keys and values of a text in every attention layer, `[time, 2 · keyValueHeads · size]`: what a prefix of the text would be.
  public func keysAndValues(of tokens: [Int]) throws(ModelError) -> [Tensor] {
    let pass = Pass(tokens: TokenBatch([tokens]), decoderTokens: nil, random: nil)
    pass.keptKeysAndValues = []
    _ = try run(Array(plans.dropLast()), Tensor([]), pass)
    return pass.keptKeysAndValues ?? []
  }

  /// What flows into the last layer: features of the input, `[batch, width]` before a classifier.
  public func features(_ batch: TokenBatch) throws(ModelError) -> Tensor {
    try run(Array(plans.dropLast()), Tensor([]), Pass(tokens: batch, decoderTokens: nil, random: nil))
  }

  /// The loss of the last layer alone on ``features(_:)`` that were computed before.
  public func loss(features: Tensor, targets: [Int32]) throws(ModelError) -> Tensor {
    try logits(features: features).crossEntropy(targets)
  }

  /// The last layer alone on ``features(_:)`` that were computed before.
  public func logits(features: Tensor) throws(ModelError) -> Tensor {
    guard let head = plans.last else { throw ModelError(architecture.name, "has no layers") }
    return try run([head], features, Pass(tokens: TokenBatch([[0]]), decoderTokens: nil, random: nil))
  }

  private func last(_ x: Tensor, _ places: [TokenPlace], ahead: Int, _ pass: Pass) throws(ModelError) -> Tensor {
    guard let head = plans.last else { throw ModelError(architecture.name, "has no layers") }
    let time = x.shape[1]
    let rows = places.map { Int32($0.sequence * time + ahead + $0.token) }
    return try run([head], x.reshaped(to: [x.shape[0] * time, x.shape[2]]).gathered(rows), pass)
  }
}
