/// What one method has reached.
public struct FinetuningRow: Sendable, Equatable {
  public enum Kind: String, Sendable { case measured, floor }

  public var kind = Kind.measured
  public var model: String
  public var method: String
  /// Values that training changed, and all of them.
  public var trainableParameters: Int
  public var totalParameters: Int
  public var learningRate: Double?
  /// The predicted label of every example of the test part, in its order; empty where the method failed.
  public var predictions: [Int]
  public var history = TrainingHistory()
  /// How the training ended; nil where nothing trained.
  public var end: TrainingEnd?
  /// Steps of the optimizer.
  public var steps = 0
  /// Seconds of training, and of the test.
  public var trainingSeconds = 0.0
  public var testSeconds = 0.0
  /// Floating-point operations of training, and of the test.
  public var trainingOperations = 0
  public var testOperations = 0
  /// The most memory that the process held; nil where the system does not say.
  public var peakBytes: Int?
  /// What has to be known to read the figures: that the model has seen the task, why the method failed.
  public var note: String?

  init(kind: Kind = .measured, model: String, method: String, trainable: Int, total: Int, predictions: [Int]) {
    self.kind = kind
    self.model = model
    self.method = method
    trainableParameters = trainable
    totalParameters = total
    self.predictions = predictions
  }

  /// «MiniLM, linear head»
  public var name: String { model.isEmpty ? method : "\(model), \(method)" }
}
