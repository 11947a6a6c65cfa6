import Display

enum Statistics {
  /// The mean of numbers with half the width of its 95 % interval, t · s / √n; without an interval for a single number.
  static func estimate(_ numbers: [Double]) -> TableCell {
    guard !numbers.isEmpty else { return .undefined }
    let count = Double(numbers.count)
    let mean = numbers.reduce(0, +) / count
    guard numbers.count > 1 else { return .number(mean) }
    let variance = numbers.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / (count - 1)
    return .estimate(mean, plusMinus: studentQuantile(freedom: numbers.count - 1) * (variance / count).squareRoot())
  }

  /// The 97.5 % quantile of Student's distribution.
  ///
  /// Exact for 1 and 2 degrees of freedom; else within 0.2 % by the expansion about the normal quantile.
  ///
  /// Source: Abramowitz and Stegun 1964, 26.7.5.
  static func studentQuantile(freedom: Int) -> Double {
    if freedom == 1 { return 12.706204736432095 }
    if freedom == 2 { return 4.302652729696142 }
    let x = 1.959963984540054
    let n = Double(freedom)
    let (x3, x5, x7) = (x * x * x, x * x * x * x * x, x * x * x * x * x * x * x)
    let second = (5 * x5 + 16 * x3 + 3 * x) / (96 * n * n)
    let third = (3 * x7 + 19 * x5 + 17 * x3 - 15 * x) / (384 * n * n * n)
    let fourth = (79 * x7 * x * x + 776 * x7 + 1482 * x5 - 1920 * x3 - 945 * x) / (92160 * n * n * n * n)
    return x + (x3 + x) / (4 * n) + second + third + fourth
  }
}
