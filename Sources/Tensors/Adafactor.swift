internal import CTraining

/// Adafactor (Shazeer and Stern 2018): running means of squared gradients for rows and columns instead of for every weight, as T5 was
/// trained; agrees with `transformers.Adafactor`.
///
/// Its steps may follow the size of the weights and the number of the step by themselves (`scalesByParameter`, and
/// ``relativeLearningRate(at:hasWarmup:)`` as the learning rate).
public final class Adafactor: Optimizer {
  public let parameters: [Parameter]
  public var steps = 0
  public var state: [[String: Tensor]]
  private let epsilon: (squares: Float, scale: Double)
  private let clipping: Double
  private let decayExponent: Double
  private let beta1: Double?
  private let weightDecay: Double
  private let scalesByParameter: Bool
  private let scope: WeightDecayScope

  /// - Parameters:
  ///   - squaresEpsilon: added to squared gradients.
  ///   - scaleEpsilon: the least root mean square that counts where steps follow the size of the weights.
  ///   - clippingThreshold: the largest root mean square of an update.
  ///   - decayExponent: the running means keep 1 − step^exponent.
  ///   - beta1: how much of a running mean of updates is kept; nil for none, which saves its memory.
  ///   - scalesByParameter: whether the learning rate is multiplied by the root mean square of the parameter.
  public init(
    _ parameters: [Parameter], squaresEpsilon: Double = 1e-30, scaleEpsilon: Double = 1e-3, clippingThreshold: Double = 1,
    decayExponent: Double = -0.8, beta1: Double? = nil, weightDecay: Double = 0, scalesByParameter: Bool = true,
    decaying scope: WeightDecayScope = .matrices
  ) {
    precondition(clippingThreshold > 0, "Adafactor's clipping threshold is positive, not \(clippingThreshold)")
    self.parameters = parameters
    epsilon = (Float(squaresEpsilon), scaleEpsilon)
    clipping = clippingThreshold
    self.decayExponent = decayExponent
    self.beta1 = beta1
    self.weightDecay = weightDecay
    self.scalesByParameter = scalesByParameter
    self.scope = scope
    state = Array(repeating: [:], count: parameters.count)
  }

  /// min(0.01, 1/√step), or with a warm-up min(10⁻⁶ · step, 1/√step): the paper's learning rate, for `scalesByParameter`.
  public static func relativeLearningRate(at step: Int, hasWarmup: Bool = false) -> Double {
    min(hasWarmup ? 1e-6 * Double(step) : 1e-2, 1 / Double(max(step, 1)).squareRoot())
  }

  public func update(_ index: Int, learningRate: Double, gradientFactor: Float) {
    let parameter = parameters[index]
    let isFactored = parameter.shape.count >= 2
    let width = isFactored ? parameter.shape.last! : parameter.count
    let rows = isFactored ? parameter.count / width : 0
    if state[index].isEmpty {
      state[index] = [
        "rows": Tensor(repeating: 0, shape: [rows]), "columns": Tensor(repeating: 0, shape: [width]), "steps": Tensor([0], shape: []),
      ]
      if beta1 != nil { state[index]["mean"] = Tensor(repeating: 0, shape: parameter.shape) }
    }
    guard let rowMeans = state[index]["rows"], let columnMeans = state[index]["columns"], let steps = state[index]["steps"] else {
      preconditionFailure("the state of «\(parameter.name)» is not one of Adafactor's")
    }
    steps.pointer[0] += 1
    var rate = learningRate
    let count = parameter.count
    if scalesByParameter {
      rate *= max(epsilon.scale, (ct_sum_of_squares(parameter.pointer, count) / Double(count)).squareRoot())
    }
    let kept = 1 - power(Double(steps.pointer[0]), decayExponent)
    let update = Storage(count: count)
    ct_adafactor_update(
      parameter.gradientPointer!, gradientFactor, Int32(rows), Int32(width), Float(kept), epsilon.squares, rowMeans.pointer,
      columnMeans.pointer, update.pointer)
    let size = (ct_sum_of_squares(update.pointer, count) / Double(count)).squareRoot()
    ct_scale(Float(rate / max(1, size / clipping)), update.pointer, count, update.pointer)
    var step = update.pointer
    if let beta1, let mean = state[index]["mean"] {
      ct_scale(Float(beta1), mean.pointer, count, mean.pointer)
      ct_add_scaled(Float(1 - beta1), update.pointer, count, mean.pointer)
      step = mean.pointer
    }
    if weightDecay != 0, scope.includes(parameter) {
      ct_scale(Float(1 - weightDecay * rate), parameter.pointer, count, parameter.pointer)
    }
    ct_add_scaled(-1, step, count, parameter.pointer)
  }
}
