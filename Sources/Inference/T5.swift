import Checkpoints
internal import CKernels

/// T5 (Raffel et al. 2020) in its versions 1.0, 1.1 and flan: an encoder and a decoder with relative positions, RMS norms before the
/// blocks, unscaled attention and no biases.
///
///     encoder: x = embedding[token]                                decoder: y = embedding[token]
///       for each layer                                               for each layer
///         x = x + attention(norm₁(x))                                  y = y + causalAttention(norm₁(y))
///         x = x + feedForward(norm₂(x))                                y = y + attention(norm₂(y), to: x)
///       x = norm(x)                                                    y = y + feedForward(norm₃(y))
///                                                                    logits = norm(y) · outputᵀ
///
/// The feed-forward layer is `wo(relu(wi(x)))` in 1.0 and `wo(gelu(wi₀(x)) · wi₁(x))` in 1.1 and flan. Version 1.0 ties the output to the
/// embedding and scales the decoder's last state by `width^(-½)`.
struct T5: CausalArchitecture {
  struct FeedForward {
    let norm: RMSNorm
    /// The gates and the ups side by side where the layer is gated.
    let expand: Linear
    let contract: Linear
  }

  struct EncoderLayer {
    let attentionNorm: RMSNorm
    let queriesKeysValues: Linear
    let attentionOutput: Linear
    let feedForward: FeedForward
  }

  struct DecoderLayer {
    let attentionNorm: RMSNorm
    let queriesKeysValues: Linear
    let attentionOutput: Linear
    let sourceNorm: RMSNorm
    let sourceQueries: Linear
    let sourceKeysValues: Linear
    let sourceOutput: Linear
    let feedForward: FeedForward
  }

  let shape: CausalShape
  let isGated: Bool
  let activation: Activation
  /// What the decoder's last state is multiplied by.
  let outputScale: Float
  let embedding: Linear
  let encoderBias: DistanceBias
  let encoderLayers: [EncoderLayer]
  let encoderNorm: RMSNorm
  let decoderBias: DistanceBias
  let decoderLayers: [DecoderLayer]
  let decoderNorm: RMSNorm
  let vocabulary: Linear
  let arena: WeightArena

  var needsSource: Bool { true }
  private var attentionWidth: Int { shape.heads * shape.headSize }

  /// The encoder's last states, `[rows, width]`.
  func encode(_ batch: EncoderBatch, _ space: Workspace) -> Rows {
    let x = space.rows(.stream, count: batch.count, width: shape.width)
    let normed = space.rows(.normed, count: batch.count, width: shape.width)
    let projected = space.rows(.projected, count: batch.count, width: 3 * attentionWidth)
    let mixed = space.rows(.mixed, count: batch.count, width: attentionWidth)
    for row in 0..<batch.count { embedding.copyWeights(of: batch.tokens[row], to: x[row]) }
    for layer in encoderLayers {
      layer.attentionNorm(x, into: normed)
      layer.queriesKeysValues(normed, into: projected, space)
      batch.attend(projected, heads: shape.heads, size: shape.headSize, scale: 1, bias: encoderBias, into: mixed, space)
      layer.attentionOutput(mixed, into: x, adding: x, space)
      feedForward(layer.feedForward, x, normed, space)
    }
    let encoded = space.rows(.encoded, count: batch.count, width: shape.width)
    encoderNorm(x, into: encoded)
    return encoded
  }

  /// The keys and values that the decoder's layers look at, for each text of a batch.
  func sources(_ batch: EncoderBatch, _ pool: CachePool, _ space: Workspace) -> [EncodedSource] {
    let before = space.operations
    let encoded = encode(batch, space)
    let perToken = (space.operations - before) / max(batch.count, 1) + decoderLayers.reduce(0) { $0 + 2 * $1.sourceKeysValues.weightCount }
    let sources = batch.texts.map { EncodedSource(count: $0.count, operations: perToken * $0.count, pool: pool) }
    let projected = space.rows(.projected, count: batch.count, width: 2 * attentionWidth)
    for (index, layer) in decoderLayers.enumerated() {
      layer.sourceKeysValues(encoded, into: projected, space)
      for (source, text) in zip(sources, batch.texts) { source.store(layer: index, projected.rows(text)) }
    }
    return sources
  }

  func forward(_ batch: DecodingBatch, logits: Rows, _ space: Workspace) {
    let rows = batch.count
    let y = space.rows(.stream, count: rows, width: shape.width)
    let normed = space.rows(.normed, count: rows, width: shape.width)
    let projected = space.rows(.projected, count: rows, width: 3 * attentionWidth)
    let queries = Rows(base: projected.base, count: rows, width: attentionWidth)
    let mixed = space.rows(.mixed, count: rows, width: attentionWidth)
    for row in 0..<rows { embedding.copyWeights(of: batch.tokens[row], to: y[row]) }
    for (index, layer) in decoderLayers.enumerated() {
      layer.attentionNorm(y, into: normed)
      layer.queriesKeysValues(normed, into: projected, space)
      batch.store(layer: index, projected, keys: attentionWidth, values: 2 * attentionWidth)
      batch.attend(
        layer: index, projected, heads: shape.heads, keyValueHeads: shape.heads, size: shape.headSize, scale: 1, bias: decoderBias,
        into: mixed)
      layer.attentionOutput(mixed, into: y, adding: y, space)
      layer.sourceNorm(y, into: normed)
      layer.sourceQueries(normed, into: queries, space)
      batch.attendToSources(layer: index, queries, heads: shape.heads, size: shape.headSize, scale: 1, into: mixed)
      layer.sourceOutput(mixed, into: y, adding: y, space)
      feedForward(layer.feedForward, y, normed, space)
    }
    let selected = space.selected(batch.wantedRows, of: y)
    let final = space.rows(.normed, count: selected.count, width: shape.width)
    decoderNorm(selected, into: final)
    if outputScale != 1 {
      for i in 0..<final.count * final.width { final.base[i] *= outputScale }
    }
    vocabulary(final, into: logits, space)
  }

  /// Adds the layer's output to `x`.
  private func feedForward(_ layer: FeedForward, _ x: Rows, _ normed: Rows, _ space: Workspace) {
    layer.norm(x, into: normed)
    let hidden = space.rows(.gated, count: x.count, width: shape.hiddenWidth)
    if isGated {
      let pairs = space.rows(.hidden, count: x.count, width: 2 * shape.hiddenWidth)
      layer.expand(normed, into: pairs, space)
      gated(pairs, activation: activation, into: hidden)
    } else {
      layer.expand(normed, into: hidden, activation: activation, space)
    }
    layer.contract(hidden, into: x, adding: x, space)
  }
}
