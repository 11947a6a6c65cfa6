internal import Layers
internal import Tensors

/// The training of a prepared method on the data of a split.
final class MethodJob: TrainingJob {
  private let method: PreparedMethod
  private let train: [PreparedExample]
  private let validation: [PreparedExample]

  init(_ method: PreparedMethod, train: [PreparedExample], validation: [PreparedExample]) {
    self.method = method
    self.train = train
    self.validation = validation
  }

  var parameters: [Parameter] { method.trainable }
  var lengths: [Int] { train.map(\.length) }

  func loss(of examples: [Int], epoch: Int, random: RandomSource) throws -> Tensor {
    try method.model.loss(examples.map { train[$0] }, method.extras, random: random)
  }

  func validate() throws -> (loss: Double, accuracy: Double?)? {
    try score(validation, method.scores(of: validation))
  }
}

/// The training of a last layer on features that are computed once: what lies below does not change.
final class FeatureJob: TrainingJob {
  private let method: PreparedMethod
  private let labels: [Int]
  private let validation: [PreparedExample]
  private let features: (train: Tensor, validation: Tensor)
  let lengths: [Int]

  init(_ method: PreparedMethod, _ model: HeadModel, train: [PreparedExample], validation: [PreparedExample]) throws {
    self.method = method
    labels = train.map(\.label)
    lengths = train.map { _ in 1 }
    self.validation = validation
    func features(_ examples: [PreparedExample]) throws -> Tensor {
      var rows = Array(repeating: [Float](), count: examples.count)
      for batch in Batches.byLength(examples.map(\.length), size: 32) {
        if Task.isCancelled { throw CancellationError() }
        let tensor = try withoutGradients { try model.features(batch.map { examples[$0] }) }
        let elements = tensor.elements
        for (place, index) in batch.enumerated() { rows[index] = Array(elements[place * tensor.shape[1]..<(place + 1) * tensor.shape[1]]) }
      }
      return Tensor(rows.flatMap { $0 }, shape: [examples.count, rows.first?.count ?? 0])
    }
    self.features = (try features(train), try features(validation))
  }

  var parameters: [Parameter] { method.trainable }

  func loss(of examples: [Int], epoch: Int, random: RandomSource) throws -> Tensor {
    try method.network.loss(
      features: features.train.gathered(examples.map(Int32.init)), targets: examples.map { Int32(labels[$0]) })
  }

  func validate() throws -> (loss: Double, accuracy: Double?)? {
    if validation.isEmpty { return nil }
    return try score(validation, withoutGradients { try method.network.logits(features: features.validation).logProbabilities })
  }
}

/// The mean of −log p of the right label among the labels, and the share of right ones.
private func score(_ examples: [PreparedExample], _ scores: [[Double]]) -> (loss: Double, accuracy: Double?)? {
  guard !examples.isEmpty else { return nil }
  var (loss, right) = (0.0, 0)
  for (example, row) in zip(examples, scores) {
    loss -= logSoftmax(row)[example.label]
    if row.argmax == example.label { right += 1 }
  }
  return (loss / Double(examples.count), Double(right) / Double(examples.count))
}

extension [Double] {
  /// The place of the highest number, of equal ones the first.
  var argmax: Int {
    var best = 0
    for index in indices where self[index] > self[best] { best = index }
    return best
  }
}
