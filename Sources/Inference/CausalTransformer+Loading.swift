public import Checkpoints

extension CausalTransformer {
  /// Loads a decoder from a Hugging Face folder or a GGUF file.
  ///
  /// - Parameters:
  ///   - path: a folder with `model_type` gpt2 or llama, or a GGUF file of these architectures.
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
    let architecture: any CausalArchitecture
    if checkpoint.isGGUF {
      switch try checkpoint.ggufArchitecture(["gpt2", "llama"]) {
      case "gpt2": architecture = try GPT2(checkpoint.transformersView(), precision: precision)
      default: architecture = try Llama(gguf: checkpoint, precision: precision)
      }
    } else {
      enum Kind { case gpt2, llama }
      switch try checkpoint.setting("model_type", default: "missing", ["gpt2": Kind.gpt2, "llama": .llama]) {
      case .gpt2: architecture = try GPT2(checkpoint, precision: precision)
      case .llama: architecture = try Llama(checkpoint, precision: precision)
      }
    }
    self.init(
      architecture, cache: cache ?? (precision == .float32 ? .float32 : .float16), beginToken: checkpoint.beginToken,
      endTokens: checkpoint.endTokens)
  }
}
