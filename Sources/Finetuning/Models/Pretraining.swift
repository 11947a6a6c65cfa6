internal import Checkpoints
internal import Layers
internal import Tensors
internal import Tokenizers
internal import Display

/// Pretrains the small models that the library carries: the recipe of their checkpoints.
///
/// ```swift
/// try await Pretraining(.decoder, stories: 24_000, epochs: 4, seed: 1).run(savingTo: "miniatures/gpt")
/// ```
/// One objective for each kind: masked tokens and next sentences, next tokens, corrupted spans. Examples are drawn anew in every epoch.
public struct Pretraining: Sendable {
  public let kind: ModelKind
  /// Texts to learn from.
  public let stories: Int
  public let epochs: Int
  public let seed: UInt64
  public var batchSize = 32
  public var learningRate = 2e-3
  /// A folder that an earlier run has written, whose weights this one goes on from; nil: weights are drawn.
  public var startingFrom: String?

  public init(_ kind: ModelKind, stories: Int, epochs: Int, seed: UInt64) {
    precondition(stories >= 64 && epochs >= 1, "pretraining takes 64 stories and 1 epoch at least, not \(stories) and \(epochs)")
    self.kind = kind
    self.stories = stories
    self.epochs = epochs
    self.seed = seed
  }

  /// Trains, and writes the model as transformers reads it: configuration, tokenizer, weights in bf16.
  ///
  /// - Returns: how the loss fell.
  @discardableResult
  public func run(savingTo folder: String) async throws -> TrainingHistory {
    let miniature = Miniature(kind: kind)
    let tokenizer = try Tokenizer(json: miniature.tokenizer.compactText)
    // Enough different text that nothing is learnt by heart: no dropout.
    let head: BERTHead? = kind == .encoder ? .pretraining : nil
    let network =
      try startingFrom.map { try Network(checkpoint: Checkpoint(path: $0), bertHead: head, dropout: 0) }
      ?? Network(config: miniature.config, bertHead: head, seed: seed, dropout: 0)
    let texts = Stories.generated(stories + 512, seed: seed)
    let job = PretrainingJob(kind, network, tokenizer, texts: Array(texts.dropLast(512)), validation: Array(texts.suffix(512)))
    var settings = TrainingSettings(epochs: epochs, batchSize: batchSize, learningRate: learningRate, seed: seed)
    settings.validationsPerEpoch = 2
    let trainer = Trainer(job, settings)
    let bar = ProgressBar("pretraining \(kind.familyName)", total: trainer.totalSteps, unit: "steps")
    trainer.onStep = { trainer in
      bar.update(to: trainer.step, note: "loss \(NumberFormat.fixed(3).text(trainer.lastLoss ?? .nan))")
    }
    try await trainer.run()
    bar.finish()
    try TextFile.makeFolder(folder)
    try network.save(to: folder, as: .bfloat16)
    try TextFile.write(miniature.tokenizer.compactText, to: "\(folder)/tokenizer.json")
    try TextFile.write(miniature.tokenizerConfig.compactText, to: "\(folder)/tokenizer_config.json")
    return trainer.history
  }
}

/// The three objectives as a job for the trainer.
final class PretrainingJob: TrainingJob {
  private let kind: ModelKind
  private let network: Network
  private let tokenizer: Tokenizer
  private let texts: [[String]]
  private let validationTexts: [[String]]
  private let sentinels: [Int]
  let lengths: [Int]

  init(_ kind: ModelKind, _ network: Network, _ tokenizer: Tokenizer, texts: [[String]], validation: [[String]]) {
    self.kind = kind
    self.network = network
    self.tokenizer = tokenizer
    self.texts = texts
    validationTexts = validation
    sentinels = (0..<Miniature.sentinelCount).compactMap { tokenizer.id(of: "<extra_id_\($0)>") }
    lengths = texts.map { story in story.reduce(0) { $0 + $1.utf8.count } }
  }

  var parameters: [Parameter] { network.parameters }

  func loss(of examples: [Int], epoch: Int, random: RandomSource) throws -> Tensor {
    try loss(of: examples, in: texts, random)
  }

  func validate() throws -> (loss: Double, accuracy: Double?)? {
    let random = RandomSource(seed: 0).child("validation")
    let batches = stride(from: 0, to: validationTexts.count, by: 32).map { Array($0..<min($0 + 32, validationTexts.count)) }
    let losses = try withoutGradients {
      try batches.enumerated().map { try Double(loss(of: $1, in: validationTexts, random.child("batch", $0)).item) }
    }
    return (losses.reduce(0, +) / Double(losses.count), nil)
  }

  private func loss(of examples: [Int], in texts: [[String]], _ random: RandomSource) throws -> Tensor {
    switch kind {
    case .encoder: try maskedLoss(examples, texts, random)
    case .decoder: try causalLoss(examples, texts)
    case .encoderDecoder: try spanLoss(examples, texts, random)
    }
  }

  private func maskedLoss(_ examples: [Int], _ texts: [[String]], _ random: RandomSource) throws -> Tensor {
    var (sequences, segments, targets, labels) = ([[Int]](), [[Int]](), [[Int]](), [Int32]())
    for (place, index) in examples.enumerated() {
      var stream = random.child("masks", place)
      let (first, second, label) = pair(texts, index, &stream)
      let encoding = tokenizer.encode(first, second, truncation: Truncation(to: Miniature.context))
      let (input, target) = MaskedLanguageModel().example(
        encoding.ids, isSpecial: tokenizer.isSpecial, mask: tokenizer.specialTokens.mask ?? 4,
        vocabulary: Miniature.specialTokens.count..<tokenizer.vocabularySize, using: &stream)
      sequences.append(input)
      segments.append(encoding.typeIDs)
      targets.append(target)
      labels.append(Int32(label))
    }
    let batch = TokenBatch(sequences, segments: segments)
    let losses = try network.pretrainingLosses(batch, targets: batch.aligned(targets), nextSentence: labels)
    return losses.masked + losses.nextSentence
  }

  /// The beginning of a text, and how it goes on or another text does.
  private func pair(_ texts: [[String]], _ index: Int, _ stream: inout RandomSource) -> (String, String, Int) {
    let text = texts[index]
    let cut = Int.random(in: 1..<text.count, using: &stream)
    let first = text[..<cut].joined(separator: " ")
    if Bool.random(using: &stream) { return (first, text[cut...].joined(separator: " "), 0) }
    let other = texts[(index + Int.random(in: 1..<texts.count, using: &stream)) % texts.count]
    return (first, other[Int.random(in: 1..<other.count, using: &stream)...].joined(separator: " "), 1)
  }

  private func causalLoss(_ examples: [Int], _ texts: [[String]]) throws -> Tensor {
    let batch = TokenBatch(
      examples.map { (tokenizer.encode(texts[$0].joined(separator: " ")).ids + [5]).prefix(Miniature.context).map { $0 } })
    return try network.loss(batch, targets: batch.nextTokens)
  }

  private func spanLoss(_ examples: [Int], _ texts: [[String]], _ random: RandomSource) throws -> Tensor {
    var (inputs, outputs) = ([[Int]](), [[Int]]())
    for (place, index) in examples.enumerated() {
      var stream = random.child("spans", place)
      let corruption = SpanCorruption()
      let tokens = tokenizer.encode(texts[index].joined(separator: " "), addsSpecialTokens: false).ids
      let (input, target) = corruption.example(tokens, hiding: corruption.spans(tokens.count, using: &stream), sentinels: sentinels)
      inputs.append(input + [5])
      outputs.append(target + [5])
    }
    let decoder = TokenBatch(outputs.map { [0] + $0.dropLast() })
    return try network.loss(TokenBatch(inputs), decoder: decoder, targets: decoder.aligned(outputs))
  }
}

extension TokenBatch {
  /// Targets of the sequences, padded as they are: −1 where there is none.
  func aligned(_ targets: [[Int]]) -> [Int32] {
    targets.flatMap { row in row.map(Int32.init) + Array(repeating: -1, count: time - row.count) }
  }
}
