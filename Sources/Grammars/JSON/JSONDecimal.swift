/// A number as its decimal digits, exactly: what bounds in a schema are compared by.
struct JSONDecimal: Sendable, Hashable {
  var isNegative: Bool
  /// Without leading zeros; empty for 0.
  var whole: [UInt8]
  /// Without zeros at the end.
  var fraction: [UInt8]

  /// A JSON number; nil for another text, or an exponent beyond ±400.
  init?(_ text: String) {
    var rest = Substring(text)
    isNegative = rest.first == "-"
    if isNegative { rest.removeFirst() }
    func digits() -> [UInt8] {
      let digits = rest.prefix { ("0"..."9").contains($0) }
      rest = rest.dropFirst(digits.count)
      return digits.utf8.map { $0 - 48 }
    }
    var whole = digits()
    guard !whole.isEmpty, whole.count == 1 || whole[0] != 0 else { return nil }
    var fraction: [UInt8] = []
    if rest.first == "." {
      rest.removeFirst()
      fraction = digits()
      guard !fraction.isEmpty else { return nil }
    }
    if rest.first == "e" || rest.first == "E" {
      rest.removeFirst()
      let isDown = rest.first == "-"
      if isDown || rest.first == "+" { rest.removeFirst() }
      guard let exponent = Int(rest), exponent <= 400, rest.allSatisfy({ ("0"..."9").contains($0) }) else { return nil }
      rest = ""
      for _ in 0..<exponent {
        if isDown {
          fraction.insert(whole.popLast() ?? 0, at: 0)
        } else {
          whole.append(fraction.isEmpty ? 0 : fraction.removeFirst())
        }
      }
    }
    guard rest.isEmpty else { return nil }
    while fraction.last == 0 { fraction.removeLast() }
    self.whole = Array(whole.drop { $0 == 0 })
    self.fraction = fraction
    if isZero { isNegative = false }
  }

  var isZero: Bool { whole.isEmpty && fraction.isEmpty }
  var isInteger: Bool { fraction.isEmpty }

  var negated: JSONDecimal {
    var result = self
    result.isNegative = !isNegative && !isZero
    return result
  }

  /// Of two numbers that are not negative.
  static func isLess(_ left: JSONDecimal, _ right: JSONDecimal) -> Bool {
    if left.whole.count != right.whole.count { return left.whole.count < right.whole.count }
    if left.whole != right.whole { return left.whole.lexicographicallyPrecedes(right.whole) }
    return left.fraction.lexicographicallyPrecedes(right.fraction)
  }

  static func < (left: JSONDecimal, right: JSONDecimal) -> Bool {
    if left.isNegative != right.isNegative { return left.isNegative }
    return left.isNegative ? isLess(right, left) : isLess(left, right)
  }

  /// The whole part plus one, of a number that is not negative.
  var nextWhole: JSONDecimal {
    var digits = whole
    var place = digits.count - 1
    while place >= 0, digits[place] == 9 {
      digits[place] = 0
      place -= 1
    }
    if place >= 0 { digits[place] += 1 } else { digits.insert(1, at: 0) }
    return JSONDecimal(whole: digits)
  }

  /// The whole part minus one; nil for less than 1.
  var previousWhole: JSONDecimal? {
    guard !whole.isEmpty else { return nil }
    var digits = whole
    var place = digits.count - 1
    while digits[place] == 0 {
      digits[place] = 9
      place -= 1
    }
    digits[place] -= 1
    return JSONDecimal(whole: Array(digits.drop { $0 == 0 }))
  }

  var wholePart: JSONDecimal { JSONDecimal(whole: whole) }
  static let zero = JSONDecimal(whole: [])

  private init(whole: [UInt8]) {
    isNegative = false
    self.whole = whole
    fraction = []
  }
}
