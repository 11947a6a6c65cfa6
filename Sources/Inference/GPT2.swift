import Checkpoints
internal import CKernels

/// GPT-2 (Radford et al. 2019): a decoder with learned positions, pre-norm blocks and GELU.
///
///     x = tokenEmbedding[token] + positionEmbedding[position]
///     for each layer
///       x = x + attention(norm₁(x))
///       x = x + contract(gelu(expand(norm₂(x))))
///     logits = norm(x) · tokenEmbeddingᵀ
struct GPT2: CausalArchitecture {
  struct Layer {
    let attentionNorm: LayerNorm
    let queriesKeysValues: Linear
    let attentionOutput: Linear
    let feedForwardNorm: LayerNorm
    let expand: Linear
    let contract: Linear
  }

  let shape: CausalShape
  let activation: Activation
  let positionEmbedding: Embedding
  let layers: [Layer]
  let finalNorm: LayerNorm
  /// The token embedding too, which GPT-2 ties to it.
  let vocabulary: Linear
  let arena: WeightArena

  func forward(_ batch: DecodingBatch, logits: Rows, _ space: Workspace) {
    let (rows, width) = (batch.count, shape.width)
    let x = space.rows(.stream, count: rows, width: width)
    let normed = space.rows(.normed, count: rows, width: width)
    let projected = space.rows(.projected, count: rows, width: 3 * width)
    let mixed = space.rows(.mixed, count: rows, width: width)
    let hidden = space.rows(.hidden, count: rows, width: shape.hiddenWidth)
    for row in 0..<rows {
      vocabulary.copyWeights(of: batch.tokens[row], to: x[row])
      positionEmbedding.add(batch.positions[row], to: x[row])
    }
    for (index, layer) in layers.enumerated() {
      layer.attentionNorm(x, into: normed)
      layer.queriesKeysValues(normed, into: projected, space)
      batch.store(layer: index, projected, keys: width, values: 2 * width)
      batch.attend(
        layer: index, projected, heads: shape.heads, keyValueHeads: shape.heads, size: shape.headSize,
        scale: 1 / Float(shape.headSize).squareRoot(), into: mixed)
      layer.attentionOutput(mixed, into: x, adding: x, space)
      layer.feedForwardNorm(x, into: normed)
      layer.expand(normed, into: hidden, activation: activation, space)
      layer.contract(hidden, into: x, adding: x, space)
    }
    let selected = space.selected(batch.wantedRows, of: x)
    let final = space.rows(.normed, count: selected.count, width: width)
    finalNorm(selected, into: final)
    vocabulary(final, into: logits, space)
  }
}

extension GPT2 {
  /// Reads a Hugging Face folder of `model_type: gpt2`, whose linear maps lie as `[inputs, outputs]`, or a GGUF file, whose do not.
  init(_ checkpoint: Checkpoint, precision: WeightPrecision) throws(CheckpointError) {
    let width = try checkpoint.setting("n_embd", 1...65536)
    let heads = try checkpoint.setting("n_head", 1...width)
    guard width % heads == 0, width / heads <= 256 else {
      throw CheckpointError(
        file: checkpoint.configPath,
        .setting(name: "n_head", found: "\(heads)", allowed: "divisors of n_embd = \(width) that leave heads of up to 256"))
    }
    shape = CausalShape(
      vocabularySize: try checkpoint.setting("vocab_size", 1...1 << 24), contextLength: try checkpoint.setting("n_positions", 1...1 << 24),
      layers: try checkpoint.setting("n_layer", 1...4096), width: width, heads: heads, keyValueHeads: heads, headSize: width / heads,
      hiddenWidth: try checkpoint.setting("n_inner", 1...1 << 20, default: 4 * width))
    activation = try checkpoint.setting(
      "activation_function", default: "gelu_new",
      ["gelu_new": .geluTanh, "gelu_pytorch_tanh": .geluTanh, "gelu": .gelu, "relu": .relu, "silu": .silu])
    let epsilon = Float(try checkpoint.setting("layer_norm_epsilon", default: 1e-5))
    var loader = WeightLoader(checkpoint, precision: precision)
    if !loader.has("wte.weight") { loader.prefix = "transformer." }
    vocabulary = try loader.linear([("wte", shape.vocabularySize)], inputs: width, hasBias: false, isVocabulary: true)
    positionEmbedding = try loader.embedding("wpe.weight", count: shape.contextLength, width: width)
    var layers: [Layer] = []
    for index in 0..<shape.layers {
      func linear(_ name: String, _ inputs: Int, _ outputs: Int) throws(CheckpointError) -> Linear {
        try loader.linear([("h.\(index).\(name)", outputs)], inputs: inputs, hasBias: true, isTransposed: !checkpoint.isGGUF)
      }
      layers.append(
        Layer(
          attentionNorm: try loader.layerNorm("h.\(index).ln_1", width: width, epsilon: epsilon),
          queriesKeysValues: try linear("attn.c_attn", width, 3 * width),
          attentionOutput: try linear("attn.c_proj", width, width),
          feedForwardNorm: try loader.layerNorm("h.\(index).ln_2", width: width, epsilon: epsilon),
          expand: try linear("mlp.c_fc", width, shape.hiddenWidth),
          contract: try linear("mlp.c_proj", shape.hiddenWidth, width)))
    }
    self.layers = layers
    finalNorm = try loader.layerNorm("ln_f", width: width, epsilon: epsilon)
    arena = loader.arena
  }
}

extension Workspace {
  /// The rows that are wanted, side by side.
  func selected(_ wanted: [Int], of x: Rows) -> Rows {
    let selected = rows(.selected, count: wanted.count, width: x.width)
    for (index, row) in wanted.enumerated() { selected[index].update(from: x[row], count: x.width) }
    return selected
  }
}
