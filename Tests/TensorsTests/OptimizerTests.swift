import Foundation
import Testing

@testable import Tensors

/// The steps of torch's and transformers' optimizers: see make_fixtures.py.
private struct Expected: Decodable {
  struct Step: Decodable {
    let gradients: [[Float]]
    let norm: Double
    let matrix: [Float]
    let vector: [Float]
  }
  let matrix: [Float]
  let vector: [Float]
  let steps: [Step]
}

private let fixtures = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appendingPathComponent("Fixtures/optimizers.json")

private func fixture(_ name: String) throws -> Data {
  let whole = try JSONSerialization.jsonObject(with: Data(contentsOf: fixtures)) as? [String: Any]
  return try JSONSerialization.data(withJSONObject: #require(whole?[name]))
}

@Suite struct OptimizerTests {
  @Test("One step of gradient descent subtracts rate times gradient")
  func byHand() {
    let weight = Parameter(name: "weight", Tensor([1, 2]))
    (weight.leaf * weight.leaf).sum().backward()
    SGD([weight]).step(learningRate: 0.25)
    #expect(weight.values == [0.5, 1])
    #expect(weight.gradient == nil)
  }

  @Test(
    "Steps agree with torch's and transformers', gradients clipped to a norm of 1.5",
    arguments: ["sgd", "sgd-momentum", "sgd-nesterov", "adam", "adamw", "adafactor", "adafactor-relative"])
  func oracle(_ name: String) throws {
    let expected = try JSONDecoder().decode(Expected.self, from: fixture(name))
    let matrix = Parameter(name: "matrix", Tensor(expected.matrix, shape: [3, 5]))
    let vector = Parameter(name: "vector", Tensor(expected.vector))
    let both = [matrix, vector]
    let optimizer: any Optimizer
    var rate = 0.02
    switch name {
    case "sgd": (optimizer, rate) = (SGD(both), 0.05)
    case "sgd-momentum": (optimizer, rate) = (SGD(both, momentum: 0.9, weightDecay: 0.1, decaying: .all), 0.05)
    case "sgd-nesterov": (optimizer, rate) = (SGD(both, momentum: 0.9, isNesterov: true), 0.05)
    case "adam": optimizer = Adam(both, weightDecay: 0.1, decaying: .all)
    case "adamw": optimizer = AdamW(both, beta1: 0.8, beta2: 0.95, weightDecay: 0.1, decaying: .all)
    case "adafactor": optimizer = Adafactor(both, weightDecay: 0.01, scalesByParameter: false, decaying: .all)
    default: optimizer = Adafactor(both, beta1: 0.9)
    }
    for (index, step) in expected.steps.enumerated() {
      for (parameter, gradient) in zip(both, step.gradients) {
        // The gradient of this product is the fixture's.
        (parameter.leaf * Tensor(gradient, shape: parameter.shape)).sum().backward()
      }
      let relative = name == "adafactor-relative" ? Adafactor.relativeLearningRate(at: index + 1) : rate
      let norm = try #require(optimizer.step(learningRate: relative, maximumGradientNorm: 1.5))
      #expect(abs(norm - step.norm) < 1e-5 * step.norm)
      let pairs = zip(matrix.values + vector.values, step.matrix + step.vector)
      #expect(pairs.allSatisfy { abs($0 - $1) < 2e-6 }, "step \(index)")
    }
  }

  @Test("Schedules agree with transformers'")
  func schedules() throws {
    let expected = try JSONDecoder().decode([String: [Double]].self, from: fixture("schedules"))
    let linear = LearningRateSchedule.linear(peak: 0.5, warmup: 5, total: 20)
    let cosine = LearningRateSchedule.cosine(peak: 0.5, warmup: 5, total: 20)
    for step in 0..<25 {
      #expect(abs(linear.learningRate(at: step) - expected["linear"]![step]) < 1e-12)
      // transformers lets the cosine rise again after its end; here it stays at the end.
      if step <= 20 { #expect(abs(cosine.learningRate(at: step) - expected["cosine"]![step]) < 1e-12) }
    }
    #expect(cosine.learningRate(at: 100) == 0)
    #expect(LearningRateSchedule.inverseSquareRoot(peak: 1, warmup: 4).learningRate(at: 16) == 0.5)
  }

  @Test("A frozen parameter stays, its neighbour in the same tensor moves")
  func freezing() {
    let parts = Parameter.joined([("a", 1), ("b", 2)], in: Tensor([1, 2, 3]))
    parts[0].isTrainable = false
    (parts[0].leaf * parts[0].leaf).sum().backward()
    #expect(parts[0].gradient == nil)
    #expect(parts[1].gradient == [4, 6])
    SGD(parts).step(learningRate: 0.5)
    #expect(parts[0].values == [1])
    #expect(parts[1].values == [0, 0])
    parts[1].isTrainable = false
    #expect(!parts[0].leaf.isTracked)
  }
}
