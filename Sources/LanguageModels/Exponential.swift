/// Sums over a row of logits, eight values at a time: a vocabulary of 50,000 tokens is summed for every token of every hypothesis.
enum LogitRow {
  typealias Lanes = SIMD8<Float>

  /// The largest value of a row; not a number when one of them is none.
  static func largest(_ row: UnsafeBufferPointer<Float>) -> Float {
    var best = Lanes(repeating: -.infinity)
    var odd = SIMDMask<SIMD8<Int32>>(repeating: false)
    let whole = row.count / 8 * 8
    let bytes = UnsafeRawBufferPointer(row)
    for index in stride(from: 0, to: whole, by: 8) {
      let values = bytes.loadUnaligned(fromByteOffset: 4 * index, as: Lanes.self)
      best.replace(with: values, where: values .> best)
      odd = odd .| (values .!= values)
    }
    var result = best.max()
    for value in row[whole...] {
      if value.isNaN { return .nan }
      result = max(result, value)
    }
    return odd == SIMDMask<SIMD8<Int32>>(repeating: false) ? result : .nan
  }

  /// Σ exp(value − largest), within 10⁻⁶ of it.
  static func sumOfExponentials(_ row: UnsafeBufferPointer<Float>, minus largest: Float) -> Double {
    var sum = 0.0
    let whole = row.count / 8 * 8
    let bytes = UnsafeRawBufferPointer(row)
    var index = 0
    while index < whole {
      // Lanes are summed in single precision for 64 values, then in double: no rounding adds up over a large vocabulary.
      var part = Lanes(repeating: 0)
      let end = min(index + 64, whole)
      while index < end {
        part += exponential(bytes.loadUnaligned(fromByteOffset: 4 * index, as: Lanes.self) - largest)
        index += 8
      }
      sum += Double(part.sum())
    }
    for value in row[whole...] { sum += Double(exponential(Lanes(repeating: value - largest))[0]) }
    return sum
  }

  /// e^x for x ≤ 0, within 2 · 10⁻⁷ of it; below −87, where single precision ends, 0.
  ///
  /// Source: the polynomial and the two parts of ln 2 are those of Moshier's Cephes library, `expf`.
  @inline(__always)
  static func exponential(_ x: Lanes) -> Lanes {
    let inRange = x.replacing(with: Lanes(repeating: -87), where: x .< -87)
    // 1.5 · 2²³: adding it leaves the nearest integer in the low bits, without an instruction that only newer processors have.
    let shifted = inRange * 1.442_695_04 + 12_582_912
    let n = shifted - 12_582_912
    let r = inRange - n * 0.693_359_375 + n * 2.121_944_4e-4
    var p = r * 1.987_569_15e-4 + 1.398_199_950_7e-3
    p = p * r + 8.333_451_907_3e-3
    p = p * r + 4.166_579_589_4e-2
    p = p * r + 1.666_666_545_9e-1
    p = p * r + 5.000_000_120_1e-1
    let mantissa = p * r * r + r + 1
    let exponent = (unsafeBitCast(shifted, to: SIMD8<Int32>.self) &- 0x4B40_0000) &+ 127
    let power = unsafeBitCast(exponent &<< 23, to: Lanes.self)
    return (mantissa * power).replacing(with: Lanes(repeating: 0), where: x .< -87)
  }
}
