import Display
import Layers
import Tensors
import Testing

@testable import Finetuning

/// The line through noisy points, found by descent.
private final class LineJob: TrainingJob {
  let weight = Parameter(name: "weight", Tensor([0, 0], shape: [2, 1]))
  let x: [[Float]]
  let lengths: [Int]
  var validations: [Double]?

  init(count: Int = 40, validations: [Double]? = nil) {
    x = (0..<count).map { [Float($0 % 7) / 7, Float($0 % 5) / 5] }
    lengths = (0..<count).map { $0 % 9 }
    self.validations = validations
  }

  var parameters: [Parameter] { [weight] }

  func loss(of examples: [Int], epoch: Int, random: RandomSource) throws -> Tensor {
    let inputs = Tensor(examples.flatMap { x[$0] }, shape: [examples.count, 2])
    var stream = random
    let noise = examples.map { _ in Float.random(in: -0.01...0.01, using: &stream) }
    let wanted = Tensor(zip(examples, noise).map { x[$0][0] * 2 - x[$0][1] + $1 }, shape: [examples.count, 1])
    let difference = inputs.matrixProduct(weight.leaf) - wanted
    return (difference * difference).mean()
  }

  func validate() throws -> (loss: Double, accuracy: Double?)? {
    guard let next = validations?.first else { return nil }
    validations?.removeFirst()
    return (next, 1 - next)
  }
}

private func settings(_ change: (inout TrainingSettings) -> Void = { _ in }) -> TrainingSettings {
  var settings = TrainingSettings(epochs: 6, batchSize: 8, learningRate: 0.1, seed: 4)
  settings.weightDecay = 0
  change(&settings)
  return settings
}

@Suite struct TrainerTests {
  @Test("A line is found, and the same seed finds the same bytes")
  func learning() async throws {
    let (first, second, other) = (LineJob(), LineJob(), LineJob())
    #expect(try await Trainer(first, settings { $0.epochs = 60 }).run() == .finished)
    #expect(abs(first.weight.values[0] - 2) < 0.1)
    #expect(abs(first.weight.values[1] + 1) < 0.1)
    try await Trainer(second, settings { $0.epochs = 60 }).run()
    #expect(first.weight.values == second.weight.values)
    try await Trainer(other, settings { ($0.epochs, $0.seed) = (60, 5) }).run()
    #expect(first.weight.values != other.weight.values)
  }

  @Test(
    "A training that stops and goes on ends with the bytes of one that never stopped",
    arguments: [TrainingSettings.Optimizer.adamW, .adafactor])
  func resuming(_ optimizer: TrainingSettings.Optimizer) async throws {
    let folder = try TemporaryFolder()
    let setting = settings { ($0.optimizer, $0.validationsPerEpoch) = (optimizer, 2) }
    let losses = (0..<12).map { 0.5 - Double($0 % 5) * 0.03 }
    let whole = LineJob(validations: losses)
    let uninterrupted = Trainer(whole, setting)
    try await uninterrupted.run()
    let part = LineJob(validations: losses)
    let trainer = Trainer(part, setting)
    trainer.saving = ("\(folder.path)/state.safetensors", 1)
    trainer.onStep = { if $0.step == 17 { withUnsafeCurrentTask { $0?.cancel() } } }
    // Handed over whole: nobody else looks at it while the task runs.
    nonisolated(unsafe) let sent = trainer
    let task = Task { try await sent.run() }
    #expect(try await task.value == .interrupted)
    #expect(trainer.step == 17)
    // Seven validations lie behind: at steps 2, 5, 7, 10, 12, 15 and 17.
    let rest = LineJob(validations: Array(losses.dropFirst(7)))
    let resumed = Trainer(rest, setting)
    try resumed.resume(from: "\(folder.path)/state.safetensors")
    #expect(resumed.step == 17)
    #expect(try await resumed.run() == .finished)
    #expect(rest.weight.values == whole.weight.values)
    #expect(resumed.history == uninterrupted.history)
    let others = Trainer(LineJob(count: 39), setting)
    #expect(throws: DataError.self) { try others.resume(from: "\(folder.path)/state.safetensors") }
  }

  @Test("Gradients of parts of a batch add up to those of the whole")
  func accumulation() async throws {
    let (whole, parts) = (LineJob(), LineJob())
    try await Trainer(whole, settings()).run()
    try await Trainer(parts, settings { $0.microBatchSize = 3 }).run()
    // The noise of a part is drawn for itself.
    #expect(zip(whole.weight.values, parts.weight.values).allSatisfy { abs($0 - $1) < 0.02 })
  }

  @Test("The best validation's values are kept, and training ends when the patience does")
  func stopping() async throws {
    let job = LineJob(validations: [0.5, 0.2, 0.4, 0.3, 0.3, 0.1])
    let trainer = Trainer(job, settings { $0.patience = 2 })
    var values: [Int: [Float]] = [:]
    trainer.onStep = { values[$0.step] = job.weight.values }
    #expect(try await trainer.run() == .stoppedEarly)
    #expect(trainer.step == 20)
    #expect(trainer.bestStep == 10)
    #expect(job.weight.values == values[10])
  }

  @Test("Batches hold every example once, of like lengths, and are decided by seed and epoch")
  func batches() {
    let lengths = (0..<1_000).map { ($0 * 37) % 60 }
    let first = Batches.epoch(0, lengths: lengths, size: 16, seed: 1)
    #expect(first.flatMap { $0 }.sorted() == Array(0..<1_000))
    #expect(first == Batches.epoch(0, lengths: lengths, size: 16, seed: 1))
    #expect(first != Batches.epoch(1, lengths: lengths, size: 16, seed: 1))
    let padded = first.reduce(0) { sum, batch in sum + batch.reduce(0) { $0 + (batch.map { lengths[$0] }.max()! - lengths[$1]) } }
    #expect(Double(padded) / Double(lengths.reduce(0, +)) < 0.08)
  }
}
