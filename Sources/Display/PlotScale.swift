internal import Glibc

/// The stretch of numbers that an axis shows, and the ones that are written beside it.
struct PlotScale {
  let isLogarithmic: Bool
  /// The ends, in the axis's own measure: decimal logarithms on a logarithmic one.
  let low: Double
  let high: Double
  /// The numbers beside the axis, ascending, with their texts.
  let ticks: [(value: Double, text: String)]

  init(_ axis: PlotAxis, values: [Double]) {
    isLogarithmic = axis.scale == .logarithmic
    let measured = (values + [axis.range?.lowerBound, axis.range?.upperBound].compactMap { $0 }).filter(axis.canShow)
      .map { axis.scale == .logarithmic ? log10($0) : $0 }
    var low = measured.min() ?? 0
    var high = measured.max() ?? 1
    // A single value stands in the middle; a thousandth of it is the least that an axis tells apart.
    let least = max(abs(low), abs(high)) * 1e-3
    if high - low <= least * 1e-6 {
      let half = isLogarithmic ? 0.5 : least == 0 ? 0.5 : least * 100
      (low, high) = (low - half, high + half)
    }
    let marks = isLogarithmic ? Self.logarithmicTicks(low, high) : Self.linearTicks(&low, &high, isFixed: axis.range != nil)
    self.low = low
    self.high = high
    let texts = Self.texts(marks, axis.format, isLogarithmic: isLogarithmic)
    ticks = Array(zip(marks, texts))
  }

  /// From 0 at the low end to 1 at the high end.
  func place(of value: Double) -> Double {
    let measured = isLogarithmic ? log10(max(value, .leastNormalMagnitude)) : value
    return min(max((measured - low) / (high - low), 0), 1)
  }

  /// Multiples of 1, 2 or 5 times a power of ten, about five; the ends move out to the nearest ones, but where the caller has named them.
  private static func linearTicks(_ low: inout Double, _ high: inout Double, isFixed: Bool) -> [Double] {
    let rough = (high - low) / 5
    let power = pow(10, floor(log10(rough)))
    let step = [1, 2, 5, 10].map { $0 * power }.first { $0 >= rough * 0.999 } ?? rough
    if !isFixed { (low, high) = (floor(low / step + 1e-9) * step, ceil(high / step - 1e-9) * step) }
    let first = Int(ceil(low / step - 1e-9))
    let last = Int(floor(high / step + 1e-9))
    return first > last ? [low, high] : (first...last).map { Double($0) * step }
  }

  /// Powers of ten; over less than two of them, also 2 and 5 times those; over less than a third of one, the two ends.
  private static func logarithmicTicks(_ low: Double, _ high: Double) -> [Double] {
    let powers = Int(floor(low))...Int(ceil(high))
    let every = max(1, powers.count / 8)
    let factors: [Double] = high - low < 2 ? [1, 2, 5] : [1]
    let marks = powers.filter { $0 % every == 0 }.flatMap { power in factors.map { $0 * pow(10, Double(power)) } }
      .filter { (low - 1e-9...high + 1e-9).contains(log10($0)) }
    return marks.count >= 2 ? marks : [pow(10, low), pow(10, high)]
  }

  /// All with the same digits: as many as tell neighbours apart.
  private static func texts(_ ticks: [Double], _ format: NumberFormat?, isLogarithmic: Bool) -> [String] {
    if let format { return ticks.map(format.text) }
    let largest = ticks.map(abs).max() ?? 0
    if isLogarithmic || largest >= 1e7 || largest < 1e-3 {
      return ticks.map { abs($0) < 1e7 && $0 == $0.rounded() ? NumberFormat.automatic.text($0) : NumberFormat.significant(3).text($0) }
    }
    let gaps = zip(ticks, ticks.dropFirst()).map { abs($1 - $0) }
    let digits = max(0, Int(-floor(log10(gaps.min() ?? 1) + 1e-9)))
    return ticks.map { digits == 0 ? NumberFormat.automatic.text($0.rounded()) : NumberFormat.fixed(digits).text($0) }
  }
}

extension PlotAxis {
  /// Whether the number has a place on the axis.
  func canShow(_ value: Double) -> Bool { value.isFinite && (scale == .linear || value > 0) }
}
