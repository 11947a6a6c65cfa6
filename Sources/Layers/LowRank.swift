import Tensors

/// A product of two thin matrices that is added to a frozen linear map: y + α/r · (x · Aᵀ) · Bᵀ (Hu et al. 2022, LoRA).
///
/// B starts at zero, so that training starts from what the model was.
public struct LowRankAdapter {
  /// The parameter that it stands beside: `layers.0.attention.query.weight`.
  public let target: String
  /// A, `[rank, inputs]`.
  public let down: Parameter
  /// B, `[outputs, rank]`.
  public let up: Parameter
  /// α/r.
  public let scale: Float
  /// Where the outputs of the target begin, in a matrix that holds several.
  let column: Int
  let tensors: (down: Tensor, up: Tensor)

  func added(to y: Tensor, input x: Tensor) -> Tensor {
    y.adding((scale * x.linear(tensors.down)).linear(tensors.up), atColumn: column)
  }
}

extension Network {
  /// Puts adapters of low rank beside linear maps and freezes everything else: LoRA (Hu et al. 2022).
  ///
  /// - Parameters:
  ///   - rank: r, at least 1 and below the width of the maps.
  ///   - alpha: α; what the adapters add is multiplied by α/r.
  ///   - targets: ends of the maps' paths, without `.weight`: `attention.query` for the queries of every layer.
  ///   - seed: of A, drawn as torch draws a linear map: uniform in ±1/√inputs.
  /// - Returns: the new parameters, which alone are trainable.
  /// - Throws: ``ModelError`` when a target is not there.
  @discardableResult
  public func addLowRank(rank: Int, alpha: Double, targets: [String], seed: UInt64) throws(ModelError) -> [Parameter] {
    guard rank >= 1 else { throw ModelError("LowRank(rank: \(rank))", "the rank is at least 1") }
    for parameter in parameters { parameter.isTrainable = false }
    let stream = RandomSource(seed: seed)
    for target in targets {
      var isFound = false
      for weight in plans.flatMap(\.allWeights) where weight.shape.count == 2 {
        var column = 0
        for part in weight.parts {
          defer { column += part.size }
          guard part.path.hasSuffix(".\(target).weight") else { continue }
          isFound = true
          let inputs = weight.shape[1]
          let bound = 1 / Float(inputs).squareRoot()
          let down = Tensor.uniform([rank, inputs], from: -bound, to: bound, using: stream.child(part.path))
          let up = Tensor(repeating: 0, shape: [part.size, rank])
          let adapter = LowRankAdapter(
            target: part.path, down: Parameter(name: part.path + ".down", down), up: Parameter(name: part.path + ".up", up),
            scale: Float(alpha / Double(rank)), column: column, tensors: (down, up))
          weight.adapters.append(adapter)
          lowRankAdapters.append(adapter)
        }
      }
      guard isFound else {
        let maps = Set(
          parameters.filter { $0.shape.count == 2 }.map { $0.name.split(separator: ".").suffix(3).dropLast().joined(separator: ".") })
        throw ModelError("LowRank(targets: [\"\(target)\"])", "there is no such map; there are \(maps.sorted().joined(separator: ", "))")
      }
    }
    return lowRankAdapters.flatMap { [$0.down, $0.up] }
  }
}
