import Tensors

/// The place where a layer stands in its architecture: gives its weights their paths, and its errors their name.
public final class Site {
  /// The layer's path: `layers.0.attention`.
  public let path: String
  let architecture: Surroundings
  private var names: [String: Int] = [:]

  /// What all places of one architecture share.
  final class Surroundings {
    let vocabularySize: Int
    let context: Int?
    let width: Int
    let initializer: Initializer
    /// The table of token embeddings, once a layer has made it.
    var tokenTable: Weight?
    /// Residual branches so far.
    var residuals = 0
    var relativeTables = 0

    init(vocabularySize: Int, context: Int?, width: Int, initializer: Initializer) {
      self.vocabularySize = vocabularySize
      self.context = context
      self.width = width
      self.initializer = initializer
    }
  }

  init(path: String, architecture: Surroundings) {
    self.path = path
    self.architecture = architecture
  }

  /// The place of a layer inside this one; the second of a role gets a 2: `norm`, `norm2`.
  func inner(_ role: String) -> Site {
    let count = names[role, default: 0] + 1
    names[role] = count
    return Site(path: joined(count == 1 ? role : "\(role)\(count)"), architecture: architecture)
  }

  private func joined(_ name: String) -> String { path.isEmpty ? name : "\(path).\(name)" }

  /// A weight of the layer.
  ///
  /// - Parameters:
  ///   - name: unique within the layer.
  ///   - initializer: how its values are drawn; nil: as the architecture says.
  ///   - endsResidual: whether its output is added to the residual stream.
  public func weight(_ name: String, _ shape: [Int], _ initializer: Initializer? = nil, endsResidual: Bool = false) -> Weight {
    Weight(
      path: joined(name), shape: shape, parts: [(joined(name), shape.first ?? 1, initializer ?? architecture.initializer)],
      endsResidual: endsResidual)
  }

  /// A matrix, or a vector where `inputs` is nil, whose rows belong to several parameters, so that one product does for all.
  func joinedWeight(_ name: String, _ parts: [(name: String, size: Int)], inputs: Int?, _ initializers: [Initializer]? = nil) -> Weight {
    let size = parts.reduce(0) { $0 + $1.size }
    return Weight(
      path: joined(parts.map(\.name).joined(separator: "+") + ".\(name)"), shape: [size] + (inputs.map { [$0] } ?? []),
      parts: parts.enumerated().map { index, part in
        (joined("\(part.name).\(name)"), part.size, initializers?[index] ?? architecture.initializer)
      }, endsResidual: false)
  }

  /// The width of the vectors that flow in.
  ///
  /// - Throws: ``ModelError`` when they are tokens: an embedding has to come first.
  public func width(of signal: Signal) throws(ModelError) -> Int {
    switch signal.form {
    case .sequence(let width), .pooled(let width): return width
    case .tokens: throw error("takes vectors, but tokens flow in; put TokenEmbedding() before it")
    }
  }

  /// The width of a sequence of vectors that flows in.
  func sequenceWidth(of signal: Signal) throws(ModelError) -> Int {
    if case .pooled = signal.form { throw error("takes a vector for every token, but one for every sequence flows in") }
    return try width(of: signal)
  }

  /// An error that names the layer.
  public func error(_ reason: String) -> ModelError { ModelError(path.isEmpty ? "architecture" : path, reason) }
}
