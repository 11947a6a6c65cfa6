internal import Glibc
import LanguageModels

/// A model whose logits are products of a state with one vector for each token: what the softmax bottleneck is about.
public protocol SoftmaxBottleneck: LanguageModel {
  /// The vectors of all tokens, `[vocabulary, width]`.
  var outputVectors: (values: [Float], width: Int) { get }
}

/// Basis-aware truncation: keeps a token of small probability if the model could not have meant 0.
///
/// A model of width d cannot tell all distributions over its vocabulary apart. If it has learned as well as it can, the mean of the
/// tokens' output vectors under its distribution is the mean under the true one. A token without which no distribution has that mean has
/// a true probability above 0, however small the model's is; every other one may be there by the model's limits alone.
///
/// Kept are the tokens with at least the threshold's probability, and of the most probable ones below it (`tests` of them) those that are
/// proven to be possible. It looks at the model's own distribution: it stands first.
///
/// - Note: the mean is compared in the `rank` directions in which the vectors differ most. Fewer directions prove less, never more.
///
/// Source: Finlayson, Hewitt, Koller, Swayamdipta and Sabharwal 2024, «Closing the curious case of neural text degeneration», sections 4, 5.
public struct BasisAware: Adapter {
  public let threshold: Double
  public let tests: Int
  private let basis: OutputBasis

  /// Finds the directions, which takes O(vocabulary · width · rank): some seconds for 49,152 tokens and a width of 576.
  ///
  /// - Parameters:
  ///   - model: the one that is sampled from.
  ///   - threshold: ε, above 0, below 1: what is at least that probable is kept without a proof.
  ///   - rank: in how many directions vectors are compared, 1 to the model's width.
  ///   - tests: how many tokens below the threshold are looked at, at least 0.
  public init(_ model: some SoftmaxBottleneck, threshold: Double = 0.01, rank: Int = 20, tests: Int = 16) {
    require(threshold > 0 && threshold < 1, "BasisAware(threshold: \(threshold)): the threshold is above 0 and below 1.")
    require(tests >= 0, "BasisAware(tests: \(tests)): the number of tokens to look at is at least 0.")
    let vectors = model.outputVectors
    require((1...vectors.width).contains(rank), "BasisAware(rank: \(rank)): the rank is from 1 to the model's width, \(vectors.width).")
    self.threshold = threshold
    self.tests = tests
    basis = OutputBasis(vectors.values, width: vectors.width, rank: rank)
  }

  public func adapt(_ candidates: inout Candidates, at position: Position) {
    let probabilities = candidates.probabilities
    var kept = Set(probabilities.indices.filter { probabilities[$0] >= threshold })
    let order = candidates.byScore(first: kept.count + tests)
    let points = candidates.tokens.flatMap { basis[$0] }
    var mean = [Double](repeating: 0, count: basis.rank)
    for (index, probability) in probabilities.enumerated() {
      for i in 0..<basis.rank { mean[i] += probability * points[index * basis.rank + i] }
    }
    let hull = NearestPoint(points: points, width: basis.rank, center: mean)
    for index in order.dropFirst(kept.count) where !hull.hullHasCenter(without: index) { kept.insert(index) }
    if let best = candidates.indexOfBest { kept.insert(best) }
    candidates.keep { kept.contains($0) }
  }

  public var description: String { "BasisAware(threshold: \(threshold), rank: \(basis.rank), tests: \(tests))" }
}

/// The output vectors of all tokens in the directions in which they differ most.
private struct OutputBasis: Sendable {
  let rank: Int
  /// `[vocabulary, rank]`.
  private let values: [Double]

  subscript(token: Int) -> ArraySlice<Double> { values[token * rank..<(token + 1) * rank] }

  /// The leading right singular vectors by orthogonal iteration, from a start that is always the same.
  init(_ vectors: [Float], width: Int, rank: Int) {
    self.rank = rank
    let count = vectors.count / width
    var directions = (0..<rank).map { row in
      (0..<width).map { Float(RandomStream(seed: UInt64(row), prompt: [], sample: $0, step: 0).uniform() - 0.5) }
    }
    for _ in 0..<12 {
      OutputBasis.orthonormalize(&directions)
      let projected = OutputBasis.project(vectors, count: count, width: width, onto: directions)
      directions = OutputBasis.combine(vectors, count: count, width: width, by: projected, rank: rank)
    }
    OutputBasis.orthonormalize(&directions)
    values = OutputBasis.project(vectors, count: count, width: width, onto: directions).map(Double.init)
  }

  /// `[count, rank]`: the product of every vector with every direction.
  private static func project(_ vectors: [Float], count: Int, width: Int, onto directions: [[Float]]) -> [Float] {
    let rank = directions.count
    return [Float](unsafeUninitializedCapacity: count * rank) { result, initialized in
      vectors.withUnsafeBufferPointer { vectors in
        for (place, direction) in directions.enumerated() {
          direction.withUnsafeBufferPointer { direction in
            for row in 0..<count {
              var lanes = SIMD16<Float>.zero
              var i = 0
              while i + 16 <= width {
                let at = row * width + i
                lanes +=
                  UnsafeRawPointer(vectors.baseAddress! + at).loadUnaligned(as: SIMD16<Float>.self)
                  * UnsafeRawPointer(direction.baseAddress! + i).loadUnaligned(as: SIMD16<Float>.self)
                i += 16
              }
              var sum = lanes.sum()
              while i < width {
                sum += vectors[row * width + i] * direction[i]
                i += 1
              }
              result[row * rank + place] = sum
            }
          }
        }
      }
      initialized = count * rank
    }
  }

  /// `[rank][width]`: sums of the vectors, weighted by their projections.
  private static func combine(_ vectors: [Float], count: Int, width: Int, by projected: [Float], rank: Int) -> [[Float]] {
    (0..<rank).map { place in
      var sum = [Float](repeating: 0, count: width)
      sum.withUnsafeMutableBufferPointer { sum in
        vectors.withUnsafeBufferPointer { vectors in
          for row in 0..<count {
            let weight = projected[row * rank + place]
            for i in 0..<width { sum[i] += weight * vectors[row * width + i] }
          }
        }
      }
      return sum
    }
  }

  /// Gram and Schmidt, twice for the sake of rounding; a direction that depends on the others is dropped to zeros.
  private static func orthonormalize(_ directions: inout [[Float]]) {
    for _ in 0..<2 {
      for index in directions.indices {
        for other in 0..<index {
          let product = zip(directions[index], directions[other]).reduce(Float(0)) { $0 + $1.0 * $1.1 }
          for i in directions[index].indices { directions[index][i] -= product * directions[other][i] }
        }
        let length = directions[index].reduce(0) { $0 + $1 * $1 }.squareRoot()
        for i in directions[index].indices { directions[index][i] = length > 1e-20 ? directions[index][i] / length : 0 }
      }
    }
  }
}
