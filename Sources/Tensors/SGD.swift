internal import CTraining

/// Stochastic gradient descent, with momentum where wanted; agrees with `torch.optim.SGD`.
public final class SGD: Optimizer {
  public let parameters: [Parameter]
  public var steps = 0
  public var state: [[String: Tensor]]
  private let momentum: Float
  private let dampening: Float
  private let isNesterov: Bool
  private let weightDecay: Float
  private let scope: WeightDecayScope

  /// - Parameters:
  ///   - momentum: in `0..<1`; 0 for none (Sutskever et al. 2013).
  ///   - dampening: what is taken from the gradient when it enters the momentum.
  ///   - isNesterov: whether to look ahead by the momentum.
  ///   - weightDecay: added to the gradient, times the value.
  public init(
    _ parameters: [Parameter], momentum: Double = 0, dampening: Double = 0, isNesterov: Bool = false, weightDecay: Double = 0,
    decaying scope: WeightDecayScope = .matrices
  ) {
    precondition((0..<1).contains(momentum), "a momentum is in 0..<1, not \(momentum)")
    precondition(!isNesterov || momentum > 0, "Nesterov's rule needs a momentum above 0")
    self.parameters = parameters
    self.momentum = Float(momentum)
    self.dampening = Float(dampening)
    self.isNesterov = isNesterov
    self.weightDecay = Float(weightDecay)
    self.scope = scope
    state = Array(repeating: [:], count: parameters.count)
  }

  public func update(_ index: Int, learningRate: Double, gradientFactor: Float) {
    let parameter = parameters[index]
    let isFirst = state[index]["momentum"] == nil
    if momentum > 0, isFirst { state[index]["momentum"] = Tensor(repeating: 0, shape: parameter.shape) }
    ct_sgd_step(
      Float(learningRate), momentum, dampening, isNesterov ? 1 : 0, scope.includes(parameter) ? weightDecay : 0, gradientFactor,
      isFirst ? 1 : 0, parameter.gradientPointer!, parameter.count, state[index]["momentum"]?.pointer, parameter.pointer)
  }
}
