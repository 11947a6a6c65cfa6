import Checkpoints

extension Llama {
  /// Reads a GGUF file of the architecture llama.
  init(gguf checkpoint: Checkpoint, precision: WeightPrecision) throws(CheckpointError) {
    func setting(_ name: String, _ allowed: ClosedRange<Int>, default value: Int? = nil) throws(CheckpointError) -> Int {
      guard let found = checkpoint.ggufMetadata["llama.\(name)"] else {
        if let value { return value }
        throw CheckpointError(
          file: checkpoint.path,
          .setting(name: "llama.\(name)", found: "missing", allowed: "\(allowed.lowerBound) to \(allowed.upperBound)"))
      }
      guard let number = found.intValue, allowed.contains(number) else {
        throw CheckpointError(
          file: checkpoint.path,
          .setting(name: "llama.\(name)", found: "\(found)", allowed: "\(allowed.lowerBound) to \(allowed.upperBound)"))
      }
      return number
    }
    let width = try setting("embedding_length", 1...65536)
    let heads = try setting("attention.head_count", 1...width)
    let keyValueHeads = try setting("attention.head_count_kv", 1...heads, default: heads)
    let headSize = try setting("attention.key_length", 2...256, default: width / heads)
    guard heads % keyValueHeads == 0, headSize % 2 == 0, try setting("rope.dimension_count", 1...256, default: headSize) == headSize else {
      throw CheckpointError(
        file: checkpoint.path,
        .setting(
          name: "llama.attention.head_count_kv", found: "\(keyValueHeads)",
          allowed: "divisors of head_count = \(heads), with heads of even size that are rotated whole"))
    }
    var loader = WeightLoader(checkpoint, precision: precision)
    guard let embedding = checkpoint.tensor("token_embd.weight") else {
      throw CheckpointError(file: checkpoint.path, .missing(tensor: "token_embd.weight"))
    }
    shape = CausalShape(
      vocabularySize: embedding.shape.first ?? 0, contextLength: try setting("context_length", 1...1 << 24),
      layers: try setting("block_count", 1...4096), width: width, heads: heads, keyValueHeads: keyValueHeads, headSize: headSize,
      hiddenWidth: try setting("feed_forward_length", 1...1 << 20))
    positions = try Self.positions(checkpoint, headSize: headSize)
    let epsilon = Float(checkpoint.ggufMetadata["llama.attention.layer_norm_rms_epsilon"]?.doubleValue ?? 1e-5)
    tokenEmbedding = try loader.linear([("token_embd", shape.vocabularySize)], inputs: width, hasBias: false, isVocabulary: true)
    finalNorm = try loader.rmsNorm("output_norm", width: width, epsilon: epsilon)
    var layers: [Layer] = []
    for index in 0..<shape.layers {
      loader.prefix = "blk.\(index)."
      let keyWidth = keyValueHeads * headSize
      layers.append(
        Layer(
          attentionNorm: try loader.rmsNorm("attn_norm", width: width, epsilon: epsilon),
          queriesKeysValues: try loader.linear(
            [("attn_q", heads * headSize), ("attn_k", keyWidth), ("attn_v", keyWidth)], inputs: width, hasBias: false,
            interleavedHeadSizes: [headSize, headSize, nil]),
          attentionOutput: try loader.linear([("attn_output", width)], inputs: heads * headSize, hasBias: false),
          feedForwardNorm: try loader.rmsNorm("ffn_norm", width: width, epsilon: epsilon),
          gateAndUp: try loader.linear([("ffn_gate", shape.hiddenWidth), ("ffn_up", shape.hiddenWidth)], inputs: width, hasBias: false),
          down: try loader.linear([("ffn_down", width)], inputs: shape.hiddenWidth, hasBias: false)))
    }
    self.layers = layers
    loader.prefix = ""
    vocabulary =
      loader.has("output.weight")
      ? try loader.linear([("output", shape.vocabularySize)], inputs: width, hasBias: false, isVocabulary: true) : tokenEmbedding
    arena = loader.arena
  }

  private static func positions(_ checkpoint: Checkpoint, headSize: Int) throws(CheckpointError) -> RotaryPositions {
    let metadata = checkpoint.ggufMetadata
    let plain = RotaryPositions(headSize: headSize, base: metadata["llama.rope.freq_base"]?.doubleValue ?? 10_000)
    if checkpoint.tensor("rope_freqs.weight") != nil {
      return plain.divided(by: try checkpoint.tensor("rope_freqs.weight", shape: [headSize / 2]).floats())
    }
    switch metadata["llama.rope.scaling.type"]?.stringValue ?? "none" {
    case "none": return plain
    case "linear":
      guard let factor = metadata["llama.rope.scaling.factor"]?.doubleValue, factor > 0 else {
        throw CheckpointError(
          file: checkpoint.path, .setting(name: "llama.rope.scaling.factor", found: "missing", allowed: "a positive number"))
      }
      return plain.scaled(by: Float(factor))
    case let kind:
      throw CheckpointError(
        file: checkpoint.path, .setting(name: "llama.rope.scaling.type", found: "\"\(kind)\"", allowed: "\"none\", \"linear\""))
    }
  }
}
