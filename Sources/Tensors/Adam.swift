internal import CTraining

/// Adam (Kingma and Ba 2015); agrees with `torch.optim.Adam`, whose weight decay is added to the gradient.
public final class Adam: AdamFamily {
  /// - Parameters:
  ///   - beta1: how much of the running mean of gradients is kept at a step.
  ///   - beta2: how much of the running mean of squared gradients is kept.
  ///   - epsilon: added to the root of the mean of squares.
  ///   - weightDecay: added to the gradient, times the value.
  public init(
    _ parameters: [Parameter], beta1: Double = 0.9, beta2: Double = 0.999, epsilon: Double = 1e-8, weightDecay: Double = 0,
    decaying scope: WeightDecayScope = .matrices
  ) {
    super.init(parameters, beta1, beta2, epsilon, weightDecay, scope, isDecoupled: false)
  }
}

/// Adam with decoupled weight decay (Loshchilov and Hutter 2019); agrees with `torch.optim.AdamW`.
public final class AdamW: AdamFamily {
  /// - Parameters:
  ///   - beta1: how much of the running mean of gradients is kept at a step.
  ///   - beta2: how much of the running mean of squared gradients is kept.
  ///   - epsilon: added to the root of the mean of squares.
  ///   - weightDecay: at every step values shrink by learning rate × this.
  public init(
    _ parameters: [Parameter], beta1: Double = 0.9, beta2: Double = 0.999, epsilon: Double = 1e-8, weightDecay: Double = 0.01,
    decaying scope: WeightDecayScope = .matrices
  ) {
    super.init(parameters, beta1, beta2, epsilon, weightDecay, scope, isDecoupled: true)
  }
}

/// What ``Adam`` and ``AdamW`` share.
public class AdamFamily: Optimizer {
  public let parameters: [Parameter]
  public var steps = 0
  public var state: [[String: Tensor]]
  private let rule: ct_adam
  private let scope: WeightDecayScope

  fileprivate init(
    _ parameters: [Parameter], _ beta1: Double, _ beta2: Double, _ epsilon: Double, _ weightDecay: Double, _ scope: WeightDecayScope,
    isDecoupled: Bool
  ) {
    precondition((0..<1).contains(beta1) && (0..<1).contains(beta2), "Adam's betas are in 0..<1, not \(beta1) and \(beta2)")
    precondition(epsilon > 0, "Adam's epsilon is positive, not \(epsilon)")
    self.parameters = parameters
    self.scope = scope
    rule = ct_adam(
      rate: 0, beta1: beta1, beta2: beta2, epsilon: epsilon, decay: weightDecay, decoupled: isDecoupled ? 1 : 0, gradient_factor: 1,
      step: 0)
    state = Array(repeating: [:], count: parameters.count)
  }

  public func update(_ index: Int, learningRate: Double, gradientFactor: Float) {
    let parameter = parameters[index]
    if state[index].isEmpty {
      state[index] = [
        "mean": Tensor(repeating: 0, shape: parameter.shape), "squares": Tensor(repeating: 0, shape: parameter.shape),
        "steps": Tensor([0], shape: []),
      ]
    }
    guard let mean = state[index]["mean"], let squares = state[index]["squares"], let steps = state[index]["steps"] else {
      preconditionFailure("the state of «\(parameter.name)» is not one of Adam's")
    }
    // Counted for each parameter: one that was frozen for a while starts its own correction of the bias.
    steps.pointer[0] += 1
    var rule = rule
    rule.rate = learningRate
    rule.gradient_factor = gradientFactor
    rule.step = Int64(steps.pointer[0])
    if !scope.includes(parameter) { rule.decay = 0 }
    ct_adam_step(&rule, parameter.gradientPointer!, parameter.count, mean.pointer, squares.pointer, parameter.pointer)
  }
}
