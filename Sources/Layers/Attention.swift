import Tensors

/// What a token may look at.
public enum AttentionMask: String, Sendable {
  /// All tokens of the text.
  case none
  /// Itself and the tokens before it.
  case causal
}

/// Multi-head attention of a sequence to itself (Vaswani et al. 2017, section 3.2.2).
public struct SelfAttention: Layer {
  public var role: String { "attention" }
  public var heads: Int
  /// Heads of keys and values; fewer than ``heads`` are shared by groups of queries (Ainslie et al. 2023).
  public var keyValueHeads: Int
  /// The width of a head; nil: the layer's width divided by the heads.
  public var headWidth: Int?
  public var mask: AttentionMask
  /// Whether the four linear maps add a learned vector.
  public var hasBias: Bool
  /// Whether scores are divided by the root of a head's width; T5 draws smaller weights instead.
  public var isScaled: Bool
  /// The probability of dropping an attention weight in training.
  public var dropout: Float

  public init(
    heads: Int, keyValueHeads: Int? = nil, headWidth: Int? = nil, mask: AttentionMask = .none, bias: Bool = true, isScaled: Bool = true,
    dropout: Float = 0
  ) {
    self.heads = heads
    self.keyValueHeads = keyValueHeads ?? heads
    self.headWidth = headWidth
    self.mask = mask
    hasBias = bias
    self.isScaled = isScaled
    self.dropout = dropout
  }

  public func plan(_ signal: inout Signal, at site: Site) throws(ModelError) -> Plan {
    let width = try site.sequenceWidth(of: signal)
    let size = try headSize(width, heads: heads, keyValueHeads: keyValueHeads, headWidth, dropout, at: site)
    let positions = signal.positions
    switch positions {
    case .rotary where size % 2 != 0: throw site.error("rotary positions turn pairs, and a head of width \(size) is odd")
    case .relative(let expected) where expected != heads:
      throw site.error("has \(heads) heads, but the relative positions before it have \(expected)")
    default: break
    }
    let parts = [("query", heads * size), ("key", keyValueHeads * size), ("value", keyValueHeads * size)]
    let inner = (Float(width), Float(heads * size))
    // T5 (transformers): queries N(0, 1/(width · head)), keys and values N(0, 1/width), output N(0, 1/(heads · head)).
    let initializers: [Initializer]? =
      isScaled
      ? nil
      : [
        .normal(deviation: 1 / (inner.0 * Float(size)).squareRoot()), .normal(deviation: 1 / inner.0.squareRoot()),
        .normal(deviation: 1 / inner.0.squareRoot()),
      ]
    let joined = site.joinedWeight("weight", parts, inputs: width, initializers)
    let bias = hasBias ? site.joinedWeight("bias", parts, inputs: nil, [.zeros, .zeros, .zeros]) : nil
    let output = OutputMap(
      site, inputs: heads * size, outputs: width, hasBias, isScaled ? nil : .normal(deviation: 1 / inner.1.squareRoot()))
    let layer = self
    return Plan(label, at: site, signal, weights: [joined] + [bias].compactMap { $0 } + output.weights) { (x, pass) in
      var mixed = joined.applied(to: x, bias: bias)
      let ahead = pass.nextKeyValuePrefix(heads: layer.heads, keyValueHeads: layer.keyValueHeads, size: size)
      if case .rotary(let base) = positions {
        // Queries, then keys: they lie side by side.
        mixed = mixed.rotated(heads: layer.heads + layer.keyValueHeads, size: size, base: base, start: pass.prefixLength)
      }
      pass.keep(mixed, from: layer.heads * size)
      if let ahead { mixed = .concatenatedInTime([ahead, mixed]) }
      var options = AttentionOptions(
        heads: layer.heads, keyValueHeads: layer.keyValueHeads, scale: layer.isScaled ? 1 / Float(size).squareRoot() : 1,
        isCausal: layer.mask == .causal, visibleKeys: pass.tokens.visibleKeys(prefix: mixed.shape[1] - pass.tokens.time))
      if layer.dropout > 0, let stream = pass.nextDropout() { (options.dropout, options.seed) = (layer.dropout, stream.key) }
      var attentionBias: Tensor?
      if case .relative = positions { attentionBias = pass.attentionBias }
      let y = Tensor.selfAttention(mixed, bias: attentionBias, options: options)
      return output(ahead == nil ? y : y.droppingInTime(pass.prefixLength))
    }
  }

  private var label: String {
    let shared = keyValueHeads == heads ? "" : ", keyValueHeads: \(keyValueHeads)"
    return "SelfAttention(heads: \(heads)\(shared)\(mask == .none ? "" : ", mask: .\(mask)"))"
  }
}

/// Multi-head attention of the decoder to the encoder's output.
public struct CrossAttention: Layer {
  public var heads: Int
  public var headWidth: Int?
  public var hasBias: Bool
  public var isScaled: Bool
  public var dropout: Float

  public init(heads: Int, headWidth: Int? = nil, bias: Bool = true, isScaled: Bool = true, dropout: Float = 0) {
    self.heads = heads
    self.headWidth = headWidth
    hasBias = bias
    self.isScaled = isScaled
    self.dropout = dropout
  }

  public func plan(_ signal: inout Signal, at site: Site) throws(ModelError) -> Plan {
    let width = try site.sequenceWidth(of: signal)
    guard let memoryWidth = signal.memoryWidth else { throw site.error("attends to an encoder, but none comes before it") }
    let size = try headSize(width, heads: heads, keyValueHeads: heads, headWidth, dropout, at: site)
    let inner = heads * size
    let initializers: [Initializer]? =
      isScaled ? nil : [.normal(deviation: 1 / Float(width * size).squareRoot()), .normal(deviation: 1 / Float(width).squareRoot())]
    let query = site.weight("query.weight", [inner, width], initializers?[0])
    let queryBias = hasBias ? site.weight("query.bias", [inner], .zeros) : nil
    let parts = [("key", inner), ("value", inner)]
    let memory = site.joinedWeight("weight", parts, inputs: memoryWidth, initializers.map { [$0[1], $0[1]] })
    let memoryBias = hasBias ? site.joinedWeight("bias", parts, inputs: nil, [.zeros, .zeros]) : nil
    let output = OutputMap(site, inputs: inner, outputs: width, hasBias, isScaled ? nil : .normal(deviation: 1 / Float(inner).squareRoot()))
    let (layer, path) = (self, site.path)
    let weights = [query] + [queryBias].compactMap { $0 } + [memory] + [memoryBias].compactMap { $0 } + output.weights
    return Plan("CrossAttention(heads: \(heads))", at: site, signal, weights: weights) { (x, pass) throws(ModelError) in
      guard let encoded = pass.memory else { throw ModelError(path, "there is no encoder's output to attend to") }
      let ahead = encoded.vectors.shape[1] - encoded.tokens.time
      var options = AttentionOptions(
        heads: layer.heads, scale: layer.isScaled ? 1 / Float(size).squareRoot() : 1, isCausal: false,
        visibleKeys: encoded.tokens.visibleKeys(prefix: ahead))
      if layer.dropout > 0, let stream = pass.nextDropout() { (options.dropout, options.seed) = (layer.dropout, stream.key) }
      return output(
        .crossAttention(
          query.applied(to: x, bias: queryBias), memory.applied(to: encoded.vectors, bias: memoryBias), options: options))
    }
  }
}

/// The last linear map of an attention layer.
private struct OutputMap {
  let weight: Weight
  let bias: Weight?

  init(_ site: Site, inputs: Int, outputs: Int, _ hasBias: Bool, _ initializer: Initializer?) {
    weight = site.weight("output.weight", [outputs, inputs], initializer, endsResidual: true)
    bias = hasBias ? site.weight("output.bias", [outputs], .zeros) : nil
  }

  var weights: [Weight] { [weight] + [bias].compactMap { $0 } }
  func callAsFunction(_ x: Tensor) -> Tensor { weight.applied(to: x, bias: bias) }
}

private func headSize(
  _ width: Int, heads: Int, keyValueHeads: Int, _ headWidth: Int?, _ dropout: Float, at site: Site
) throws(ModelError) -> Int {
  guard heads > 0, keyValueHeads > 0, heads % keyValueHeads == 0 else {
    throw site.error("\(heads) heads cannot share \(keyValueHeads) heads of keys and values evenly")
  }
  guard (0..<1).contains(dropout) else { throw site.error("a dropout of \(dropout); it has to be in 0..<1") }
  if let headWidth {
    guard headWidth > 0 else { throw site.error("a head of width \(headWidth); it has to be positive") }
    return headWidth
  }
  guard width % heads == 0 else {
    throw site.error("\(heads) heads do not divide the width of \(width); the width has to be a multiple of the heads")
  }
  return width / heads
}
