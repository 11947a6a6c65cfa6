internal import Checkpoints
internal import Layers
internal import Tensors
internal import Tokenizers

/// A method with its model loaded: what trains is chosen, nothing has trained yet.
final class PreparedMethod {
  let recipe: MethodRecipe
  let base: BaseModel
  let model: any LabelModel
  let extras: Extras
  /// What training changes.
  let trainable: [Parameter]
  let parameterCount: Int
  let learningRate: Double
  /// Tokens of an example at most.
  let maximumLength: Int
  /// Taken from the scores of each label.
  private(set) var offsets: [Double]

  var network: Network { model.network }
  var trainableCount: Int { trainable.reduce(0) { $0 + $1.count } }

  /// - Throws: whatever keeps the model from being used this way, in one sentence.
  init(_ recipe: MethodRecipe, data: LabeledData, maximumLength: Int, seed: UInt64) throws {
    self.recipe = recipe
    let base = try recipe.model.baseModel()
    self.base = base
    let limit = min(maximumLength, (base.context ?? maximumLength) - recipe.change.extraLength)
    guard limit >= 8 else {
      throw ModelError(recipe.title, "leaves \(limit) of the model's \(base.context ?? 0) positions to the text; at least 8 are needed")
    }
    self.maximumLength = limit
    model = try PreparedMethod.model(recipe, base, data, limit, seed)
    let network = model.network
    extras = try PreparedMethod.extras(recipe, base, network, data, seed)
    try PreparedMethod.freeze(recipe, base, network, seed)
    let adapters = network.lowRankAdapters.flatMap { [$0.down, $0.up] }
    trainable = recipe.change == .nothing ? [] : network.parameters.filter(\.isTrainable) + adapters + extras.parameters
    parameterCount = (network.parameters + adapters + extras.parameters).reduce(0) { $0 + $1.count }
    learningRate = recipe.learningRate ?? recipe.change.usualRate(base.kind, parameters: parameterCount)
    offsets = data.labels.map { _ in 0 }
    if let answers = model as? AnswerModel, recipe.calibration != .none { try calibrate(answers, data) }
  }

  private static func model(
    _ recipe: MethodRecipe, _ base: BaseModel, _ data: LabeledData, _ limit: Int, _ seed: UInt64
  ) throws -> any LabelModel {
    let labels = data.labels.count
    switch (recipe.answer, base.kind) {
    case (.head(_), .encoderDecoder):
      throw ModelError(recipe.title, "\(base.name) writes its answers: use TextToText, LowRank or SoftPrompt")
    case (.head(let pooling), .encoder):
      let head = pooling.map { BERTHead.pooled(labels: labels, $0) } ?? .classifier(labels: labels)
      return HeadModel(
        try Network(checkpoint: base.checkpoint, bertHead: head, newWeightsSeed: seed), base, maximumLength: limit)
    case (.natural(_), .encoder):
      return HeadModel(
        try Network(checkpoint: base.checkpoint, bertHead: .classifier(labels: labels), newWeightsSeed: seed), base, maximumLength: limit)
    case (.head(let pooling), .decoder):
      let head = ClassifierHead(labels: labels, pooling: pooling ?? .lastToken)
      return HeadModel(
        try Network(checkpoint: base.checkpoint, classifier: head, newWeightsSeed: seed), base, maximumLength: limit)
    case (.text(let prompt), .encoder):
      let prompt = prompt ?? base.usualPrompt(for: data)
      try check(prompt, data)
      guard base.has(prompt.isNextSentence ? "cls.seq_relationship.weight" : "cls.predictions.transform.dense.weight") else {
        throw ModelError(
          base.name,
          "was saved without the head that \(prompt.isNextSentence ? "judges pairs" : "fills in words"): an encoder without it cannot be asked"
        )
      }
      let head: BERTHead = prompt.isNextSentence ? .pretraining : .maskedLanguage
      return try ClozeModel(try Network(checkpoint: base.checkpoint, bertHead: head), base, prompt, maximumLength: limit)
    case (.natural(let given), _), (.text(let given), _):
      let prompt = given ?? base.usualPrompt(for: data)
      try check(prompt, data)
      return AnswerModel(try Network(checkpoint: base.checkpoint), base, prompt, maximumLength: limit)
    }
  }

  private static func check(_ prompt: Prompt, _ data: LabeledData) throws {
    guard prompt.answers.count == data.labels.count else {
      throw DataError("prompt «\(prompt.name)»", "has \(prompt.answers.count) answers, and the data have \(data.labels.count) labels")
    }
  }

  private static func freeze(_ recipe: MethodRecipe, _ base: BaseModel, _ network: Network, _ seed: UInt64) throws {
    func isHead(_ parameter: Parameter) -> Bool { parameter.name.hasPrefix("linear") }
    // The last linear map: the classifier itself, without BERT's pooler below it.
    let heads = network.parameters.filter(isHead)
    let last = heads.last.map { last in heads.filter { $0.name.split(separator: ".")[0] == last.name.split(separator: ".")[0] } } ?? []
    let hasClassifier = network.architecture.classifies
    switch recipe.change {
    case .everything: break
    case .nothing, .prefix, .softPrompt, .head:
      for parameter in network.parameters { parameter.isTrainable = false }
      if recipe.change != .nothing, hasClassifier { for parameter in last { parameter.isTrainable = true } }
    case .lowRank(let rank, let alpha, let targets):
      let usual =
        ["attention.query", "attention.value"] + (base.kind == .encoderDecoder ? ["crossAttention.query", "crossAttention.value"] : [])
      try network.addLowRank(rank: rank, alpha: alpha, targets: targets ?? usual, seed: seed)
      if hasClassifier { for parameter in last { parameter.isTrainable = true } }
    case .lastLayers(let count):
      let stack = base.kind == .encoderDecoder ? "decoder.layers." : "layers."
      let layers = Set(network.parameters.compactMap { layer(of: $0.name, in: stack) })
      guard count <= layers.count else {
        throw ModelError("LastLayers(\(count))", "\(base.name) has \(layers.count) layers")
      }
      let kept = Set(layers.sorted().suffix(count))
      for parameter in network.parameters {
        parameter.isTrainable = hasClassifier && isHead(parameter) || layer(of: parameter.name, in: stack).map(kept.contains) ?? false
      }
    }
  }

  private static func layer(of name: String, in stack: String) -> Int? {
    name.hasPrefix(stack) ? Int(name.dropFirst(stack.count).prefix { $0 != "." }) : nil
  }

  /// log p of the answers without content, averaged.
  private func calibrate(_ answers: AnswerModel, _ data: LabeledData) throws {
    let prompts = answers.prepare(calibration: recipe.calibration, data: data)
    let scores = try withoutGradients { try prompts.map { try answers.scores([$0], extras)[0] } }
    // Zhao et al. divide by the mean of the probabilities of the labels, renormalised; of one prompt the constant is its log p itself.
    let mean = data.labels.indices.map { label in
      logarithm(scores.reduce(0) { $0 + exponential(scores.count > 1 ? logSoftmax($1)[label] : $1[label]) } / Double(scores.count))
    }
    offsets = mean.map { -$0 }
  }

  /// Scores with the calibration, for examples in any number.
  func scores(of examples: [PreparedExample], batchSize: Int = 32) throws -> [[Double]] {
    var results = Array(repeating: [Double](), count: examples.count)
    for batch in Batches.byLength(examples.map(\.length), size: batchSize) {
      if Task.isCancelled { throw CancellationError() }
      let scores = try withoutGradients { try model.scores(batch.map { examples[$0] }, extras) }
      for (index, row) in zip(batch, scores) { results[index] = zip(row, offsets).map { $0 + $1 } }
    }
    return results
  }
}

extension MethodRecipe.Change {
  /// Vectors that take places of the context.
  fileprivate var extraLength: Int {
    switch self {
    case .prefix(let length), .softPrompt(let length, _): length
    default: 0
    }
  }

  /// What is usual, by what trains and the size of the model: small models take larger steps.
  fileprivate func usualRate(_ kind: ModelKind, parameters: Int) -> Double {
    let (isTiny, isSmall) = (parameters < 5_000_000, parameters < 50_000_000)
    switch self {
    case .nothing, .head: return isTiny ? 1e-2 : 5e-3
    case .everything, .lastLayers: return kind == .encoderDecoder ? (isTiny ? 1e-3 : 3e-4) : isTiny ? 1e-3 : isSmall ? 1e-4 : 5e-5
    case .lowRank: return isTiny ? 5e-3 : isSmall ? 1e-3 : 5e-4
    case .prefix: return isTiny ? 2e-2 : 1e-2
    // Lester et al. 2021, section 2.1: 0.3 with Adafactor, for embeddings as large as T5's.
    case .softPrompt: return kind == .encoderDecoder && !isTiny ? 0.3 : isTiny ? 3e-2 : 1e-2
    }
  }
}
