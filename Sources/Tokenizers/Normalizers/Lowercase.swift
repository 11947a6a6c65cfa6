/// Replaces every letter by its lowercase letter, one code point at a time: Σ at the end of a word becomes σ.
struct Lowercase: Normalizer {
  func normalize(_ text: WorkText) {
    text.rewrite { bytes, range, output in
      let base = bytes.baseAddress!
      var position = range.start
      while position < range.end {
        let byte = base[position]
        if byte >= 65, byte <= 90 {
          output.copy(until: position)
          output.replace(until: position + 1) { $0.append(byte + 32) }
          position += 1
        } else if byte < 0x80 {
          position += 1
        } else {
          let (scalar, length) = decodeScalar(base, position)
          let lower = UnicodeTables.shared.lowercase(scalar)
          if lower != scalar || scalar == 0x130 {
            output.copy(until: position)
            output.replace(until: position + length) { Self.append(lowercaseOf: scalar, to: $0) }
          }
          position += length
        }
      }
      output.copy(until: range.end)
    }
  }

  private static func append(lowercaseOf scalar: UInt32, to output: GrowingBuffer<UInt8>) {
    if scalar == 0x130 {  // İ: the only letter whose lowercase is two code points.
      output.append(scalar: 0x69)
      output.append(scalar: 0x307)
    } else {
      output.append(scalar: UnicodeTables.shared.lowercase(scalar))
    }
  }
}
