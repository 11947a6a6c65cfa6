import Checkpoints
import Testing

@testable import Layers
@testable import Tensors

private func tinyGPT() throws -> Network {
  try Architecture.gpt2(vocabularySize: 40, context: 24, width: 16, layers: 2, heads: 2, dropout: 0).initialized(seed: 3)
}

private let batch = TokenBatch([[5, 6, 7, 8, 9], [3, 4]])

private func distance(_ a: [Float], _ b: [Float]) -> Float { zip(a, b).map { abs($0 - $1) }.max() ?? 0 }

@Suite(.serialized) struct AdapterTests {
  @Test("An adapter of low rank starts without effect, and equals the weight that its product is added to")
  func lowRank() throws {
    let network = try tinyGPT()
    let before = try network(batch).elements
    try network.addLowRank(rank: 2, alpha: 6, targets: ["attention.query", "attention.value", "feedForward.down"], seed: 1)
    #expect(try network(batch).elements == before)
    #expect(network.lowRankAdapters.count == 6)
    #expect(network.parameters.allSatisfy { !$0.isTrainable })
    for (index, adapter) in network.lowRankAdapters.enumerated() {
      adapter.up.values = Tensor.normal(adapter.up.shape, deviation: 0.1, using: RandomSource(seed: UInt64(index))).elements
    }
    let adapted = try network(batch).elements
    #expect(distance(adapted, before) > 0.01)
    let merged = try tinyGPT()
    for adapter in network.lowRankAdapters {
      let parameter = try #require(merged.parameter(adapter.target))
      let product = Tensor(adapter.up.values, shape: adapter.up.shape).matrixProduct(Tensor(adapter.down.values, shape: adapter.down.shape))
      parameter.values = (Tensor(parameter.values, shape: parameter.shape) + 3 * product).elements
    }
    #expect(distance(try merged(batch).elements, adapted) < 1e-4)
  }

  @Test("Only adapters get gradients, and the loss falls along them")
  func gradients() throws {
    let network = try tinyGPT()
    let parameters = try network.addLowRank(rank: 2, alpha: 4, targets: ["attention.value"], seed: 1)
    let optimizer = AdamW(parameters)
    var losses: [Float] = []
    for _ in 0..<30 {
      let loss = try network.loss(batch, targets: batch.nextTokens)
      losses.append(loss.item)
      loss.backward()
      #expect(network.parameters.allSatisfy { $0.gradient == nil })
      optimizer.step(learningRate: 0.02)
    }
    #expect(losses.last! < losses[0] - 0.1)
  }

  @Test("A target that is not there is refused with what there is")
  func missing() throws {
    let network = try tinyGPT()
    #expect(
      throws: ModelError(
        "LowRank(targets: [\"attention.queries\"])",
        "there is no such map; there are attention.key, attention.output, attention.query, attention.value, feedForward.down, feedForward.up, positions, tokens"
      )
    ) { try network.addLowRank(rank: 1, alpha: 1, targets: ["attention.queries"], seed: 1) }
  }

  @Test("Logits of chosen tokens are rows of all logits")
  func selection() throws {
    let network = try tinyGPT()
    let all = try network(batch).elements
    let some = try network.logits(batch, at: [TokenPlace(sequence: 1, token: 1), TokenPlace(sequence: 0, token: 4)]).elements
    #expect(distance(some, Array(all[(5 + 1) * 40..<(5 + 2) * 40]) + Array(all[4 * 40..<5 * 40])) < 1e-6)
  }

  @Test("Keys and values of real tokens as a prefix give what the tokens themselves give")
  func keyValuePrefix() throws {
    // One layer: there the keys and values of the first tokens follow from their embeddings alone.
    let network = try Architecture.gpt2(vocabularySize: 40, context: 24, width: 16, layers: 1, heads: 2, dropout: 0).initialized(seed: 3)
    let (head, tail) = ([7, 9, 11], [5, 6])
    let tokens = try #require(network.parameter("tokens.weight")).values
    let positions = try #require(network.parameter("positions.weight")).values
    let x = Tensor(
      head.enumerated().flatMap { place, token in (0..<16).map { tokens[token * 16 + $0] + positions[place * 16 + $0] } }, shape: [3, 16])
    func weight(_ name: String) throws -> Tensor {
      let parameter = try #require(network.parameter("layers.0.\(name)"))
      return Tensor(parameter.values, shape: parameter.shape)
    }
    let normed = x.layerNormalized(weight: try weight("norm.weight"), bias: try weight("norm.bias"))
    let keys = normed.linear(try weight("attention.key.weight"), bias: try weight("attention.key.bias"))
    let values = normed.linear(try weight("attention.value.weight"), bias: try weight("attention.value.bias"))
    let prefix = Tensor(repeating: 0, shape: [3, 32]).adding(keys, atColumn: 0).adding(values, atColumn: 16)
    let whole = try network(TokenBatch([head + tail])).elements
    let short = try network(TokenBatch([tail]), keyValuePrefix: [prefix]).elements
    #expect(distance(Array(whole[3 * 40..<5 * 40]), short) < 1e-5)
  }

  @Test("A prefix of keys and values learns")
  func prefixLearns() throws {
    let network = try Architecture.llama(vocabularySize: 40, width: 16, layers: 2, heads: 4, keyValueHeads: 2, innerWidth: 24).initialized(
      seed: 3)
    for parameter in network.parameters { parameter.isTrainable = false }
    let prefix = (0..<2).map {
      Parameter(name: "prefix.\($0)", Tensor.normal([3, 16], deviation: 0.3, using: RandomSource(seed: UInt64($0))))
    }
    let optimizer = AdamW(prefix)
    var losses: [Float] = []
    for _ in 0..<40 {
      let loss = try network.loss(batch, targets: batch.nextTokens, keyValuePrefix: prefix.map(\.leaf))
      losses.append(loss.item)
      loss.backward()
      optimizer.step(learningRate: 0.05)
    }
    #expect(losses.last! < losses[0] - 0.1)
  }

  @Test("Several outputs after one reading give what each gives by itself")
  func outputs() throws {
    let t5 = try Architecture.t5(
      vocabularySize: 30, width: 16, headWidth: 8, encoderLayers: 1, heads: 2, innerWidth: 24, dropout: 0
    ).initialized(seed: 1)
    let first = TokenBatch([[0, 4], [0, 5]])
    let second = TokenBatch([[0], [0]])
    let together = try t5.logits(
      reading: batch,
      outputs: [
        (first, [TokenPlace(sequence: 0, token: 1), TokenPlace(sequence: 1, token: 1)]), (second, [TokenPlace(sequence: 1, token: 0)]),
      ])
    let alone = try t5(batch, decoder: first).elements
    #expect(distance(together[0].elements, Array(alone[30..<60]) + Array(alone[90..<120])) < 1e-5)
    #expect(distance(together[1].elements, Array(alone[60..<90])) < 1e-5)
  }

  @Test("BERT's two losses of pretraining both learn")
  func pretraining() throws {
    let bert = try Architecture.bert(
      .pretraining, vocabularySize: 30, context: 16, width: 16, layers: 1, heads: 2, innerWidth: 32, dropout: 0
    ).initialized(seed: 2)
    let optimizer = AdamW(bert.parameters)
    let targets: [Int32] = batch.ids.enumerated().map { $0.offset == 1 || $0.offset == 6 ? $0.element : -1 }
    var losses: [(Float, Float)] = []
    for _ in 0..<40 {
      let (masked, next) = try bert.pretrainingLosses(batch, targets: targets, nextSentence: [0, 1])
      losses.append((masked.item, next.item))
      (masked + next).backward()
      optimizer.step(learningRate: 0.01)
    }
    #expect(abs(losses[0].1 - 0.693) < 0.05)
    #expect(losses.last!.0 < 0.5 && losses.last!.1 < 0.1)
    #expect(try bert.nextSentenceLogits(batch).shape == [2, 2])
  }
}
