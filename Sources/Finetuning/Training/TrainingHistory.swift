public import Display

/// How the loss fell and the accuracy rose.
public struct TrainingHistory: Sendable, Equatable {
  /// The loss of the training batches from the last point to this step.
  public struct Loss: Sendable, Equatable {
    /// Steps of the optimizer done.
    public var step: Int
    /// Mean over the examples, in nats.
    public var loss: Double
  }
  /// A measurement on the validation part.
  public struct Validation: Sendable, Equatable {
    public var step: Int
    public var loss: Double
    /// The share of examples classified rightly; nil where nothing is classified.
    public var accuracy: Double?
  }

  public var losses: [Loss] = []
  public var validations: [Validation] = []

  public init() {}

  public var lossPlot: Plot {
    Plot(x: PlotAxis("steps"), y: PlotAxis("loss, nats"), caption: "Loss") {
      Line("training", losses.map { (x: Double($0.step), y: $0.loss) })
      if !validations.isEmpty { Line("validation", validations.map { (x: Double($0.step), y: $0.loss) }, marks: true) }
    }
  }

  public var accuracyPlot: Plot {
    Plot(x: PlotAxis("steps"), y: PlotAxis("accuracy"), caption: "Accuracy on the validation part") {
      Line("validation", validations.compactMap { point in point.accuracy.map { (x: Double(point.step), y: $0) } }, marks: true)
    }
  }
}
