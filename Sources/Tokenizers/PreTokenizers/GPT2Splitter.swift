/// Cuts text as GPT-2 does: contractions, words, numbers and other characters, each with the space before it, and white space.
///
/// It is the pattern `'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+` written as a loop:
/// a test compares both over texts of every kind.
enum GPT2Splitter {
  private enum Kind: UInt8 {
    case other, letter, number, whiteSpace
  }

  /// The kind of each ASCII character.
  nonisolated(unsafe) private static let kinds: UnsafePointer<Kind> = {
    let kinds = (UInt32(0)..<128).map { scalar in kind(ofProperties: UnicodeTables.shared[scalar]) }
    return UnsafePointer(copyInMemory(kinds))
  }()

  @inline(__always)
  private static func kind(ofProperties properties: ScalarProperties) -> Kind {
    let bits = properties.rawValue
    if bits & ScalarProperties.letter.rawValue != 0 { return .letter }
    if bits & ScalarProperties.number.rawValue != 0 { return .number }
    return bits & ScalarProperties.whiteSpace.rawValue != 0 ? .whiteSpace : .other
  }

  static func split(_ bytes: UnsafePointer<UInt8>, _ range: TextRange, into pieces: GrowingBuffer<TextRange>) {
    let kinds = kinds
    let tables = UnicodeTables.shared
    let end = range.end
    var position = range.start

    @inline(__always)
    func look(at position: Int) -> (kind: Kind, length: Int) {
      if bytes[position] < 0x80 { return (kinds[Int(bytes[position])], 1) }
      let (scalar, length) = decodeScalar(bytes, position)
      return (kind(ofProperties: tables[scalar]), length)
    }

    while position < end {
      let start = position
      if bytes[position] == UInt8(ascii: "'") {
        let length = contraction(bytes, position, end)
        if length > 0 {
          position += length
          pieces.append(TextRange(start, position))
          continue
        }
      }
      var (kind, length) = look(at: position)
      if bytes[position] == 0x20, position + 1 < end {
        let (next, nextLength) = look(at: position + 1)
        if next != .whiteSpace { (kind, length) = (next, nextLength + 1) }
      }
      position += length
      if kind == .whiteSpace {
        var last = start
        while position < end {
          let (next, length) = look(at: position)
          if next != .whiteSpace { break }
          last = position
          position += length
        }
        // The last of several before a word stays for the word: `\s+(?!\S)`.
        if position < end, last > start { position = last }
      } else {
        while position < end {
          let (next, length) = look(at: position)
          if next != kind { break }
          position += length
        }
      }
      pieces.append(TextRange(start, position))
    }
  }

  /// The length of `'s`, `'t`, `'re`, `'ve`, `'m`, `'ll` or `'d`; 0 when it is none of them.
  @inline(__always)
  private static func contraction(_ bytes: UnsafePointer<UInt8>, _ position: Int, _ end: Int) -> Int {
    guard position + 1 < end else { return 0 }
    switch bytes[position + 1] {
    case UInt8(ascii: "s"), UInt8(ascii: "t"), UInt8(ascii: "m"), UInt8(ascii: "d"): return 2
    case UInt8(ascii: "r"), UInt8(ascii: "v"): return position + 2 < end && bytes[position + 2] == UInt8(ascii: "e") ? 3 : 0
    case UInt8(ascii: "l"): return position + 2 < end && bytes[position + 2] == UInt8(ascii: "l") ? 3 : 0
    default: return 0
    }
  }
}
