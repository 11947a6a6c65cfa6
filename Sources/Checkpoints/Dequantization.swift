/// From stored elements to 32-bit floats, for every `ElementType`.
enum Dequantization {
  /// Decodes whole blocks.
  ///
  /// - Parameters:
  ///   - bytes: a whole number of blocks of the type, at any alignment.
  ///   - destination: room for `bytes.count / blockBytes * blockCount` floats.
  static func decode(_ bytes: UnsafeRawBufferPointer, as type: ElementType, into destination: UnsafeMutablePointer<Float>) {
    guard let base = bytes.baseAddress else { return }
    let blocks = bytes.count / type.blockBytes
    func each<Element>(_: Element.Type, _ convert: (Element) -> Float) where Element: BitwiseCopyable {
      for i in 0..<blocks { destination[i] = convert(base.loadUnaligned(fromByteOffset: i * MemoryLayout<Element>.size, as: Element.self)) }
    }
    func eachBlock(_ decodeBlock: (UnsafeRawPointer, UnsafeMutablePointer<Float>) -> Void) {
      for i in 0..<blocks { decodeBlock(base + i * type.blockBytes, destination + i * type.blockCount) }
    }
    switch type {
    case .float32: UnsafeMutableRawPointer(destination).copyMemory(from: base, byteCount: bytes.count)
    case .float64: each(UInt64.self) { Float(Double(bitPattern: UInt64(littleEndian: $0))) }
    case .float16: each(UInt16.self) { half($0) }
    case .bfloat16: each(UInt16.self) { Float(bitPattern: UInt32($0) << 16) }
    case .int64: each(Int64.self) { Float($0) }
    case .int32: each(Int32.self) { Float($0) }
    case .int16: each(Int16.self) { Float($0) }
    case .int8: each(Int8.self) { Float($0) }
    case .uint64: each(UInt64.self) { Float($0) }
    case .uint32: each(UInt32.self) { Float($0) }
    case .uint16: each(UInt16.self) { Float($0) }
    case .uint8, .bool: each(UInt8.self) { Float($0) }
    case .q4_0, .q4_1, .q5_0, .q5_1: eachBlock { nibbles($0, type, $1) }
    case .q8_0: eachBlock(q8)
    case .q2K: eachBlock(q2K)
    case .q3K: eachBlock(q3K)
    case .q4K, .q5K: eachBlock { q4K($0, hasFifthBit: type == .q5K, $1) }
    case .q6K: eachBlock(q6K)
    case .q8K: eachBlock(q8K)
    }
  }

  /// The value of an IEEE half-precision number.
  static func half(_ bits: UInt16) -> Float {
    let sign = UInt32(bits & 0x8000) << 16
    let exponent = UInt32(bits >> 10) & 31
    let fraction = UInt32(bits & 1023)
    switch exponent {
    case 0:
      let magnitude = Float(fraction) * 0x1p-24
      return sign == 0 ? magnitude : -magnitude
    case 31: return Float(bitPattern: sign | 0x7F80_0000 | fraction << 13)
    default: return Float(bitPattern: sign | (exponent + 112) << 23 | fraction << 13)
    }
  }

  private static func half(_ block: UnsafeRawPointer, at offset: Int) -> Float {
    half(UInt16(littleEndian: block.loadUnaligned(fromByteOffset: offset, as: UInt16.self)))
  }

  /// `Q4_0`, `Q4_1`, `Q5_0`, `Q5_1`: a scale, for `_1` a minimum, for `Q5` the fifth bits, then 32 nibbles (first the low ones).
  private static func nibbles(_ block: UnsafeRawPointer, _ type: ElementType, _ out: UnsafeMutablePointer<Float>) {
    let scale = half(block, at: 0)
    let hasMinimum = type == .q4_1 || type == .q5_1
    let hasFifthBit = type == .q5_0 || type == .q5_1
    var offset = hasMinimum ? 4 : 2
    var fifth: UInt32 = 0
    if hasFifthBit {
      fifth = UInt32(littleEndian: block.loadUnaligned(fromByteOffset: offset, as: UInt32.self))
      offset += 4
    }
    let codes = (block + offset).assumingMemoryBound(to: UInt8.self)
    let centre: Int32 = hasMinimum ? 0 : hasFifthBit ? 16 : 8
    let minimum = hasMinimum ? half(block, at: 2) : 0
    for i in 0..<16 {
      let low = Int32(codes[i] & 15) | Int32((fifth >> UInt32(i)) & 1) << 4
      let high = Int32(codes[i] >> 4) | Int32((fifth >> UInt32(i + 16)) & 1) << 4
      out[i] = scale * Float(low - centre) + minimum
      out[i + 16] = scale * Float(high - centre) + minimum
    }
  }

  private static func q8(_ block: UnsafeRawPointer, _ out: UnsafeMutablePointer<Float>) {
    let scale = half(block, at: 0)
    let codes = (block + 2).assumingMemoryBound(to: Int8.self)
    for i in 0..<32 { out[i] = scale * Float(codes[i]) }
  }

  /// `Q8_K`: a float scale and 256 codes (and sums that only a dot product needs).
  private static func q8K(_ block: UnsafeRawPointer, _ out: UnsafeMutablePointer<Float>) {
    let scale = Float(bitPattern: UInt32(littleEndian: block.loadUnaligned(as: UInt32.self)))
    let codes = (block + 4).assumingMemoryBound(to: Int8.self)
    for i in 0..<256 { out[i] = scale * Float(codes[i]) }
  }

  /// `Q2_K`: 16 groups of 16, each with a four-bit scale and a four-bit minimum.
  private static func q2K(_ block: UnsafeRawPointer, _ out: UnsafeMutablePointer<Float>) {
    let scales = block.assumingMemoryBound(to: UInt8.self)
    let codes = scales + 16
    let (scale, minimum) = (half(block, at: 80), half(block, at: 82))
    for group in 0..<16 {
      let (part, shift) = (group / 8, UInt8(group % 8 / 2 * 2))
      let source = codes + part * 32 + group % 2 * 16
      let (factor, offset) = (scale * Float(scales[group] & 15), minimum * Float(scales[group] >> 4))
      for i in 0..<16 { out[group * 16 + i] = factor * Float((source[i] >> shift) & 3) - offset }
    }
  }

  /// `Q3_K`: 16 groups of 16 with six-bit scales; the third bit of each code lies apart.
  private static func q3K(_ block: UnsafeRawPointer, _ out: UnsafeMutablePointer<Float>) {
    let high = block.assumingMemoryBound(to: UInt8.self)
    let codes = high + 32
    let packed = high + 96
    let scale = half(block, at: 108)
    for group in 0..<16 {
      let low4 = group < 8 ? packed[group] & 15 : packed[group - 8] >> 4
      let high2 = (packed[8 + group % 4] >> UInt8(group / 4 * 2)) & 3
      let factor = scale * Float(Int32(low4 | high2 << 4) - 32)
      let (part, pair, half) = (group / 8, group % 8 / 2, group % 2 * 16)
      let bit = UInt8(1) << UInt8(part * 4 + pair)
      for i in 0..<16 {
        let code = Int32((codes[part * 32 + half + i] >> UInt8(pair * 2)) & 3)
        out[group * 16 + i] = factor * Float(code - (high[half + i] & bit != 0 ? 0 : 4))
      }
    }
  }

  /// `Q4_K` and `Q5_K`: 8 groups of 32 with six-bit scales and minima; `Q5_K` has the fifth bits apart.
  private static func q4K(_ block: UnsafeRawPointer, hasFifthBit: Bool, _ out: UnsafeMutablePointer<Float>) {
    let (scale, minimum) = (half(block, at: 0), half(block, at: 2))
    let packed = (block + 4).assumingMemoryBound(to: UInt8.self)
    let fifth = packed + 12
    let codes = hasFifthBit ? fifth + 32 : fifth
    for group in 0..<8 {
      let (groupScale, groupMinimum) = sixBitPair(packed, group)
      let (factor, offset) = (scale * Float(groupScale), minimum * Float(groupMinimum))
      let source = codes + group / 2 * 32
      for i in 0..<32 {
        var code = group % 2 == 0 ? source[i] & 15 : source[i] >> 4
        if hasFifthBit { code |= ((fifth[i] >> UInt8(group)) & 1) << 4 }
        out[group * 32 + i] = factor * Float(code) - offset
      }
    }
  }

  /// The six-bit scale and minimum of a group of `Q4_K`; twelve bytes hold eight pairs.
  static func sixBitPair(_ packed: UnsafePointer<UInt8>, _ group: Int) -> (scale: UInt8, minimum: UInt8) {
    if group < 4 { return (packed[group] & 63, packed[group + 4] & 63) }
    return (packed[group + 4] & 15 | (packed[group - 4] >> 6) << 4, packed[group + 4] >> 4 | (packed[group] >> 6) << 4)
  }

  /// `Q6_K`: 16 groups of 16 with eight-bit scales; four low bits and two high bits of each code lie apart.
  private static func q6K(_ block: UnsafeRawPointer, _ out: UnsafeMutablePointer<Float>) {
    let low = block.assumingMemoryBound(to: UInt8.self)
    let high = low + 128
    let scales = (block + 192).assumingMemoryBound(to: Int8.self)
    let scale = half(block, at: 208)
    for part in 0..<2 {
      for quarter in 0..<4 {
        for i in 0..<32 {
          let nibbles = low[part * 64 + quarter % 2 * 32 + i]
          let lowBits = quarter < 2 ? nibbles & 15 : nibbles >> 4
          let highBits = (high[part * 32 + i] >> UInt8(quarter * 2)) & 3
          let factor = scale * Float(scales[part * 8 + quarter * 2 + i / 16])
          out[part * 128 + quarter * 32 + i] = factor * Float(Int32(lowBits | highBits << 4) - 32)
        }
      }
    }
  }
}
