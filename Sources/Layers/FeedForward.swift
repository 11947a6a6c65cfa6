import Tensors

/// Two linear maps with a function between them, for every token by itself (Vaswani et al. 2017, section 3.3).
public struct FeedForward: Layer {
  /// The width between the two maps.
  public enum Inner: Sendable {
    case expansion(Int)
    case width(Int)
  }

  public var inner: Inner
  public var activation: Activation
  /// Whether a second map gates the first: f(gate) · up (Shazeer 2020), as in Llama and T5 v1.1.
  public var isGated: Bool
  public var hasBias: Bool
  /// The probability of dropping an inner value in training.
  public var dropout: Float
  private var hasOwnInitializers = false

  /// - Parameter expansion: how many times as wide as the layer's input the inner vectors are.
  public init(expansion: Int = 4, activation: Activation = .gelu, isGated: Bool = false, bias: Bool = true, dropout: Float = 0) {
    self.init(.expansion(expansion), activation, isGated, bias, dropout)
  }

  /// - Parameter width: of the inner vectors.
  public init(width: Int, activation: Activation = .gelu, isGated: Bool = false, bias: Bool = true, dropout: Float = 0) {
    self.init(.width(width), activation, isGated, bias, dropout)
  }

  private init(_ inner: Inner, _ activation: Activation, _ isGated: Bool, _ bias: Bool, _ dropout: Float) {
    self.inner = inner
    self.activation = activation
    self.isGated = isGated
    hasBias = bias
    self.dropout = dropout
  }

  /// The same layer whose maps start with deviation 1/√inputs, as T5's do.
  func scaledByInputs() -> FeedForward {
    var layer = self
    layer.hasOwnInitializers = true
    return layer
  }

  public func plan(_ signal: inout Signal, at site: Site) throws(ModelError) -> Plan {
    let width = try site.width(of: signal)
    let innerWidth =
      switch inner {
      case .expansion(let factor): factor * width
      case .width(let width): width
      }
    guard innerWidth > 0 else { throw site.error("an inner width of \(innerWidth); it has to be positive") }
    guard (0..<1).contains(dropout) else { throw site.error("a dropout of \(dropout); it has to be in 0..<1") }
    func deviation(_ inputs: Int) -> Initializer? { hasOwnInitializers ? .normal(deviation: 1 / Float(inputs).squareRoot()) : nil }
    let parts = isGated ? [("gate", innerWidth), ("up", innerWidth)] : [("up", innerWidth)]
    let up = site.joinedWeight("weight", parts, inputs: width, deviation(width).map { first in parts.map { _ in first } })
    let upBias = hasBias ? site.joinedWeight("bias", parts, inputs: nil, parts.map { _ in .zeros }) : nil
    let down = site.weight("down.weight", [width, innerWidth], deviation(innerWidth), endsResidual: true)
    let downBias = hasBias ? site.weight("down.bias", [width], .zeros) : nil
    let layer = self
    let weights = [up] + [upBias].compactMap { $0 } + [down] + [downBias].compactMap { $0 }
    let label = "FeedForward(\(innerWidth), \(isGated ? "gated " : "").\(activation))"
    return Plan(label, at: site, signal, weights: weights) { (x, pass) in
      var y = up.applied(to: x, bias: upBias)
      y = layer.isGated ? y.gated(by: layer.activation) : y.activated(by: layer.activation)
      if layer.dropout > 0, let stream = pass.nextDropout() { y = y.dropout(layer.dropout, using: stream) }
      return down.applied(to: y, bias: downBias)
    }
  }
}
