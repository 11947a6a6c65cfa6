import Testing

internal import CKernels

@testable import Layers
@testable import Tensors

private let text = Array("the quick brown fox jumps over the lazy dog and the dog sleeps over the fox ".utf8).map { Int($0) }

/// Trains on one line, 12 sequences of 16 bytes at a time, and returns the losses in nats.
private func train(
  _ architecture: Architecture, steps: Int, rate: Double = 3e-3, precision: MatrixPrecision = .float32
) throws -> (network: Network, losses: [Float]) {
  let network = architecture.initialized(seed: 5)
  network.precision = precision
  let optimizer = AdamW(network.parameters)
  var losses: [Float] = []
  for step in 0..<steps {
    let random = RandomSource(seed: 9).child("step", step)
    var places = random.child("places")
    let batch = TokenBatch(
      (0..<12).map { _ in
        let start = Int.random(in: 0..<text.count - 16, using: &places)
        return Array(text[start..<start + 16])
      })
    let loss = try network.loss(batch, targets: batch.nextTokens, dropout: random)
    losses.append(loss.item)
    loss.backward()
    optimizer.step(learningRate: rate, maximumGradientNorm: 1)
  }
  return (network, losses)
}

@Suite(.serialized) struct TrainingTests {
  private func tiny() throws -> Architecture {
    try .gpt2(vocabularySize: 128, context: 16, width: 32, layers: 2, heads: 2, dropout: 0.1)
  }

  @Test("A small GPT learns a line by heart")
  func learning() throws {
    let (network, losses) = try train(tiny(), steps: 120)
    #expect(abs(losses[0] - 4.85) < 0.2)
    #expect(losses.suffix(10).allSatisfy { $0 < 1.3 })
    let batch = TokenBatch([Array(text[0..<16])])
    let loss = try withoutGradients { () throws(ModelError) in try network.loss(batch, targets: batch.nextTokens) }
    #expect(loss.item < 1)
  }

  @Test("The same seed gives the same bytes, whatever the number of threads")
  func determinism() throws {
    let threads = ck_threads()
    defer { ck_set_threads(threads) }
    var results: [[[Float]]] = []
    for precision in MatrixPrecision.allCases {
      for count in [1, 2, 3] {
        ck_set_threads(Int32(count))
        results.append(try train(tiny(), steps: 3, precision: precision).network.parameters.map(\.values))
      }
    }
    #expect(results[0] == results[1] && results[0] == results[2])
    #expect(results[3] == results[4] && results[3] == results[5])
    #expect(results[0] != results[3])
  }

  @Test("In bfloat16 a small GPT learns the line as well as in single precision")
  func bfloat16() throws {
    let (exact, rounded) = (try train(tiny(), steps: 60).losses, try train(tiny(), steps: 60, precision: .bfloat16).losses)
    for (a, b) in zip(exact, rounded) {
      let difference: Float = abs(a - b)
      #expect(difference < 0.1 + 0.05 * a, "\(a) and \(b)")
    }
    func last(_ losses: [Float]) -> Float { losses.suffix(10).reduce(0, +) / 10 }
    #expect(abs(last(exact) - last(rounded)) < 0.05)
  }

  @Test("One line changes pre-norm to post-norm, or learned positions to rotary ones, and the result trains")
  func oneLine() throws {
    let postNorm = try Architecture(vocabularySize: 128, context: 16, width: 32) {
      TokenEmbedding()
      PositionEmbedding()
      Repeated(2) {
        Residual { SelfAttention(heads: 2, mask: .causal) }
        LayerNorm()
        Residual { FeedForward() }
        LayerNorm()
      }
      TiedHead()
    }
    let rotary = try Architecture(vocabularySize: 128, width: 32) {
      TokenEmbedding()
      RotaryPositions()
      Repeated(2) {
        Residual {
          LayerNorm(); SelfAttention(heads: 2, mask: .causal)
        }
        Residual {
          LayerNorm(); FeedForward()
        }
      }
      LayerNorm()
      TiedHead()
    }
    for architecture in [postNorm, rotary] {
      let losses = try train(architecture, steps: 60).losses
      #expect(losses[0] > 4.5)
      #expect(losses.suffix(5).allSatisfy { $0 < 2.3 }, "\(losses.suffix(5))")
    }
  }

  @Test("A soft prompt of two vectors learns to change a frozen model's answer")
  func softPrompt() throws {
    let network = try train(tiny(), steps: 60).network
    for parameter in network.parameters { parameter.isTrainable = false }
    let prompt = Parameter(name: "prompt", Tensor.normal([2, 32], deviation: 0.1, using: RandomSource(seed: 2)))
    let optimizer = AdamW([prompt])
    let batch = TokenBatch([Array("the".utf8).map { Int($0) }])
    var losses: [Float] = []
    for _ in 0..<60 {
      let loss = try network.loss(batch, targets: [-1, -1, 120], prefix: prompt.leaf)
      losses.append(loss.item)
      loss.backward()
      optimizer.step(learningRate: 0.1)
    }
    #expect(losses[59] < losses[0] - 0.5, "\(losses[0]) to \(losses[59])")
    #expect(network.parameters.allSatisfy { $0.gradient == nil })
  }
}
