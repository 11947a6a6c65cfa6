/// A rule that changes parameters after their gradients.
///
/// ```swift
/// let optimizer = AdamW(model.parameters, weightDecay: 0.01)
/// for step in 1...steps {
///   model.loss(batch).backward()
///   optimizer.step(learningRate: schedule.learningRate(at: step), maximumGradientNorm: 1)
/// }
/// ```
public protocol Optimizer: AnyObject {
  /// What it changes. Frozen parameters, and those without a gradient, are passed over.
  var parameters: [Parameter] { get }
  /// Steps taken.
  var steps: Int { get set }
  /// Changes a parameter; gradients are to be multiplied by `gradientFactor` first.
  func update(_ index: Int, learningRate: Double, gradientFactor: Float)
  /// The running means and the like, by parameter; what resuming needs to go on to the same bytes.
  var state: [[String: Tensor]] { get set }
}

extension Optimizer {
  /// One step, after which the gradients are cleared.
  ///
  /// - Parameters:
  ///   - learningRate: not negative.
  ///   - maximumGradientNorm: where the gradients together are longer, they are shortened to this length first (Pascanu et al. 2013);
  ///     as torch's `clip_grad_norm_`, with 1e-6 added to the length.
  /// - Returns: the length of the gradients before, where a maximum was given.
  @discardableResult
  public func step(learningRate: Double, maximumGradientNorm: Double? = nil) -> Double? {
    precondition(learningRate >= 0, "a learning rate is not negative, as \(learningRate) is")
    var factor: Float = 1
    var norm: Double?
    if let maximumGradientNorm {
      precondition(maximumGradientNorm > 0, "the maximum of the gradients' norm is positive, not \(maximumGradientNorm)")
      norm = parameters.gradientNorm
      factor = Float(min(1, maximumGradientNorm / (norm! + 1e-6)))
    }
    steps += 1
    for (index, parameter) in parameters.enumerated() where parameter.isTrainable && parameter.gradientPointer != nil {
      update(index, learningRate: learningRate, gradientFactor: factor)
    }
    parameters.clearGradients()
    return norm
  }
}

/// Which parameters a weight decay shrinks.
public enum WeightDecayScope: Sendable {
  /// Matrices only: not biases, not the weights of norms. What trainers of transformers do.
  case matrices
  case all

  func includes(_ parameter: Parameter) -> Bool { self == .all || parameter.shape.count > 1 }
}
