internal import Tensors

/// How a model is trained: everything that a result depends on beside the model and the data.
public struct TrainingSettings: Sendable, Equatable {
  public enum Optimizer: String, Sendable { case adamW, adafactor }
  /// The shape of the learning rate after the warm-up.
  public enum Decay: String, Sendable { case constant, linear, cosine }

  /// Passes over the training examples.
  public var epochs: Int
  /// Examples of one step of the optimizer.
  public var batchSize: Int
  /// Examples that are computed at a time; gradients of several such parts are added up for one step. nil: the whole batch.
  public var microBatchSize: Int?
  public var optimizer = Optimizer.adamW
  /// The highest learning rate.
  public var learningRate: Double
  public var decay = Decay.linear
  /// The share of all steps over which the rate rises from 0.
  public var warmup = 0.06
  /// At every step matrices shrink by learning rate × this.
  public var weightDecay = 0.01
  /// Longer gradients are shortened to this length; nil: none are.
  public var maximumGradientNorm: Double? = 1
  /// How often in an epoch the validation part is measured, where there is one.
  public var validationsPerEpoch = 1
  /// Training ends when so many validations have brought nothing better; nil: it goes to its end.
  public var patience: Int?
  public var seed: UInt64

  public init(epochs: Int, batchSize: Int, learningRate: Double, seed: UInt64) {
    precondition(epochs >= 1, "training takes at least 1 epoch, not \(epochs)")
    precondition(batchSize >= 1, "a batch has at least 1 example, not \(batchSize)")
    precondition(learningRate > 0, "a learning rate is positive, not \(learningRate)")
    self.epochs = epochs
    self.batchSize = batchSize
    self.learningRate = learningRate
    self.seed = seed
  }

  func schedule(steps: Int) -> LearningRateSchedule {
    let rising = Int((Double(steps) * warmup).rounded())
    return switch decay {
    case .constant: .warmup(peak: learningRate, warmup: rising)
    case .linear: .linear(peak: learningRate, warmup: rising, total: steps)
    case .cosine: .cosine(peak: learningRate, warmup: rising, total: steps)
    }
  }

  func makeOptimizer(_ parameters: [Parameter]) -> any Tensors.Optimizer {
    switch optimizer {
    case .adamW: AdamW(parameters, weightDecay: weightDecay)
    // The rate is the caller's, as Lester et al. 2021 train prompts: it does not follow the size of the weights.
    case .adafactor: Adafactor(parameters, weightDecay: weightDecay, scalesByParameter: false)
    }
  }
}
