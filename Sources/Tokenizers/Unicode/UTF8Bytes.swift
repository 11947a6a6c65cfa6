/// Text as the stages of a tokenizer see it: UTF-8 that is known to be valid, because it comes from a `String`.
typealias UTF8Bytes = UnsafeBufferPointer<UInt8>

/// The code point that begins at a position, and the number of its bytes.
@inline(__always)
func decodeScalar(_ bytes: UnsafePointer<UInt8>, _ position: Int) -> (scalar: UInt32, length: Int) {
  let first = UInt32(bytes[position])
  if first < 0x80 { return (first, 1) }
  let second = UInt32(bytes[position + 1] & 0x3F)
  if first < 0xE0 { return ((first & 0x1F) << 6 | second, 2) }
  let third = UInt32(bytes[position + 2] & 0x3F)
  if first < 0xF0 { return ((first & 0x0F) << 12 | second << 6 | third, 3) }
  return ((first & 0x07) << 18 | second << 12 | third << 6 | UInt32(bytes[position + 3] & 0x3F), 4)
}

/// How many bytes the code point takes that begins with this byte.
@inline(__always)
func scalarLength(_ first: UInt8) -> Int {
  first < 0x80 ? 1 : first < 0xE0 ? 2 : first < 0xF0 ? 3 : 4
}

/// Where the code point begins that ends before a position above 0.
@inline(__always)
func scalarStart(_ bytes: UnsafePointer<UInt8>, before position: Int) -> Int {
  var start = position - 1
  while bytes[start] & 0xC0 == 0x80 { start -= 1 }
  return start
}

extension UnsafeBufferPointer<UInt8> {
  var isASCII: Bool {
    guard let base = baseAddress else { return true }
    var position = 0
    let raw = UnsafeRawPointer(base)
    while position + 8 <= count {
      if raw.loadUnaligned(fromByteOffset: position, as: UInt64.self) & 0x8080_8080_8080_8080 != 0 { return false }
      position += 8
    }
    while position < count {
      if base[position] >= 0x80 { return false }
      position += 1
    }
    return true
  }

  /// The code points of these bytes.
  var scalars: [UInt32] {
    guard let base = baseAddress else { return [] }
    var result: [UInt32] = []
    var position = 0
    while position < count {
      let (scalar, length) = decodeScalar(base, position)
      result.append(scalar)
      position += length
    }
    return result
  }
}
