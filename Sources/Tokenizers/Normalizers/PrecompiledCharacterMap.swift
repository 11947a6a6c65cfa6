/// The normalisation rules inside a sentencepiece model: a trie from byte strings to their replacements.
///
/// The bytes are: the length of the trie (32 bits, little endian), the trie as darts-clone writes it (32-bit units), and the replacements,
/// each ended by a zero byte.
struct PrecompiledCharacterMap: Sendable {
  private let units: [UInt32]
  private let replacements: [UInt8]
  /// What becomes of each ASCII character that does not stand before one that is not ASCII.
  private let ascii: [ArraySlice<UInt8>?]

  enum Problem: Error, Equatable {
    case truncated(bytes: Int)
    case trieLength(UInt32, available: Int)
  }

  init(_ bytes: [UInt8]) throws(Problem) {
    guard bytes.count >= 4 else { throw .truncated(bytes: bytes.count) }
    let length = Self.littleEndian(bytes, at: 0)
    guard length % 4 == 0, Int(length) <= bytes.count - 4 else { throw .trieLength(length, available: bytes.count - 4) }
    let units = stride(from: 4, to: 4 + Int(length), by: 4).map { Self.littleEndian(bytes, at: $0) }
    let replacements = Array(bytes[(4 + Int(length))...])
    self.units = units
    self.replacements = replacements
    ascii = (UInt8(0)..<128).map { byte in
      [byte].withUnsafeBufferPointer { Self.replacement(of: $0, units: units, replacements: replacements) }
    }
  }

  private static func littleEndian(_ bytes: [UInt8], at start: Int) -> UInt32 {
    (0..<4).reduce(0) { $0 | UInt32(bytes[start + $1]) << UInt32(8 * $1) }
  }

  func replacement(ofASCII byte: UInt8) -> ArraySlice<UInt8>? { ascii[Int(byte)] }

  /// What stands for a text; nil when no rule holds.
  ///
  /// As in sentencepiece's Rust reader, the rule is that of the shortest prefix that has one, and it stands for the whole text.
  func replacement(of text: UTF8Bytes) -> ArraySlice<UInt8>? {
    Self.replacement(of: text, units: units, replacements: replacements)
  }

  private static func replacement(of text: UTF8Bytes, units: [UInt32], replacements: [UInt8]) -> ArraySlice<UInt8>? {
    guard !units.isEmpty else { return nil }
    var node = offset(units[0])
    for byte in text {
      if byte == 0 { break }
      node ^= Int(byte)
      // A label has its highest bit clear; a node outside the trie, as only a damaged file has it, matches nothing.
      guard node < units.count, units[node] & 0x8000_00FF == UInt32(byte) else { return nil }
      let unit = units[node]
      node ^= offset(unit)
      guard node < units.count else { return nil }
      if unit >> 8 & 1 == 1 {
        let start = Int(units[node] & 0x7FFF_FFFF)
        guard start < replacements.count else { return replacements[replacements.endIndex...] }
        let end = replacements[start...].firstIndex(of: 0) ?? replacements.endIndex
        return replacements[start..<end]
      }
    }
    return nil
  }

  private static func offset(_ unit: UInt32) -> Int { Int((unit >> 10) << ((unit & 0x200) >> 6)) }
}
