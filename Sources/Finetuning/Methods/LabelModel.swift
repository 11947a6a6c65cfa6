internal import Layers
internal import Tensors

/// A model that gives every label a score: what all methods come down to.
protocol LabelModel: AnyObject {
  var network: Network { get }
  /// The examples as the model reads them, made once.
  func prepare(_ examples: [LabeledExample]) throws -> [PreparedExample]
  /// The mean loss, in nats.
  func loss(_ batch: [PreparedExample], _ extras: Extras, random: RandomSource?) throws -> Tensor
  /// An example as text: what is read, its second text where the model takes pairs, and the answers that are scored.
  func texts(_ example: LabeledExample) -> (input: String, pair: String?, answers: [String])
  /// Scores of the labels for each example, in nats up to a number of the example's own.
  func scores(_ batch: [PreparedExample], _ extras: Extras) throws -> [[Double]]
}

/// What trains beside the weights: vectors before the input, or keys and values before those of every layer.
struct Extras {
  var prompt: Parameter?
  var keysAndValues: [Parameter] = []

  var parameters: [Parameter] { (prompt.map { [$0] } ?? []) + keysAndValues }
  var promptTensor: Tensor? { prompt?.leaf }
  var keyValueTensors: [Tensor] { keysAndValues.map(\.leaf) }
  /// Vectors that take places of the context.
  var length: Int { (prompt?.shape[0] ?? 0) + (keysAndValues.first?.shape[0] ?? 0) }
}

/// An example in tokens.
struct PreparedExample {
  let label: Int
  /// What is read; for next-sentence scores once for each answer.
  let inputs: [[Int]]
  /// The segments of the tokens of each input, for encoders.
  var segments: [[Int]] = []
  /// The tokens of each answer.
  var answers: [[Int]] = []
  /// Where an encoder fills in.
  var place = 0

  var length: Int { inputs.reduce(0) { $0 + $1.count } + (answers.map(\.count).max() ?? 0) }
}

extension Tensor {
  /// log p of each class, row by row.
  var logProbabilities: [[Double]] {
    let width = shape.last ?? 1
    let elements = elements
    return (0..<count / max(width, 1)).map { row in logSoftmax(elements[row * width..<(row + 1) * width].map(Double.init)) }
  }
}

func logSoftmax(_ scores: [Double]) -> [Double] {
  let highest = scores.max() ?? 0
  let total = scores.reduce(0) { $0 + exponential($1 - highest) }
  return scores.map { $0 - highest - logarithm(total) }
}
