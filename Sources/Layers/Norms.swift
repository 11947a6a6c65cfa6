import Tensors

/// Layer normalisation (Ba et al. 2016): every vector to mean 0 and variance 1, then a learned scale and shift.
public struct LayerNorm: Layer {
  public var role: String { "norm" }
  /// Added to the variance.
  public var epsilon: Float

  public init(epsilon: Float = 1e-5) { self.epsilon = epsilon }

  public func plan(_ signal: inout Signal, at site: Site) throws(ModelError) -> Plan {
    let width = try site.width(of: signal)
    let weight = site.weight("weight", [width], .ones)
    let bias = site.weight("bias", [width], .zeros)
    let epsilon = epsilon
    return Plan("LayerNorm", at: site, signal, weights: [weight, bias]) { (x, _) in
      x.layerNormalized(weight: weight.tensor, bias: bias.tensor, epsilon: epsilon)
    }
  }
}

/// Root-mean-square normalisation (Zhang and Sennrich 2019): every vector to mean square 1, then a learned scale.
public struct RMSNorm: Layer {
  public var role: String { "norm" }
  /// Added to the mean square.
  public var epsilon: Float

  public init(epsilon: Float = 1e-6) { self.epsilon = epsilon }

  public func plan(_ signal: inout Signal, at site: Site) throws(ModelError) -> Plan {
    let width = try site.width(of: signal)
    let weight = site.weight("weight", [width], .ones)
    let epsilon = epsilon
    return Plan("RMSNorm", at: site, signal, weights: [weight]) { (x, _) in
      x.rootMeanSquareNormalized(weight: weight.tensor, epsilon: epsilon)
    }
  }
}

/// Drops elements at random in training, with a probability, and scales the others up (Srivastava et al. 2014).
public struct Dropout: Layer {
  public var probability: Float

  /// - Parameter probability: in `0..<1`.
  public init(_ probability: Float) { self.probability = probability }

  public func plan(_ signal: inout Signal, at site: Site) throws(ModelError) -> Plan {
    guard (0..<1).contains(probability) else { throw site.error("a probability of \(probability); it has to be in 0..<1") }
    let probability = probability
    return Plan("Dropout(\(probability))", at: site, signal) { (x, pass) in
      guard let stream = pass.nextDropout() else { return x }
      return x.dropout(probability, using: stream)
    }
  }
}
