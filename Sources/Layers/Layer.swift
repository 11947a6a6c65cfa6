import Tensors

/// A building block of an ``Architecture``.
///
/// A layer is a description, a value without numbers. ``plan(_:at:)`` checks that it fits where it stands, names its weights and says what
/// it computes; a layer of one's own does the same:
///
/// ```swift
/// struct Scale: Layer {
///   func plan(_ signal: inout Signal, at site: Site) throws(ModelError) -> Plan {
///     let width = try site.width(of: signal)
///     let factor = site.weight("weight", [width], .ones)
///     return Plan("Scale", at: site, signal, weights: [factor]) { x, _ in x * factor.tensor }
///   }
/// }
/// ```
public protocol Layer {
  /// What the layer is called in the paths of its weights: `attention`, `norm`.
  var role: String { get }
  /// Checks the layer against what flows into it, and says what flows out and how it is computed.
  ///
  /// - Throws: ``ModelError`` that names the layer when it does not fit.
  func plan(_ signal: inout Signal, at site: Site) throws(ModelError) -> Plan
}

extension Layer {
  public var role: String {
    let name = "\(Self.self)"
    return name.prefix(1).lowercased() + name.dropFirst()
  }
}

/// Collects the layers of an architecture, one a line.
@resultBuilder public enum LayerBuilder {
  public static func buildExpression(_ layer: any Layer) -> [any Layer] { [layer] }
  public static func buildExpression(_ layers: [any Layer]) -> [any Layer] { layers }
  public static func buildBlock(_ parts: [any Layer]...) -> [any Layer] { parts.flatMap { $0 } }
  public static func buildOptional(_ part: [any Layer]?) -> [any Layer] { part ?? [] }
  public static func buildEither(first part: [any Layer]) -> [any Layer] { part }
  public static func buildEither(second part: [any Layer]) -> [any Layer] { part }
  public static func buildArray(_ parts: [[any Layer]]) -> [any Layer] { parts.flatMap { $0 } }
}

/// A weight of a layer: a name and a shape, and, once a network is made, a tensor.
public final class Weight {
  let path: String
  let shape: [Int]
  /// What optimizers and checkpoints see: the whole, or parts along the first dimension.
  let parts: [(path: String, size: Int, initializer: Initializer)]
  /// Whether it ends a residual branch; GPT-2 draws these smaller.
  let endsResidual: Bool
  private var made: Tensor?
  /// Products of low rank that are added to the map, where an adapter trains instead of the weight.
  var adapters: [LowRankAdapter] = []

  init(path: String, shape: [Int], parts: [(path: String, size: Int, initializer: Initializer)], endsResidual: Bool) {
    self.path = path
    self.shape = shape
    self.parts = parts
    self.endsResidual = endsResidual
  }

  /// The values. Only there while a network computes.
  public var tensor: Tensor {
    guard let made else { preconditionFailure("weight «\(path)» has no values: an architecture is a description, make a network of it") }
    return made
  }

  var count: Int { shape.reduce(1, *) }

  /// The linear map of this matrix: x · weightᵀ + bias, and what adapters add.
  func applied(to x: Tensor, bias: Weight? = nil) -> Tensor {
    adapters.reduce(x.linear(tensor, bias: bias?.tensor)) { y, adapter in adapter.added(to: y, input: x) }
  }

  func make(_ tensor: Tensor) -> [Parameter] {
    made = tensor
    if parts.count == 1 { return [Parameter(name: parts[0].path, tensor)] }
    return Parameter.joined(parts.map { ($0.path, $0.size) }, in: tensor)
  }
}

/// A layer in its place: what it is called, what comes out, which weights it has, and what it computes.
public struct Plan {
  /// The computation of a layer.
  public typealias Run = (_ x: Tensor, _ pass: Pass) throws(ModelError) -> Tensor
  /// The computation of a last layer and its loss at once.
  typealias Loss = (_ x: Tensor, _ targets: [Int32], _ pass: Pass) throws(ModelError) -> Tensor

  let label: String
  let path: String
  let output: String
  let weights: [Weight]
  let children: [Plan]
  /// How many times a block stands one after the other, where only the first of them is printed; 0: no block.
  let repetitions: Int
  var isRepeated: Bool { repetitions > 0 }
  let run: Run
  var loss: Loss?

  /// - Parameters:
  ///   - label: the name in the printout.
  ///   - signal: what flows out.
  ///   - run: the computation.
  public init(_ label: String, at site: Site, _ signal: Signal, weights: [Weight] = [], run: @escaping Run) {
    self.init(label, at: site, signal, weights: weights, children: [], repetitions: 0, run: run)
  }

  init(
    _ label: String, at site: Site, _ signal: Signal, weights: [Weight] = [], children: [Plan], repetitions: Int = 0,
    run: @escaping Run
  ) {
    self.label = label
    path = site.path
    output = signal.shapeText
    self.weights = weights
    self.children = children
    self.repetitions = repetitions
    self.run = run
  }

  /// All weights here and below, in the order in which they are met.
  var allWeights: [Weight] { weights + children.flatMap(\.allWeights) }
}
