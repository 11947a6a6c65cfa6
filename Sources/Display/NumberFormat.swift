internal import Glibc

/// How a column writes its numbers. What is not a number is written «–».
public enum NumberFormat: Sendable, Equatable {
  /// So many digits after the point: `.fixed(3)` writes `-1.502`.
  case fixed(Int)
  /// So many significant digits: `.significant(3)` writes `0.0123` and `1.23e+04`.
  case significant(Int)
  /// Times hundred, with so many digits after the point: `.percent(1)` writes `55.0 %`.
  case percent(Int)
  /// Integers with commas between thousands, other numbers with four digits after the point.
  case automatic

  /// The number as text.
  public func text(_ number: Double) -> String {
    if number.isNaN { return noValue }
    if number.isInfinite { return number < 0 ? "-∞" : "∞" }
    switch self {
    case .fixed(let digits): return printed("%.*f", digits, number)
    case .significant(let digits): return printed("%.*g", digits, number)
    case .percent(let digits): return printed("%.*f", digits, number * 100) + " %"
    case .automatic:
      if number == number.rounded(), abs(number) < 9e15 { return grouped(Int(number)) }
      return printed("%.*f", 4, number)
    }
  }

  /// The integer as text; `.automatic` puts commas between thousands.
  public func text(_ number: Int) -> String {
    self == .automatic ? grouped(number) : text(Double(number))
  }
}

/// What stands where there is no value.
let noValue = "–"

/// An integer with commas between thousands: `12,345`.
func grouped(_ number: Int) -> String {
  var digits = String(number.magnitude)
  var groups: [Substring] = []
  while digits.count > 3 {
    groups.insert(digits.suffix(3), at: 0)
    digits.removeLast(3)
  }
  return (number < 0 ? "-" : "") + ([digits[...]] + groups).joined(separator: ",")
}

private func printed(_ format: String, _ digits: Int, _ number: Double) -> String {
  // 400 bytes hold the largest Double with 80 digits after the point; more digits than that say nothing.
  withUnsafeTemporaryAllocation(of: CChar.self, capacity: 400) { buffer in
    let length = withVaList([Int32(min(max(digits, 0), 80)), number]) { vsnprintf(buffer.baseAddress!, 400, format, $0) }
    let text = String(decoding: buffer[..<min(Int(length), 399)].map { UInt8(bitPattern: $0) }, as: UTF8.self)
    // A number that rounds to nothing has no sign.
    return text.first == "-" && !text.contains { "123456789".contains($0) } ? String(text.dropFirst()) : text
  }
}
