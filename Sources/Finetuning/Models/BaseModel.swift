internal import CMiniatures
internal import Checkpoints
internal import Display
internal import Layers
internal import Pretrained
public import Tokenizers

/// What a finetuning starts from: weights, a configuration and a tokenizer.
///
/// ```swift
/// let minilm = try BaseModel("models/minilm")
/// let small = try BaseModel.miniature(.encoder)     // carried by the library
/// ```
/// Every method loads the weights afresh, so that rows of a comparison do not influence each other.
public struct BaseModel: Sendable {
  /// What it is called in tables.
  public let name: String
  public let kind: ModelKind
  public let tokenizer: Tokenizer
  /// The task that the checkpoint was trained on, as far as its files say: such a model has seen it, and its zero-shot row is flagged.
  public let seenTask: String?
  let checkpoint: Checkpoint
  /// Whether it is one of those that the library carries.
  var isMiniature = false

  /// Loads what a name leads to.
  ///
  /// - Parameter name: a Hugging Face folder, a GGUF file, or the name of a repository in the hub's cache on this machine.
  /// - Throws: one sentence: which file, what is wrong with it, what is allowed.
  public init(_ name: String) throws {
    let checkpoint = try Checkpoint(path: CheckpointLocation(name).path)
    try self.init(name: LabeledData.shortName(name), checkpoint, Tokenizer(of: checkpoint))
  }

  /// One of the small models that the library carries, pretrained on ``Stories``; see `Recipes/Miniatures` for how.
  ///
  /// | | layers | parameters | pretrained to |
  /// |---|---|---|---|
  /// | `.encoder` | 4 | 0.9 M | fill in masked words, judge what follows |
  /// | `.decoder` | 4 | 0.8 M | write the next word |
  /// | `.encoderDecoder` | 2 + 2 | 1.0 M | write what was cut out |
  public static func miniature(_ kind: ModelKind) throws -> BaseModel {
    var count = 0
    let number =
      switch kind {
      case .encoder: MINIATURE_ENCODER
      case .decoder: MINIATURE_DECODER
      case .encoderDecoder: MINIATURE_ENCODER_DECODER
      }
    let start = miniature_weights(Int32(number), &count)
    let (name, miniature) = ("miniature \(kind.familyName)", Miniature(kind: kind))
    var model = try BaseModel(
      name: name,
      Checkpoint(name: name, config: miniature.config, staticWeights: UnsafeRawBufferPointer(start: start, count: count)),
      Tokenizer(json: miniature.tokenizer.compactText, name: name))
    model.isMiniature = true
    return model
  }

  init(name: String, _ checkpoint: Checkpoint, _ tokenizer: Tokenizer) throws {
    self.name = name
    self.checkpoint = checkpoint
    self.tokenizer = tokenizer
    switch checkpoint.isGGUF ? "llama" : checkpoint.config["model_type"]?.stringValue {
    case "bert": kind = .encoder
    case "gpt2", "llama": kind = .decoder
    case "t5": kind = .encoderDecoder
    case let other:
      throw CheckpointError(
        file: "\(checkpoint.path)/config.json",
        .setting(name: "model_type", found: other ?? "missing", allowed: "bert, gpt2, llama, t5"))
    }
    let isFlan = name.lowercased().contains("flan")
    // T5's first checkpoints were trained on MNLI among others, and say so by the prefixes of their tasks.
    let isMultitask = kind == .encoderDecoder && checkpoint.config["task_specific_params"]?.objectValue != nil
    seenTask = isFlan ? "flan's mixture of tasks has MNLI and SNLI" : isMultitask ? "T5's own mixture has MNLI" : nil
  }

  /// Whether the checkpoint has this tensor, under this name or without what a head puts before it.
  func has(_ tensor: String) -> Bool { checkpoint.tensor(tensor) != nil }

  /// What the model is asked where the caller does not say it: of a miniature, in the words of its own texts.
  func usualPrompt(for data: LabeledData) -> Prompt {
    isMiniature && data.labels == NLI.labels ? .stories(for: kind) : .standard(for: kind, data)
  }

  /// The longest text that the model can read, in tokens; nil where positions set no limit.
  var context: Int? {
    switch kind {
    case .encoder: checkpoint.config["max_position_embeddings"]?.intValue
    case .decoder: checkpoint.config["n_positions"]?.intValue ?? checkpoint.config["max_position_embeddings"]?.intValue
    case .encoderDecoder: nil
    }
  }

  /// The token that ends a text.
  var endToken: Int? { checkpoint.config["eos_token_id"]?.intValue ?? tokenizer.specialTokens.end }
}

/// What can be finetuned: a model as decoding uses it, or a ``BaseModel``.
public protocol Finetunable: Sendable {
  /// The weights and the tokenizer, loaded for training.
  func baseModel() throws -> BaseModel
}

extension BaseModel: Finetunable {
  public func baseModel() throws -> BaseModel { self }
}

extension BaseModel {
  /// Writes the model as transformers reads it: the base that an adapter written by a comparison belongs to.
  public func save(to folder: String) throws {
    try TextFile.makeFolder(folder)
    try Network(checkpoint: checkpoint, bertHead: isMiniature && kind == .encoder ? .pretraining : nil).save(to: folder)
    for (name, text) in tokenizerFiles() { try TextFile.write(text, to: "\(folder)/\(name)") }
  }

  /// The files of a miniature's tokenizer, by name, to lie beside weights that are written; those of other models lie beside their own.
  func tokenizerFiles() -> [(name: String, text: String)] {
    guard isMiniature else { return [] }
    let miniature = Miniature(kind: kind)
    return [("tokenizer.json", miniature.tokenizer.compactText), ("tokenizer_config.json", miniature.tokenizerConfig.compactText)]
  }
}
