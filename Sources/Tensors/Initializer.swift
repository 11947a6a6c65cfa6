/// How the values of a new parameter are drawn.
public enum Initializer: Sendable, Equatable {
  case zeros
  case ones
  /// Normal with mean 0.
  case normal(deviation: Float)
  /// Normal with mean 0, draws beyond two deviations drawn again.
  case truncatedNormal(deviation: Float)
  /// Uniform in ±bound.
  case uniform(bound: Float)
  /// Uniform in ±√(6 / (inputs + outputs)) (Glorot and Bengio 2010).
  case glorotUniform
  /// Normal with deviation √(2 / inputs) (He et al. 2015).
  case heNormal

  /// Draws a tensor; for a matrix `[outputs, inputs]`.
  public func tensor(_ shape: [Int], using stream: RandomSource) -> Tensor {
    let (outputs, inputs) = (Float(shape.first ?? 1), Float(shape.last ?? 1))
    switch self {
    case .zeros: return Tensor(repeating: 0, shape: shape)
    case .ones: return Tensor(repeating: 1, shape: shape)
    case .normal(let deviation): return .normal(shape, deviation: deviation, using: stream)
    case .truncatedNormal(let deviation): return .normal(shape, deviation: deviation, truncation: 2, using: stream)
    case .uniform(let bound): return .uniform(shape, from: -bound, to: bound, using: stream)
    case .glorotUniform:
      let bound = (6 / (inputs + outputs)).squareRoot()
      return .uniform(shape, from: -bound, to: bound, using: stream)
    case .heNormal: return .normal(shape, deviation: (2 / inputs).squareRoot(), using: stream)
    }
  }

  /// The same distribution with its deviation (or bound) multiplied.
  public func scaled(by factor: Float) -> Initializer {
    switch self {
    case .normal(let deviation): .normal(deviation: deviation * factor)
    case .truncatedNormal(let deviation): .truncatedNormal(deviation: deviation * factor)
    case .uniform(let bound): .uniform(bound: bound * factor)
    default: self
    }
  }
}
