import Testing

@testable import Tensors

/// A small tensor of draws that a test can differentiate by.
func draws(_ shape: [Int], _ seed: UInt64) -> Tensor {
  let tensor = Tensor.normal(shape, using: RandomSource(seed: seed))
  tensor.requiresGradient = true
  return tensor
}

/// The largest difference between the gradient that `backward()` leaves and the one of central differences, relative to its size.
func gradientError(_ inputs: [Tensor], step: Float = 1e-2, _ function: () -> Tensor) -> Float {
  for input in inputs { input.clearGradient() }
  // Weights of their own for every output, so that errors cannot cancel in a plain sum.
  func loss() -> Tensor {
    let output = function()
    return (output * Tensor.normal(output.shape, using: RandomSource(seed: 99))).sum()
  }
  loss().backward()
  var worst: Float = 0
  for input in inputs {
    guard let gradient = input.gradient?.elements else { return .infinity }
    var size: Float = 1e-3
    var error: Float = 0
    for i in 0..<input.count {
      let value = input.pointer[i]
      input.pointer[i] = value + step
      let above = withoutGradients { loss().item }
      input.pointer[i] = value - step
      let below = withoutGradients { loss().item }
      input.pointer[i] = value
      let slope = (above - below) / (2 * step)
      error = max(error, abs(slope - gradient[i]))
      size = max(size, abs(slope))
    }
    worst = max(worst, error / size)
  }
  return worst
}

@Suite struct GradientTests {
  @Test("The gradient of a sum of squares is twice the vector")
  func sumOfSquares() {
    let x = Tensor([1, 2, 3], requiresGradient: true)
    let y = (x * x).sum()
    y.backward()
    #expect(y.item == 14)
    #expect(x.gradient?.elements == [2, 4, 6])
  }

  @Test("A second backward pass adds to the gradient, and clearing starts at zero")
  func accumulation() {
    let x = Tensor([1, 2], requiresGradient: true)
    (x * x).sum().backward()
    (x * x).sum().backward()
    #expect(x.gradient?.elements == [4, 8])
    x.clearGradient()
    #expect(x.gradient == nil)
  }

  @Test("A tensor that is used twice gets both gradients, and one summand's gradient is not the other's memory")
  func sharing() {
    let a = Tensor([1, 2], requiresGradient: true)
    let b = Tensor([3, 4], requiresGradient: true)
    let sum = a + b
    (sum * sum + a).sum().backward()
    #expect(a.gradient?.elements == [9, 13])
    #expect(b.gradient?.elements == [8, 12])
  }

  @Test("Nothing is recorded without gradients")
  func withoutRecording() {
    let x = Tensor([1], requiresGradient: true)
    #expect(withoutGradients { (x * x).isTracked } == false)
    #expect((x * x).isTracked)
  }

  @Test("Gradients of arithmetic agree with finite differences", arguments: 0..<5)
  func arithmetic(_ seed: Int) {
    let seed = UInt64(seed)
    let (a, b, c) = (draws([2, 3, 4], seed), draws([2, 3, 4], seed + 10), draws([4], seed + 20))
    #expect(gradientError([a, b, c]) { (a + b) * c - b * a + 0.5 * c0(c, like: a) } < 2e-3)
    #expect(gradientError([a]) { a.mean() } < 2e-3)
  }

  private func c0(_ c: Tensor, like a: Tensor) -> Tensor { Tensor(repeating: 1, shape: a.shape) * c }

  @Test("Gradients of products agree with finite differences", arguments: 0..<3)
  func products(_ seed: Int) {
    let seed = UInt64(seed)
    let (x, w, b, m) = (draws([2, 3, 5], seed), draws([7, 5], seed + 1), draws([7], seed + 2), draws([5, 4], seed + 3))
    #expect(gradientError([x, w, b]) { x.linear(w, bias: b) } < 2e-3)
    #expect(gradientError([x, m]) { x.matrixProduct(m) } < 2e-3)
  }

  @Test("Gradients of activations agree with finite differences", arguments: Activation.allCases)
  func activations(_ activation: Activation) {
    let x = draws([5, 8], 3)
    // Away from the kink of ReLU.
    for i in 0..<x.count where abs(x.pointer[i]) < 0.05 { x.pointer[i] += 0.2 }
    #expect(gradientError([x]) { x.activated(by: activation) } < 2e-3)
    #expect(gradientError([x]) { x.gated(by: activation) } < 2e-3)
  }

  @Test("Gradients of norms and softmax agree with finite differences", arguments: 0..<3)
  func rows(_ seed: Int) {
    let seed = UInt64(seed)
    let (x, w, b) = (draws([3, 6], seed), draws([6], seed + 1), draws([6], seed + 2))
    #expect(gradientError([x, w, b]) { x.layerNormalized(weight: w, bias: b) } < 5e-3)
    #expect(gradientError([x, w]) { x.rootMeanSquareNormalized(weight: w) } < 5e-3)
    #expect(gradientError([x]) { x.softmax() } < 5e-3)
  }

  @Test("Gradients of looking up, joining and averaging rows agree with finite differences")
  func lookup() {
    let (table, a, b) = (draws([5, 3], 1), draws([2, 2, 3], 2), draws([2, 1, 3], 3))
    #expect(gradientError([table]) { table.gathered([4, 0, 4, 2]) } < 2e-3)
    #expect(gradientError([a, b]) { .concatenatedInTime([a, b]) } < 2e-3)
    #expect(gradientError([table]) { table.means(ofRows: [0..<1, 1..<4, 2..<2]) } < 2e-3)
  }

  @Test("Gradients of the cross-entropy agree with finite differences, with rows that do not count")
  func crossEntropy() {
    let (x, w, b) = (draws([6, 4], 1), draws([5, 4], 2), draws([5], 3))
    let targets: [Int32] = [0, -1, 4, 2, -1, 2]
    #expect(gradientError([x, w, b]) { x.linear(w, bias: b).crossEntropy(targets) } < 5e-3)
    #expect(gradientError([x, w, b]) { x.linearCrossEntropy(w, bias: b, scale: 1, targets: targets) } < 5e-3)
    #expect(gradientError([x, w]) { x.linearCrossEntropy(w, scale: 0.5, targets: [0, 1, 4, 2, 3, 2]) } < 5e-3)
  }

  @Test("The fused cross-entropy is the cross-entropy of the linear layer, over more rows than it takes at a time")
  func fusedLoss() {
    let (x, w, b) = (draws([1100, 8], 1), draws([11, 8], 2), draws([11], 3))
    let targets = (0..<1100).map { Int32($0 % 7 == 3 ? -1 : $0 % 11) }
    let plain = x.linear(w, bias: b).crossEntropy(targets)
    plain.backward()
    let expected = [x, w, b].map { $0.gradient!.elements }
    for input in [x, w, b] { input.clearGradient() }
    let fused = x.linearCrossEntropy(w, bias: b, targets: targets)
    #expect(abs(fused.item - plain.item) < 1e-5)
    (2 * fused).backward()
    for (input, expected) in zip([x, w, b], expected) {
      #expect(zip(input.gradient!.elements, expected).allSatisfy { abs($0 - 2 * $1) < 1e-6 })
    }
  }

  @Test(
    "Gradients of attention agree with finite differences",
    arguments: [(true, 2, 0.0), (false, 1, 0.0), (true, 4, 0.25), (false, 2, 0.5)])
  func attention(_ isCausal: Bool, _ keyValueHeads: Int, _ dropout: Double) {
    let size = 3
    let joined = draws([2, 5, (4 + 2 * keyValueHeads) * size], 5)
    let bias = draws([4, 9], 6)
    var options = AttentionOptions(
      heads: 4, keyValueHeads: keyValueHeads, scale: 0.6, isCausal: isCausal, visibleKeys: [0..<5, 0..<3])
    options.dropout = Float(dropout)
    options.seed = 11
    let fixed = options
    #expect(gradientError([joined, bias]) { .selfAttention(joined, bias: bias, options: fixed) } < 5e-3)
  }

  @Test("Gradients of attention to another sequence and of rotary positions agree with finite differences")
  func crossAttention() {
    let (queries, memory) = (draws([2, 3, 8], 1), draws([2, 4, 16], 2))
    let options = AttentionOptions(heads: 2, scale: 0.5, isCausal: false, visibleKeys: [0..<4, 0..<2])
    #expect(gradientError([queries, memory]) { .crossAttention(queries, memory, options: options) } < 5e-3)
    #expect(gradientError([queries]) { queries.rotated(heads: 1, size: 4) } < 2e-3)
  }

  @Test("Gradients of dropout are those of the elements that stay")
  func dropout() {
    let x = draws([40, 5], 1)
    let stream = RandomSource(seed: 3)
    #expect(gradientError([x]) { x.dropout(0.4, using: stream) } < 2e-3)
  }
}
