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

  /// A share of ones among ones and zeros with its 95 % interval: Wilson's for one number per prompt, Student's over the prompts' means for more.
  static func share(_ byPrompt: [[Double]]) -> TableCell {
    let byPrompt = byPrompt.filter { !$0.isEmpty }
    let means = byPrompt.map { $0.reduce(0, +) / Double($0.count) }
    if byPrompt.isEmpty { return .undefined }
    if byPrompt.count > 1, byPrompt.contains(where: { $0.count > 1 }) {
      guard case .estimate(let mean, let half) = estimate(means) else { return .undefined }
      return .interval(mean, low: max(0, mean - half), high: min(1, mean + half))
    }
    let numbers = byPrompt.flatMap { $0 }
    let mean = numbers.reduce(0, +) / Double(numbers.count)
    let (low, high) = wilson(mean, of: numbers.count)
    return .interval(mean, low: low, high: high)
  }

  /// Wilson's 95 % interval of a share.
  static func wilson(_ share: Double, of count: Int) -> (low: Double, high: Double) {
    let (z, n) = (1.959963984540054, Double(count))
    let centre = share + z * z / (2 * n)
    let half = z * (share * (1 - share) / n + z * z / (4 * n * n)).squareRoot()
    return (max(0, (centre - half) / (1 + z * z / n)), min(1, (centre + half) / (1 + z * z / n)))
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
