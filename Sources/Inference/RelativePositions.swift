internal import Glibc

/// T5's relative positions (Raffel et al. 2020, section 2.1): a learned value for each head and bucket of distances.
enum RelativePositions {
  /// The bucket of a distance, key position minus query position.
  ///
  /// Half of the buckets (of a direction) are for one distance each; the others grow as logarithms up to `longest`, and the last takes
  /// all beyond. In both directions the upper half of the buckets is for keys after the query; in one, keys after it are in bucket 0.
  static func bucket(distance: Int, buckets: Int, longest: Int, isBidirectional: Bool) -> Int {
    let available = isBidirectional ? buckets / 2 : buckets
    let first = isBidirectional && distance > 0 ? available : 0
    let magnitude = isBidirectional ? abs(distance) : max(0, -distance)
    let exact = available / 2
    guard magnitude >= exact else { return first + magnitude }
    // In single precision, as transformers computes it: at the borders of buckets the last bit decides.
    let ratio = logf(Float(magnitude) / Float(exact)) / Float(log(Double(longest) / Double(exact)))
    return first + min(available - 1, exact + Int(ratio * Float(available - exact)))
  }

  /// The values by head and distance, `[heads, 2 * longest + 1]`.
  ///
  /// - Parameter weights: `[buckets, heads]`, as checkpoints store them.
  static func table(_ weights: [Float], heads: Int, buckets: Int, longest: Int, isBidirectional: Bool) -> [Float] {
    (0..<heads).flatMap { head in
      (-longest...longest).map { distance in
        weights[bucket(distance: distance, buckets: buckets, longest: longest, isBidirectional: isBidirectional) * heads + head]
      }
    }
  }
}
