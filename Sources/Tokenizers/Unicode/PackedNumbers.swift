/// Reads the base-32 numbers of ``UnicodeData``: the digits `A` to `f` end a number, `g` to `-` are followed by another digit.
struct PackedNumbers {
  private var position: UnsafePointer<UInt8>
  private let end: UnsafePointer<UInt8>

  init(_ text: StaticString) {
    position = text.utf8Start
    end = text.utf8Start + text.utf8CodeUnitCount
  }

  var isAtEnd: Bool { position == end }

  mutating func next() -> Int {
    var value = 0
    var shift = 0
    while position < end {
      let digit = Self.digit(position.pointee)
      position += 1
      value |= (digit & 31) << shift
      if digit < 32 { break }
      shift += 5
    }
    return value
  }

  /// Even numbers are twice a value from 0, odd ones its negative below 0.
  mutating func nextSigned() -> Int {
    let value = next()
    return value & 1 == 0 ? value >> 1 : -((value + 1) >> 1)
  }

  private static func digit(_ byte: UInt8) -> Int {
    switch byte {
    case UInt8(ascii: "A")...UInt8(ascii: "Z"): Int(byte) - 65
    case UInt8(ascii: "a")...UInt8(ascii: "z"): Int(byte) - 97 + 26
    case UInt8(ascii: "0")...UInt8(ascii: "9"): Int(byte) - 48 + 52
    case UInt8(ascii: "+"): 62
    default: 63
    }
  }
}
