internal import Glibc

/// Whether a point lies in the convex hull of others.
///
/// Wolfe's algorithm for the point of a polytope that is nearest to the origin. It keeps a few corners, finds the nearest point of
/// their span, and adds the corner that lies farthest towards the origin, until that corner lies beyond the origin (the hull has it) or
/// every corner lies on the far side of a plane (the hull has it not).
///
/// Complexity: O(points · width) for each corner that is added; at most about `width` corners are kept.
///
/// Source: Wolfe 1976, «Finding the nearest point in a polytope».
struct NearestPoint {
  /// `[point, width]`.
  let points: [Double]
  let width: Int
  /// The point that is asked for; the points are looked at from there.
  let center: [Double]
  /// What counts as no distance: a hundred-millionth of the largest distance between the center and a point.
  private let tolerance: Double

  init(points: [Double], width: Int, center: [Double]) {
    self.points = points
    self.width = width
    self.center = center
    var largest = 0.0
    for point in 0..<points.count / width {
      var square = 0.0
      for i in 0..<width { square += (points[point * width + i] - center[i]) * (points[point * width + i] - center[i]) }
      largest = max(largest, square)
    }
    tolerance = largest * 1e-16
  }

  /// Whether the hull of all points but one has the center.
  func hullHasCenter(without left: Int) -> Bool {
    guard var corners = farthest(along: [Double](repeating: 0, count: width), without: left).map({ [$0] }) else { return false }
    var weights = [1.0]
    var nearest = offset(corners[0])
    while true {
      let square = dot(nearest, nearest)
      if square <= tolerance { return true }
      guard let next = farthest(along: nearest, without: left) else { return false }
      let reach = dot(nearest, offset(next))
      // A plane through the origin with every corner beyond it, or no corner that brings the hull nearer.
      if reach > 0 || square - reach <= square * 1e-12 || corners.contains(next) { return false }
      corners.append(next)
      weights.append(0)
      while true {
        guard let affine = affineWeights(of: corners) else {
          corners.removeLast()
          weights.removeLast()
          return false
        }
        if affine.allSatisfy({ $0 > 1e-12 }) {
          weights = affine
          break
        }
        var step = 1.0
        for (weight, goal) in zip(weights, affine) where goal <= 1e-12 { step = min(step, weight / (weight - goal)) }
        weights = zip(weights, affine).map { $0 + step * ($1 - $0) }
        let kept = weights.indices.filter { weights[$0] > 1e-12 }
        corners = kept.map { corners[$0] }
        weights = kept.map { weights[$0] }
      }
      nearest = [Double](repeating: 0, count: width)
      for (corner, weight) in zip(corners, weights) {
        let place = offset(corner)
        for i in 0..<width { nearest[i] += weight * place[i] }
      }
    }
  }

  /// A corner, seen from the center.
  private func offset(_ point: Int) -> [Double] { (0..<width).map { points[point * width + $0] - center[$0] } }

  private func dot(_ left: [Double], _ right: [Double]) -> Double { zip(left, right).reduce(0) { $0 + $1.0 * $1.1 } }

  /// The point with the smallest product with a direction; the first of several.
  private func farthest(along direction: [Double], without left: Int) -> Int? {
    var best: (point: Int, product: Double)?
    points.withUnsafeBufferPointer { points in
      for point in 0..<points.count / width where point != left {
        var product = 0.0
        for i in 0..<width { product += points[point * width + i] * direction[i] }
        if best.map({ product < $0.product }) ?? true { best = (point, product) }
      }
    }
    return best?.point
  }

  /// The weights, which add up to 1, of the point nearest to the origin in the span of some corners; nil where they depend on each other.
  private func affineWeights(of corners: [Int]) -> [Double]? {
    let places = corners.map(offset)
    // (1 1ᵀ + P Pᵀ) w = 1, then scaled to the sum 1: the same solution, and the matrix is symmetric.
    let scale = max(places.reduce(0) { max($0, dot($1, $1)) }, .leastNormalMagnitude)
    let count = corners.count
    var rows = (0..<count).map { row in (0..<count).map { scale + dot(places[row], places[$0]) } + [1.0] }
    for column in 0..<count {
      let pivot = (column..<count).max { abs(rows[$0][column]) < abs(rows[$1][column]) }!
      rows.swapAt(column, pivot)
      guard abs(rows[column][column]) > scale * 1e-14 else { return nil }
      for row in 0..<count where row != column {
        let factor = rows[row][column] / rows[column][column]
        if factor != 0 { for i in column...count { rows[row][i] -= factor * rows[column][i] } }
      }
    }
    let solution = rows.indices.map { rows[$0][count] / rows[$0][$0] }
    let sum = solution.reduce(0, +)
    return sum != 0 && sum.isFinite ? solution.map { $0 / sum } : nil
  }
}
