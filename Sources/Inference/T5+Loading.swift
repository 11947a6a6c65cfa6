import Checkpoints

extension T5 {
  /// Reads a Hugging Face folder of `model_type: t5`.
  init(_ checkpoint: Checkpoint, precision: WeightPrecision) throws(CheckpointError) {
    let width = try checkpoint.setting("d_model", 1...65536)
    let heads = try checkpoint.setting("num_heads", 1...65536)
    let layers = try checkpoint.setting("num_layers", 1...4096)
    let shape = CausalShape(
      vocabularySize: try checkpoint.setting("vocab_size", 1...1 << 24),
      // Relative positions have no end of their own.
      contextLength: 1 << 20, layers: try checkpoint.setting("num_decoder_layers", 1...4096, default: layers), width: width, heads: heads,
      keyValueHeads: heads, headSize: try checkpoint.setting("d_kv", 1...256), hiddenWidth: try checkpoint.setting("d_ff", 1...1 << 20))
    let (isGated, activation): (Bool, Activation) = try checkpoint.setting(
      "feed_forward_proj", default: "relu", ["relu": (false, .relu), "gated-gelu": (true, .geluTanh), "gated-silu": (true, .silu)])
    (self.isGated, self.activation) = (isGated, activation)
    let epsilon = Float(try checkpoint.setting("layer_norm_epsilon", default: 1e-6))
    let buckets = try checkpoint.setting("relative_attention_num_buckets", 4...1 << 16, default: 32)
    let longest = try checkpoint.setting("relative_attention_max_distance", buckets...1 << 20, default: 128)
    var loader = WeightLoader(checkpoint, precision: precision)
    let inner = heads * shape.headSize
    embedding = try loader.linear([("shared", shape.vocabularySize)], inputs: width, hasBias: false, isVocabulary: true)

    func attentionInput(_ name: String) throws(CheckpointError) -> Linear {
      try loader.linear(["q", "k", "v"].map { (name: "\(name).\($0)", outputs: inner) }, inputs: width, hasBias: false)
    }
    func output(_ name: String) throws(CheckpointError) -> Linear {
      try loader.linear([(name: "\(name).o", outputs: width)], inputs: inner, hasBias: false)
    }
    func norm(_ name: String) throws(CheckpointError) -> RMSNorm {
      try loader.rmsNorm("\(name).layer_norm", width: width, epsilon: epsilon)
    }
    func feedForward(_ name: String) throws(CheckpointError) -> FeedForward {
      let parts = (isGated ? ["wi_0", "wi_1"] : ["wi"]).map { (name: "\(name).DenseReluDense.\($0)", outputs: shape.hiddenWidth) }
      return FeedForward(
        norm: try norm(name), expand: try loader.linear(parts, inputs: width, hasBias: false),
        contract: try loader.linear([(name: "\(name).DenseReluDense.wo", outputs: width)], inputs: shape.hiddenWidth, hasBias: false))
    }
    func bias(isBidirectional: Bool) throws(CheckpointError) -> DistanceBias {
      let weights = try loader.tensor("block.0.layer.0.SelfAttention.relative_attention_bias.weight", shape: [buckets, heads]).floats()
      let table = RelativePositions.table(weights, heads: heads, buckets: buckets, longest: longest, isBidirectional: isBidirectional)
      return DistanceBias(table: loader.arena.copy(table), limit: longest)
    }

    loader.prefix = "encoder."
    encoderBias = try bias(isBidirectional: true)
    encoderNorm = try loader.rmsNorm("final_layer_norm", width: width, epsilon: epsilon)
    var encoderLayers: [EncoderLayer] = []
    for index in 0..<layers {
      let name = "block.\(index).layer"
      encoderLayers.append(
        EncoderLayer(
          attentionNorm: try norm("\(name).0"), queriesKeysValues: try attentionInput("\(name).0.SelfAttention"),
          attentionOutput: try output("\(name).0.SelfAttention"), feedForward: try feedForward("\(name).1")))
    }
    self.encoderLayers = encoderLayers

    loader.prefix = "decoder."
    decoderBias = try bias(isBidirectional: false)
    decoderNorm = try loader.rmsNorm("final_layer_norm", width: width, epsilon: epsilon)
    var decoderLayers: [DecoderLayer] = []
    for index in 0..<shape.layers {
      let name = "block.\(index).layer"
      let source = "\(name).1.EncDecAttention"
      decoderLayers.append(
        DecoderLayer(
          attentionNorm: try norm("\(name).0"), queriesKeysValues: try attentionInput("\(name).0.SelfAttention"),
          attentionOutput: try output("\(name).0.SelfAttention"), sourceNorm: try norm("\(name).1"),
          sourceQueries: try loader.linear([("\(source).q", inner)], inputs: width, hasBias: false),
          sourceKeysValues: try loader.linear([("\(source).k", inner), ("\(source).v", inner)], inputs: width, hasBias: false),
          sourceOutput: try output(source), feedForward: try feedForward("\(name).2")))
    }
    self.decoderLayers = decoderLayers

    loader.prefix = ""
    let isTied = checkpoint.config["tie_word_embeddings"]?.boolValue ?? true
    vocabulary =
      isTied ? embedding : try loader.linear([("lm_head", shape.vocabularySize)], inputs: width, hasBias: false, isVocabulary: true)
    let isScaled = checkpoint.config["scale_decoder_outputs"]?.boolValue ?? isTied
    outputScale = isScaled ? 1 / Float(width).squareRoot() : 1
    self.shape = shape
    arena = loader.arena
  }
}
