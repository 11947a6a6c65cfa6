public import Checkpoints

extension CausalTransformer {
  /// Loads a decoder from a Hugging Face folder or a GGUF file.
  ///
  /// - Parameters:
  ///   - path: a folder with `model_type` gpt2 or llama, or a GGUF file of the architecture llama.
  ///   - precision: how the weights are kept.
  ///   - cache: how keys and values are kept; nil takes single precision for `.float32` and half precision for the others.
  /// - Throws: `CheckpointError`, which names the file and what is wrong with it.
  public convenience init(
    path: String, precision: WeightPrecision = .float32, cache: CachePrecision? = nil
  ) throws(CheckpointError) {
    try self.init(Checkpoint(path: path), precision: precision, cache: cache)
  }

  /// Loads a decoder from a checkpoint.
  public convenience init(
    _ checkpoint: Checkpoint, precision: WeightPrecision = .float32, cache: CachePrecision? = nil
  ) throws(CheckpointError) {
    let automaticCache: CachePrecision = precision == .float32 ? .float32 : .float16
    if checkpoint.isGGUF {
      let kind = checkpoint.ggufMetadata["general.architecture"]?.stringValue ?? "missing"
      guard kind == "llama" else {
        throw CheckpointError(file: checkpoint.path, .setting(name: "general.architecture", found: "\"\(kind)\"", allowed: "\"llama\""))
      }
      self.init(
        try Llama(gguf: checkpoint, precision: precision), cache: cache ?? automaticCache,
        beginToken: checkpoint.ggufMetadata["tokenizer.ggml.bos_token_id"]?.intValue,
        endTokens: [checkpoint.ggufMetadata["tokenizer.ggml.eos_token_id"]?.intValue].compactMap { $0 })
      return
    }
    enum Kind { case gpt2, llama }
    let architecture: any CausalArchitecture
    switch try checkpoint.setting("model_type", default: "missing", ["gpt2": Kind.gpt2, "llama": .llama]) {
    case .gpt2: architecture = try GPT2(checkpoint, precision: precision)
    case .llama: architecture = try Llama(checkpoint, precision: precision)
    }
    self.init(
      architecture, cache: cache ?? automaticCache, beginToken: checkpoint.config["bos_token_id"]?.intValue, endTokens: checkpoint.endTokens
    )
  }
}
