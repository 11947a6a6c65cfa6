/// A range of code points as the byte strings that write it: each a range of bytes for every place.
///
/// Source: the algorithm is Ken Thompson's, as described by Russ Cox 2007 («Regular expression matching can be simple and fast») and 2010.
enum UTF8Ranges {
  /// Calls the body with 1 to 4 ranges of bytes; together they write exactly the code points of the range.
  static func forEach(in range: ClosedRange<UInt32>, _ body: ([ClosedRange<UInt8>]) -> Void) {
    // First where the number of bytes changes, then where the last bytes do not go through their whole range.
    for limit in [0x7F, 0x7FF, 0xFFFF] as [UInt32] where range.lowerBound <= limit && range.upperBound > limit {
      forEach(in: range.lowerBound...limit, body)
      forEach(in: (limit + 1)...range.upperBound, body)
      return
    }
    let (low, high) = (range.lowerBound, range.upperBound)
    if high > 0x7F {
      for shift in [6, 12, 18] as [UInt32] {
        let mask: UInt32 = (1 << shift) - 1
        guard low & ~mask != high & ~mask else { continue }
        if low & mask != 0 {
          forEach(in: low...(low | mask), body)
          forEach(in: ((low | mask) + 1)...high, body)
          return
        }
        if high & mask != mask {
          forEach(in: low...((high & ~mask) - 1), body)
          forEach(in: (high & ~mask)...high, body)
          return
        }
      }
    }
    body(zip(bytes(of: low), bytes(of: high)).map { $0...$1 })
  }

  /// The UTF-8 of a code point.
  static func bytes(of scalar: UInt32) -> [UInt8] {
    func continuation(_ shift: UInt32) -> UInt8 { UInt8(0x80 | scalar >> shift & 0x3F) }
    switch scalar {
    case 0...0x7F: return [UInt8(scalar)]
    case 0x80...0x7FF: return [UInt8(0xC0 | scalar >> 6), continuation(0)]
    case 0x800...0xFFFF: return [UInt8(0xE0 | scalar >> 12), continuation(6), continuation(0)]
    default: return [UInt8(0xF0 | scalar >> 18), continuation(12), continuation(6), continuation(0)]
    }
  }
}
