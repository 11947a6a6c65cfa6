import Checkpoints
internal import CKernels

/// Llama (Touvron et al. 2023): a decoder with rotary positions, RMS norms, grouped queries and a gated feed-forward layer (SwiGLU).
///
///     x = tokenEmbedding[token]
///     for each layer
///       x = x + attention(rotate(norm₁(x)))
///       x = x + down(silu(gate(norm₂(x))) · up(norm₂(x)))
///     logits = norm(x) · outputᵀ
struct Llama: CausalArchitecture {
  struct Layer {
    let attentionNorm: RMSNorm
    let queriesKeysValues: Linear
    let attentionOutput: Linear
    let feedForwardNorm: RMSNorm
    let gateAndUp: Linear
    let down: Linear
  }

  let shape: CausalShape
  let positions: RotaryPositions
  let tokenEmbedding: Linear
  let layers: [Layer]
  let finalNorm: RMSNorm
  /// The token embedding itself where the checkpoint ties them.
  let vocabulary: Linear
  let arena: WeightArena

  func forward(_ batch: DecodingBatch, logits: Rows, _ space: Workspace) {
    let rows = batch.count
    let (queryWidth, keyWidth) = (shape.heads * shape.headSize, shape.keyValueHeads * shape.headSize)
    let x = space.rows(.stream, count: rows, width: shape.width)
    let normed = space.rows(.normed, count: rows, width: shape.width)
    let projected = space.rows(.projected, count: rows, width: queryWidth + 2 * keyWidth)
    let mixed = space.rows(.mixed, count: rows, width: queryWidth)
    let pairs = space.rows(.hidden, count: rows, width: 2 * shape.hiddenWidth)
    let hidden = space.rows(.gated, count: rows, width: shape.hiddenWidth)
    let turns = positions.turns(at: batch.positions, space)
    for row in 0..<rows { tokenEmbedding.copyWeights(of: batch.tokens[row], to: x[row]) }
    for (index, layer) in layers.enumerated() {
      layer.attentionNorm(x, into: normed)
      layer.queriesKeysValues(normed, into: projected, space)
      // Queries and keys stand side by side, and both are turned.
      RotaryPositions.rotate(projected, heads: shape.heads + shape.keyValueHeads, size: shape.headSize, by: turns)
      batch.store(layer: index, projected, keys: queryWidth, values: queryWidth + keyWidth)
      batch.attend(
        layer: index, projected, heads: shape.heads, keyValueHeads: shape.keyValueHeads, size: shape.headSize,
        scale: 1 / Float(shape.headSize).squareRoot(), into: mixed)
      layer.attentionOutput(mixed, into: x, adding: x, space)
      layer.feedForwardNorm(x, into: normed)
      layer.gateAndUp(normed, into: pairs, space)
      gated(pairs, activation: .silu, into: hidden)
      layer.down(hidden, into: x, adding: x, space)
    }
    let selected = space.selected(batch.wantedRows, of: x)
    let final = space.rows(.normed, count: selected.count, width: shape.width)
    finalNorm(selected, into: final)
    vocabulary(final, into: logits, space)
  }
}

extension Llama {
  /// Reads a Hugging Face folder of `model_type: llama`.
  init(_ checkpoint: Checkpoint, precision: WeightPrecision) throws(CheckpointError) {
    let width = try checkpoint.setting("hidden_size", 1...65536)
    let heads = try checkpoint.setting("num_attention_heads", 1...width)
    let keyValueHeads = try checkpoint.setting("num_key_value_heads", 1...heads, default: heads)
    let headSize = try checkpoint.setting("head_dim", 2...256, default: width / heads)
    guard heads % keyValueHeads == 0, headSize % 2 == 0 else {
      throw CheckpointError(
        file: checkpoint.configPath,
        .setting(
          name: "num_key_value_heads", found: "\(keyValueHeads)",
          allowed: "divisors of num_attention_heads = \(heads), with heads of even size"))
    }
    let _: Int = try checkpoint.setting("hidden_act", default: "silu", ["silu": 0])
    shape = CausalShape(
      vocabularySize: try checkpoint.setting("vocab_size", 1...1 << 24),
      contextLength: try checkpoint.setting("max_position_embeddings", 1...1 << 24),
      layers: try checkpoint.setting("num_hidden_layers", 1...4096),
      width: width, heads: heads, keyValueHeads: keyValueHeads, headSize: headSize,
      hiddenWidth: try checkpoint.setting("intermediate_size", 1...1 << 20))
    positions = try RotaryPositions(checkpoint, headSize: headSize)
    let hasAttentionBias = checkpoint.config["attention_bias"]?.boolValue ?? false
    let hasFeedForwardBias = checkpoint.config["mlp_bias"]?.boolValue ?? false
    let epsilon = Float(try checkpoint.setting("rms_norm_eps", default: 1e-6))
    var loader = WeightLoader(checkpoint, precision: precision)
    loader.prefix = "model."
    tokenEmbedding = try loader.linear([("embed_tokens", shape.vocabularySize)], inputs: width, hasBias: false, isVocabulary: true)
    finalNorm = try loader.rmsNorm("norm", width: width, epsilon: epsilon)
    var layers: [Layer] = []
    for index in 0..<shape.layers {
      func linear(_ parts: [(String, Int)], inputs: Int, hasBias: Bool) throws(CheckpointError) -> Linear {
        try loader.linear(parts.map { (name: "layers.\(index).\($0.0)", outputs: $0.1) }, inputs: inputs, hasBias: hasBias)
      }
      let keyWidth = keyValueHeads * headSize
      layers.append(
        Layer(
          attentionNorm: try loader.rmsNorm("layers.\(index).input_layernorm", width: width, epsilon: epsilon),
          queriesKeysValues: try linear(
            [("self_attn.q_proj", heads * headSize), ("self_attn.k_proj", keyWidth), ("self_attn.v_proj", keyWidth)], inputs: width,
            hasBias: hasAttentionBias),
          attentionOutput: try linear([("self_attn.o_proj", width)], inputs: heads * headSize, hasBias: hasAttentionBias),
          feedForwardNorm: try loader.rmsNorm("layers.\(index).post_attention_layernorm", width: width, epsilon: epsilon),
          gateAndUp: try linear(
            [("mlp.gate_proj", shape.hiddenWidth), ("mlp.up_proj", shape.hiddenWidth)], inputs: width, hasBias: hasFeedForwardBias),
          down: try linear([("mlp.down_proj", width)], inputs: shape.hiddenWidth, hasBias: hasFeedForwardBias)))
    }
    self.layers = layers
    loader.prefix = ""
    let isTied = checkpoint.config["tie_word_embeddings"]?.boolValue ?? false
    vocabulary =
      isTied || !loader.has("lm_head.weight")
      ? tokenEmbedding : try loader.linear([("lm_head", shape.vocabularySize)], inputs: width, hasBias: false, isVocabulary: true)
    arena = loader.arena
  }
}
