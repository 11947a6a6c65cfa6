internal import CTraining

/// A named part of a model that training changes.
///
/// Several parameters may lie in one tensor, as the query, key and value weights of an attention layer do: the model multiplies by all
/// of them at once, while optimizers and checkpoints see three.
public final class Parameter {
  /// The path of the parameter in its model: `layers.0.attention.query.weight`.
  public let name: String
  /// Sizes of its own part.
  public let shape: [Int]
  /// The tensor that the model computes with.
  package let leaf: Tensor
  private let offset: Int
  private let siblings: Siblings
  /// Whether training changes it. A frozen parameter gets no gradient.
  public var isTrainable: Bool {
    didSet {
      siblings.trainable += (isTrainable ? 1 : 0) - (oldValue ? 1 : 0)
      leaf.requiresGradient = siblings.trainable > 0
    }
  }

  /// The parameters of one tensor.
  private final class Siblings {
    var trainable = 0
  }

  private init(name: String, shape: [Int], leaf: Tensor, offset: Int, siblings: Siblings) {
    self.name = name
    self.shape = shape
    self.leaf = leaf
    self.offset = offset
    self.siblings = siblings
    isTrainable = true
    siblings.trainable += 1
    leaf.requiresGradient = true
  }

  /// A parameter that is a tensor of its own.
  public convenience init(name: String, _ tensor: Tensor) {
    self.init(name: name, shape: tensor.shape, leaf: tensor, offset: 0, siblings: Siblings())
  }

  /// Parameters that share a tensor, one after the other along its first dimension.
  ///
  /// - Parameter parts: names and sizes along the first dimension, which together fill the tensor.
  public static func joined(_ parts: [(name: String, size: Int)], in tensor: Tensor) -> [Parameter] {
    let rest = Array(tensor.shape.dropFirst())
    precondition(parts.reduce(0) { $0 + $1.size } == tensor.shape.first, "the parts do not fill a tensor of shape \(tensor.shape)")
    let siblings = Siblings()
    var offset = 0
    return parts.map { part in
      defer { offset += part.size * rest.reduce(1, *) }
      return Parameter(name: part.name, shape: [part.size] + rest, leaf: tensor, offset: offset, siblings: siblings)
    }
  }

  /// Number of values.
  public var count: Int { shape.reduce(1, *) }
  package var pointer: UnsafeMutablePointer<Float> { leaf.pointer + offset }
  package var gradientPointer: UnsafeMutablePointer<Float>? { leaf.gradientStorage.map { $0.pointer + offset } }

  /// The values, row by row. Setting takes as many as there are.
  public var values: [Float] {
    get { Array(UnsafeBufferPointer(start: pointer, count: count)) }
    set {
      precondition(newValue.count == count, "parameter «\(name)» has \(count) values, not \(newValue.count)")
      newValue.withUnsafeBufferPointer { if let base = $0.baseAddress { pointer.update(from: base, count: count) } }
    }
  }

  /// The gradient that `backward()` has left; nil before, and while the parameter is frozen.
  public var gradient: [Float]? {
    isTrainable ? gradientPointer.map { Array(UnsafeBufferPointer(start: $0, count: count)) } : nil
  }

  /// Forgets the gradient.
  public func clearGradient() { leaf.clearGradient() }
}

extension Sequence where Element == Parameter {
  /// The length of the vector of all gradients, √(sum of squares), added up in double precision in the order of the parameters.
  public var gradientNorm: Double {
    var total = 0.0
    for parameter in self where parameter.isTrainable {
      if let gradient = parameter.gradientPointer { total += ct_sum_of_squares(gradient, parameter.count) }
    }
    return total.squareRoot()
  }

  /// Forgets all gradients.
  public func clearGradients() { for parameter in self { parameter.clearGradient() } }
}
