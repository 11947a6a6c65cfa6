internal import Display
internal import Layers
internal import Tensors

/// One row in the making: load, train, test.
struct MethodRun {
  let recipe: MethodRecipe
  let split: DataSplit
  let epochs: Int
  let batchSize: Int
  let seed: UInt64
  let maximumLength: Int
  let patience: Int?
  let usesBFloat16: Bool
  let monitor: ComparisonMonitor
  /// Where the finetuned weights go.
  let folder: String?

  init(
    _ recipe: MethodRecipe, _ split: DataSplit, epochs: Int, batchSize: Int, seed: UInt64, maximumLength: Int, patience: Int?,
    usesBFloat16: Bool, monitor: ComparisonMonitor, folder: String?
  ) {
    self.recipe = recipe
    self.split = split
    self.epochs = epochs
    self.batchSize = batchSize
    self.seed = seed
    self.maximumLength = maximumLength
    self.patience = patience
    self.usesBFloat16 = usesBFloat16
    self.monitor = monitor
    self.folder = folder
  }

  /// The row; one that says why where the method fails.
  func row() async -> FinetuningRow {
    let measurement = Measurement()
    var row = FinetuningRow(model: "–", method: recipe.title, trainable: 0, total: 0, predictions: [])
    do {
      let method = try PreparedMethod(recipe, data: split.train, maximumLength: maximumLength, seed: seed)
      if usesBFloat16 { method.network.precision = .bfloat16 }
      row.model = method.base.name
      row.trainableParameters = method.trainableCount
      row.totalParameters = method.parameterCount
      if recipe.change == .nothing { row.note = method.base.seenTask.map { "not zero-shot: \($0)" } }
      if recipe.change != .nothing { try await train(method, &row) }
      row.trainingSeconds = measurement.seconds
      row.trainingOperations = measurement.operationCount
      // What an interrupt leaves is the best so far: its weights are kept, and nothing more is computed.
      if let folder, recipe.change != .nothing {
        do {
          try method.save(to: folder, labels: split.labels)
        } catch let error as ModelError {
          // A form that transformers has no class for: the figures stand all the same.
          row.note = "not written: \(error.reason)"
        }
      }
      if row.end == .interrupted {
        row.peakBytes = measurement.peakBytes
        return row
      }
      try test(method, &row)
      row.testSeconds = measurement.seconds - row.trainingSeconds
      row.testOperations = measurement.operationCount - row.trainingOperations
      if let folder, recipe.change != .nothing, row.note == nil {
        try method.saveExamples(Array(split.test.examples.prefix(32)), to: folder)
      }
    } catch is CancellationError {
      row.note = "interrupted before it could be tested"
      row.end = .interrupted
    } catch {
      row.note = "failed: \(error)"
    }
    row.peakBytes = measurement.peakBytes
    return row
  }

  private func train(_ method: PreparedMethod, _ row: inout FinetuningRow) async throws {
    let train = try method.model.prepare(split.train.examples)
    let validation = try method.model.prepare(split.validation.examples)
    let job: any TrainingJob
    if recipe.change == .head, let model = method.model as? HeadModel {
      monitor.begin(row.name + ": features", steps: nil)
      job = try FeatureJob(method, model, train: train, validation: validation)
    } else {
      job = MethodJob(method, train: train, validation: validation)
    }
    let trainer = Trainer(job, settings(method))
    monitor.begin(row.name, steps: trainer.totalSteps)
    trainer.onStep = { monitor.step($0) }
    trainer.onValidation = { monitor.validated($0) }
    let end = try await trainer.run()
    row.end = end
    row.steps = trainer.step
    row.history = trainer.history
    row.learningRate = method.learningRate
    monitor.end(trainer)
    if end == .interrupted {
      let best = trainer.bestStep.flatMap { step in trainer.history.validations.first { $0.step == step }?.accuracy.map { (step, $0) } }
      let words = best.map { "; the best so far, \(NumberFormat.percent(1).text($0.1)) of the validation part, is of step \($0.0)" }
      row.note = "interrupted after step \(trainer.step) of \(trainer.totalSteps)" + (words ?? "")
    }
  }

  private func settings(_ method: PreparedMethod) -> TrainingSettings {
    var settings = TrainingSettings(epochs: epochs, batchSize: batchSize, learningRate: method.learningRate, seed: seed)
    settings.patience = patience
    settings.validationsPerEpoch = epochs < 4 ? 2 : 1
    // A last layer alone is cheap: it gets as many passes as it takes.
    if recipe.change == .head { settings.epochs = max(epochs, 10) }
    if recipe.change == .head { settings.validationsPerEpoch = 1 }
    if case .softPrompt = recipe.change {
      settings.decay = .constant
      settings.weightDecay = method.base.kind == .encoderDecoder ? 1e-5 : 0
      if method.base.kind == .encoderDecoder { settings.optimizer = .adafactor }
    }
    return settings
  }

  private func test(_ method: PreparedMethod, _ row: inout FinetuningRow) throws {
    let examples = try method.model.prepare(split.test.examples)
    row.predictions = try method.scores(of: examples).map(\.argmax)
  }
}
