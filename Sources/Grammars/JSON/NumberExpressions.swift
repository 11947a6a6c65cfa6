/// A bound of numbers.
struct NumberBound: Sendable {
  var value: JSONDecimal
  var isExclusive: Bool

  var negated: NumberBound { NumberBound(value: value.negated, isExclusive: isExclusive) }
}

/// Numbers within bounds, as expressions over their digits.
enum NumberExpressions {
  private static func digit(_ range: ClosedRange<UInt8>) -> Expression { .anyByte(range.map { $0 + 48 }) }
  private static let anyDigit = digit(0...9)
  private static let digits = Expression.repeated(anyDigit, minimum: 0, maximum: nil)
  private static let zeros = Expression.repeated(.bytes([48]), minimum: 0, maximum: nil)

  /// JSON's integers without «-0»: what Python and JavaScript write.
  static let integer = Expression.alternatives([
    .bytes([48]), .sequence([.optional(.bytes([45])), digit(1...9), digits]),
  ])

  /// JSON's numbers.
  static let number = Expression.sequence([
    .optional(.bytes([45])), .alternatives([.bytes([48]), .sequence([digit(1...9), digits])]),
    .optional(.sequence([.bytes([46]), .repeated(anyDigit, minimum: 1, maximum: nil)])),
    .optional(.sequence([.anyByte([69, 101]), .optional(.anyByte([43, 45])), .repeated(anyDigit, minimum: 1, maximum: nil)])),
  ])

  /// The integers within bounds.
  static func integers(from lower: NumberBound?, to upper: NumberBound?) -> Expression {
    signed(from: lower, to: upper) { low, high in
      // The least integer that the lower bound allows, and the greatest that the upper bound allows.
      let first = low.value.isInteger && !low.isExclusive ? low.value : low.value.nextWhole
      var last: JSONDecimal?
      if let high {
        last = high.value.isInteger && high.isExclusive ? high.value.previousWhole : high.value.wholePart
        guard let last, !JSONDecimal.isLess(last, first) else { return .nothing }
      }
      return naturals(from: first, to: last)
    }
  }

  /// The numbers within bounds, without exponents.
  static func numbers(from lower: NumberBound?, to upper: NumberBound?) -> Expression {
    signed(from: lower, to: upper) { low, high in
      let atLeast = atLeast(low)
      return high.map { .intersection(atLeast, atMost($0)) } ?? atLeast
    }
  }

  /// Numbers below 0 are those above it with a sign.
  private static func signed(
    from lower: NumberBound?, to upper: NumberBound?, _ magnitudes: (NumberBound, NumberBound?) -> Expression
  ) -> Expression {
    let zero = NumberBound(value: .zero, isExclusive: false)
    let aboveZero = NumberBound(value: .zero, isExclusive: true)
    var parts: [Expression] = []
    if upper.map({ !$0.value.isNegative }) ?? true {
      let low = lower.flatMap { $0.value.isNegative ? nil : $0 } ?? zero
      parts.append(magnitudes(low, upper))
    }
    if lower.map({ $0.value.isNegative }) ?? true {
      let low = upper.flatMap { $0.value.isNegative ? $0.negated : nil } ?? aboveZero
      parts.append(.sequence([.bytes([45]), magnitudes(low, lower?.negated)]))
    }
    return .alternatives(parts)
  }

  // MARK: - Whole numbers

  /// The whole numbers from one to another, without leading zeros.
  private static func naturals(from low: JSONDecimal, to high: JSONDecimal?) -> Expression {
    var parts: [Expression] = []
    let first = low.whole.isEmpty ? [0] : low.whole
    let last = high.map { $0.whole.isEmpty ? [0] : $0.whole }
    for length in first.count...(last?.count ?? first.count) {
      let least = length == first.count ? first : [1] + Array(repeating: 0, count: length - 1)
      let most = last.flatMap { $0.count == length ? $0 : nil } ?? Array(repeating: 9, count: length)
      parts.append(sameLength(least[...], most[...]))
    }
    if last == nil { parts.append(.sequence([digit(1...9), .repeated(anyDigit, minimum: first.count, maximum: nil)])) }
    return .alternatives(parts)
  }

  private static func sameLength(_ low: ArraySlice<UInt8>, _ high: ArraySlice<UInt8>) -> Expression {
    guard let first = low.first, let last = high.first else { return .empty }
    let (lowRest, highRest) = (low.dropFirst(), high.dropFirst())
    if first == last { return .sequence([digit(first...first), sameLength(lowRest, highRest)]) }
    let nines = ArraySlice(repeating: UInt8(9), count: lowRest.count)
    let zeros = ArraySlice(repeating: UInt8(0), count: lowRest.count)
    var parts: [Expression] = [
      .sequence([digit(first...first), lowRest.allSatisfy { $0 == 0 } ? any(lowRest.count) : sameLength(lowRest, nines)]),
      .sequence([digit(last...last), highRest.allSatisfy { $0 == 9 } ? any(highRest.count) : sameLength(zeros, highRest)]),
    ]
    if first + 1 < last { parts.append(.sequence([digit((first + 1)...(last - 1)), any(lowRest.count)])) }
    return .alternatives(parts)
  }

  private static func any(_ count: Int) -> Expression { .repeated(anyDigit, minimum: count, maximum: count) }

  // MARK: - Fractions

  private static let anyFraction = Expression.optional(.sequence([.bytes([46]), .repeated(anyDigit, minimum: 1, maximum: nil)]))

  private static func atLeast(_ bound: NumberBound) -> Expression {
    let whole = naturals(from: bound.value.wholePart, to: bound.value.wholePart)
    return .alternatives([
      .sequence([naturals(from: bound.value.nextWhole, to: nil), anyFraction]),
      .sequence([whole, fractionAtLeast(bound.value.fraction, isExclusive: bound.isExclusive)]),
    ])
  }

  private static func fractionAtLeast(_ fraction: [UInt8], isExclusive: Bool) -> Expression {
    let aboveZero = Expression.sequence([zeros, digit(1...9), digits])
    guard !fraction.isEmpty else { return isExclusive ? .sequence([.bytes([46]), aboveZero]) : anyFraction }
    var parts: [Expression] = []
    for (place, limit) in fraction.enumerated() where limit < 9 {
      parts.append(.sequence([exactly(fraction[..<place]), digit((limit + 1)...9), digits]))
    }
    parts.append(.sequence([exactly(fraction[...]), isExclusive ? aboveZero : digits]))
    return .sequence([.bytes([46]), .alternatives(parts)])
  }

  private static func atMost(_ bound: NumberBound) -> Expression {
    var parts: [Expression] = []
    if let before = bound.value.previousWhole { parts.append(.sequence([naturals(from: .zero, to: before), anyFraction])) }
    let whole = naturals(from: bound.value.wholePart, to: bound.value.wholePart)
    parts.append(.sequence([whole, fractionAtMost(bound.value.fraction, isExclusive: bound.isExclusive)]))
    return .alternatives(parts)
  }

  private static func fractionAtMost(_ fraction: [UInt8], isExclusive: Bool) -> Expression {
    let noneButZeros = Expression.optional(.sequence([.bytes([46]), .repeated(.bytes([48]), minimum: 1, maximum: nil)]))
    guard !fraction.isEmpty else { return isExclusive ? .nothing : noneButZeros }
    var parts: [Expression] = []
    for (place, limit) in fraction.enumerated() {
      if place > 0 { parts.append(exactly(fraction[..<place])) }
      if limit > 0 { parts.append(.sequence([exactly(fraction[..<place]), digit(0...(limit - 1)), digits])) }
    }
    if !isExclusive { parts.append(.sequence([exactly(fraction[...]), zeros])) }
    return .optional(.sequence([.bytes([46]), .alternatives(parts)]))
  }

  private static func exactly(_ digits: ArraySlice<UInt8>) -> Expression { .bytes(digits.map { $0 + 48 }) }
}
