import Checkpoints
import Display
import Tensors

extension Network {
  /// A network with the weights of a Hugging Face folder: GPT-2, Llama, BERT or T5, as its `config.json` says.
  ///
  /// ```swift
  /// let bert = try Network(checkpoint: Checkpoint(path: "bert-base-uncased"), bertHead: .classifier(labels: 3), newWeightsSeed: 1)
  /// ```
  /// - Parameters:
  ///   - bertHead: what stands on BERT; nil: what the checkpoint was saved with.
  ///   - newWeightsSeed: where a head has no weights in the checkpoint, they are drawn with this seed; nil: they are missed.
  ///   - dropout: the probability of dropout everywhere; nil: what the checkpoint was trained with.
  /// - Throws: `CheckpointError` for a file, ``ModelError`` for an architecture that does not fit.
  public convenience init(
    checkpoint: Checkpoint, bertHead: BERTHead? = nil, classifier: ClassifierHead? = nil, newWeightsSeed: UInt64? = nil,
    dropout: Float? = nil
  ) throws {
    let gguf = checkpoint.isGGUF ? try LlamaInGGUF(checkpoint) : nil
    let configuration =
      try gguf.map {
        try CheckpointConfiguration($0.config, file: checkpoint.path, classifier: classifier, dropout: dropout, hasOwnHead: false)
      }
      ?? CheckpointConfiguration(checkpoint, bertHead: bertHead, classifier: classifier, dropout: dropout)
    let network = configuration.architecture.initialized(seed: newWeightsSeed ?? 0)
    for parameter in network.parameters {
      guard let (name, layout) = configuration.names.match(parameter.name) else {
        preconditionFailure("the table of \(configuration.names.family) has no name for «\(parameter.name)»")
      }
      if let gguf, try gguf.load(parameter, name) { continue }
      guard let stored = configuration.names.tensor(name, in: checkpoint) else {
        // The body has to be there; a head may be new.
        let isHead = ["linear", "head", "norm2", "nextSentence"].contains { parameter.name.hasPrefix($0) }
        if newWeightsSeed != nil, isHead { continue }
        throw CheckpointError(file: checkpoint.path, .missing(tensor: name))
      }
      try parameter.load(stored, layout, checkpoint.path)
    }
    self.init(
      network, names: configuration.names, config: gguf?.config ?? checkpoint.config, source: checkpoint.isGGUF ? nil : checkpoint.path)
  }

  /// A network of the architecture that a `config.json` of transformers describes, its weights drawn.
  public convenience init(
    config: JSON, bertHead: BERTHead? = nil, classifier: ClassifierHead? = nil, seed: UInt64, dropout: Float? = nil
  ) throws {
    let configuration = try CheckpointConfiguration(
      config, file: "config.json", bertHead: bertHead, classifier: classifier, dropout: dropout,
      hasOwnHead: config["tie_word_embeddings"]?.boolValue == false)
    self.init(configuration.architecture.initialized(seed: seed), names: configuration.names, config: config)
  }
}

extension CheckpointNames {
  /// The tensor with this name, or without what a head puts before the names of the body.
  func tensor(_ name: String, in checkpoint: Checkpoint) -> StoredTensor? {
    if let tensor = checkpoint.tensor(name) { return tensor }
    guard !prefix.isEmpty, name.hasPrefix(prefix) else { return nil }
    return checkpoint.tensor(String(name.dropFirst(prefix.count)))
  }

  /// All parameters as the tensors of a checkpoint.
  func tensors(_ parameters: [Parameter]) -> [(name: String, shape: [Int], elements: [Float])] {
    var tensors: [(name: String, shape: [Int], elements: [Float])] = []
    var thirds: [String: [Parameter]] = [:]
    for parameter in parameters {
      guard let (name, layout) = match(parameter.name) else { continue }
      switch layout {
      case .same: tensors.append((name, parameter.shape, parameter.values))
      case .transposed: tensors.append((name, parameter.shape.reversed(), parameter.transposedValues))
      case .third(let part):
        thirds[name, default: []].append(parameter)
        guard part == 2, let parts = thirds[name] else { continue }
        let outputs = parts[0].shape[0]
        let inputs = parameter.shape.count > 1 ? parameter.shape[1] : 1
        let columns = parts.map { parameter.shape.count > 1 ? $0.transposedValues : $0.values }
        let elements = (0..<inputs).flatMap { row in columns.flatMap { $0[row * outputs..<(row + 1) * outputs] } }
        tensors.append((name, (parameter.shape.count > 1 ? [inputs] : []) + [3 * outputs], elements))
      }
    }
    return tensors
  }
}

extension Parameter {
  fileprivate var transposedValues: [Float] { Tensor(values, shape: shape).transposed().elements }

  /// Takes the values of a checkpoint's tensor, which has to have the shape that this parameter has there.
  fileprivate func load(_ stored: StoredTensor, _ layout: CheckpointNames.Layout, _ path: String) throws {
    var expected: [Int] = layout == .same ? shape : shape.reversed()
    if case .third = layout { expected[expected.count - 1] *= 3 }
    guard stored.shape == expected else {
      throw CheckpointError(file: stored.path, .shape(tensor: stored.name, found: stored.shape, expected: expected))
    }
    let floats = try stored.floats()
    switch layout {
    case .same: values = floats
    case .transposed: values = Tensor(floats, shape: expected).transposed().elements
    case .third(let part):
      let outputs = shape[0]
      let rows = floats.count / (3 * outputs)
      var column: [Float] = []
      for row in 0..<rows {
        let first = (row * 3 + part) * outputs
        column += floats[first..<first + outputs]
      }
      values = rows == 1 && shape.count == 1 ? column : Tensor(column, shape: [rows, outputs]).transposed().elements
    }
  }
}

extension Network {
  /// What a parameter is called in checkpoints of transformers; where it is one of three in one tensor, which.
  package func checkpointName(of parameter: String) -> (name: String, third: Int?)? {
    guard let (name, layout) = names?.match(parameter) else { return nil }
    if case .third(let part) = layout { return (name, part) }
    return (name, nil)
  }
}
