internal import Checkpoints
internal import Tensors
internal import Display

/// Something that can be trained: it has examples, and a loss for some of them.
protocol TrainingJob: AnyObject {
  /// What training changes.
  var parameters: [Parameter] { get }
  /// The length of every training example, in tokens.
  var lengths: [Int] { get }
  /// The mean loss of some examples, in nats.
  ///
  /// - Parameters:
  ///   - epoch: for examples that are made anew in every epoch.
  ///   - random: for dropout, and whatever else is drawn.
  func loss(of examples: [Int], epoch: Int, random: RandomSource) throws -> Tensor
  /// Loss and accuracy on the validation part; nil where there is none.
  func validate() throws -> (loss: Double, accuracy: Double?)?
}

/// How a training came to its end.
public enum TrainingEnd: String, Sendable {
  case finished
  /// Nothing better came for as long as the patience lasted.
  case stoppedEarly
  case interrupted
}

/// Trains a job: batches, schedule, optimizer, validation, the best so far; the same bytes for the same seed.
///
/// It keeps no random state: what a step draws is a function of the seed and the number of the step, so a training that goes on from a
/// saved state ends with the bytes of one that never stopped.
final class Trainer {
  let job: any TrainingJob
  let settings: TrainingSettings
  let optimizer: any Optimizer
  let totalSteps: Int
  private(set) var history = TrainingHistory()
  private(set) var step = 0
  private(set) var end: TrainingEnd?
  /// The values of the best validation so far; without a validation part the last ones count.
  private var best: (step: Int, accuracy: Double, loss: Double, values: [[Float]])?
  private var sinceBest = 0
  private var running = (loss: 0.0, examples: 0)
  /// Called after every step, for live pictures.
  var onStep: ((Trainer) -> Void)?
  /// Called after every validation.
  var onValidation: ((Trainer) -> Void)?
  /// Where the state is kept while training runs, and after how many steps; nil: it is not.
  var saving: (path: String, every: Int)?

  init(_ job: any TrainingJob, _ settings: TrainingSettings) {
    self.job = job
    self.settings = settings
    optimizer = settings.makeOptimizer(job.parameters)
    let perEpoch = (job.lengths.count + settings.batchSize - 1) / settings.batchSize
    totalSteps = perEpoch * settings.epochs
  }

  private var stepsPerEpoch: Int { totalSteps / settings.epochs }
  /// Points of the curve of losses: about a hundred in all.
  private var reportInterval: Int { max(1, totalSteps / 100) }
  var learningRate: Double { settings.schedule(steps: totalSteps).learningRate(at: step) }
  var bestStep: Int? { best?.step }
  var lastLoss: Double? { history.losses.last?.loss }
  var lastAccuracy: Double? { history.validations.last?.accuracy }

  /// Trains to the end, or until the task is cancelled, or until nothing better comes; then the best values are the parameters'.
  @discardableResult
  func run() async throws -> TrainingEnd {
    let validations = validationSteps()
    while step < totalSteps, end == nil {
      let epoch = step / stepsPerEpoch
      let batches = Batches.epoch(epoch, lengths: job.lengths, size: settings.batchSize, seed: settings.seed)
      while step < (epoch + 1) * stepsPerEpoch, end == nil {
        // Other tasks get a turn, and a cancelled one ends between two steps.
        await Task.yield()
        if Task.isCancelled {
          end = .interrupted
          break
        }
        try takeStep(batches[step - epoch * stepsPerEpoch], epoch: epoch)
        if validations.contains(step) { try validate() }
        onStep?(self)
        if let saving, step % saving.every == 0 { try save(to: saving.path) }
      }
    }
    if let best { zip(job.parameters, best.values).forEach { $0.values = $1 } }
    let end = end ?? .finished
    self.end = end
    return end
  }

  private func validationSteps() -> Set<Int> {
    let count = max(1, settings.validationsPerEpoch) * settings.epochs
    return Set((1...count).map { max(1, $0 * totalSteps / count) })
  }

  private func takeStep(_ examples: [Int], epoch: Int) throws {
    let random = RandomSource(seed: settings.seed).child("step", step)
    let size = settings.microBatchSize ?? examples.count
    for (index, start) in stride(from: 0, to: examples.count, by: size).enumerated() {
      let part = Array(examples[start..<min(start + size, examples.count)])
      let loss = try job.loss(of: part, epoch: epoch, random: random.child("part", index))
      let share = Float(part.count) / Float(examples.count)
      running.loss += Double(loss.item) * Double(part.count)
      (share == 1 ? loss : share * loss).backward()
    }
    running.examples += examples.count
    optimizer.step(learningRate: learningRate, maximumGradientNorm: settings.maximumGradientNorm)
    step += 1
    if step % reportInterval == 0 || step == totalSteps {
      history.losses.append(.init(step: step, loss: running.loss / Double(running.examples)))
      running = (0, 0)
    }
  }

  private func validate() throws {
    guard let (loss, accuracy) = try job.validate() else { return }
    history.validations.append(.init(step: step, loss: loss, accuracy: accuracy))
    // Of equal accuracies the lower loss is better, of equal losses the earlier.
    let rank = accuracy ?? 0
    if best.map({ (rank, -loss) > ($0.accuracy, -$0.loss) }) ?? true {
      best = (step, rank, loss, job.parameters.map(\.values))
      sinceBest = 0
    } else {
      sinceBest += 1
      if let patience = settings.patience, sinceBest >= patience { end = .stoppedEarly }
    }
    onValidation?(self)
  }
}

// MARK: - The state of a training on disk

extension Trainer {
  /// Writes everything that going on needs: values, the optimizer's state, the best values, the curves.
  func save(to path: String) throws {
    var tensors: [(name: String, shape: [Int], elements: [Float])] = []
    for (index, parameter) in job.parameters.enumerated() {
      tensors.append(("value.\(index)", parameter.shape, parameter.values))
      for (name, tensor) in optimizer.state[index].sorted(by: { $0.key < $1.key }) {
        tensors.append(("state.\(index).\(name)", tensor.shape, tensor.elements))
      }
      if let best { tensors.append(("best.\(index)", parameter.shape, best.values[index])) }
    }
    var fields: [(String, JSON)] = [
      ("step", .integer(step)), ("sinceBest", .integer(sinceBest)), ("fingerprint", .string(fingerprint)),
      ("running", [.number(running.loss), .integer(running.examples)]),
      ("losses", .array(history.losses.map { [.integer($0.step), .number($0.loss)] })),
      ("validations", .array(history.validations.map { [.integer($0.step), .number($0.loss), $0.accuracy.map { .number($0) } ?? .null] })),
    ]
    if let best { fields.append(("best", [.integer(best.step), .number(best.accuracy), .number(best.loss)])) }
    // One file, so that values and curves are always of the same step.
    let state = JSON.object(JSON.Object(fields)).compactText
    try SafetensorsFile.write(tensors, metadata: ["format": "pt", "training": state], to: path)
  }

  /// Goes on from a saved state.
  ///
  /// - Throws: ``DataError`` for a state of another model, other data or other settings.
  func resume(from path: String) throws {
    let file = try SafetensorsFile(path: path)
    let text = file.metadata["training"] ?? ""
    guard let state = try? JSON(parsing: text),
      let step = state["step"]?.intValue, let running = state["running"]?.arrayValue, running.count == 2
    else { throw DataError(path, "is not the saved state of a training") }
    guard state["fingerprint"]?.stringValue == fingerprint else {
      throw DataError(
        path, "is the state of a training with other settings: \(state["fingerprint"]?.stringValue ?? ""); this one has \(fingerprint)")
    }
    let tensors = Dictionary(uniqueKeysWithValues: file.tensors.map { ($0.name, $0) })
    func values(_ name: String, _ shape: [Int]) throws -> [Float] {
      guard let tensor = tensors[name], tensor.shape == shape else { throw DataError(path, "has no tensor «\(name)» of shape \(shape)") }
      return try tensor.floats()
    }
    var bestValues: [[Float]] = []
    for (index, parameter) in job.parameters.enumerated() {
      parameter.values = try values("value.\(index)", parameter.shape)
      let prefix = "state.\(index)."
      for tensor in file.tensors where tensor.name.hasPrefix(prefix) {
        optimizer.state[index][String(tensor.name.dropFirst(prefix.count))] = Tensor(try tensor.floats(), shape: tensor.shape)
      }
      if state["best"] != nil { bestValues.append(try values("best.\(index)", parameter.shape)) }
    }
    self.step = step
    optimizer.steps = step
    sinceBest = state["sinceBest"]?.intValue ?? 0
    self.running = (running[0].doubleValue ?? 0, running[1].intValue ?? 0)
    if let best = state["best"]?.arrayValue, best.count == 3 {
      self.best = (best[0].intValue ?? 0, best[1].doubleValue ?? 0, best[2].doubleValue ?? 0, bestValues)
    }
    history.losses = (state["losses"]?.arrayValue ?? []).compactMap { point in
      guard let step = point[0]?.intValue, let loss = point[1]?.doubleValue else { return nil }
      return .init(step: step, loss: loss)
    }
    history.validations = (state["validations"]?.arrayValue ?? []).compactMap { point in
      guard let step = point[0]?.intValue, let loss = point[1]?.doubleValue else { return nil }
      return .init(step: step, loss: loss, accuracy: point[2]?.doubleValue)
    }
  }

  /// What has to be the same for a state to fit.
  private var fingerprint: String {
    "\(job.lengths.count) examples, \(job.parameters.reduce(0) { $0 + $1.count }) parameters, \(settings.epochs) epochs of batches of "
      + "\(settings.batchSize), \(settings.optimizer), rate \(settings.learningRate), \(settings.decay), seed \(settings.seed)"
  }
}
