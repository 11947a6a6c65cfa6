/// The properties of every code point in two lookups: a table of blocks of 128 code points, and the blocks that differ.
///
/// The memory lives as long as the process.
struct UnicodeTables: @unchecked Sendable {
  static let shared = UnicodeTables()

  /// The index of the block of 128 code points, for each of 8,704.
  private let blocks: UnsafePointer<UInt16>
  /// The class of each code point of each block.
  private let classes: UnsafePointer<UInt8>
  private let properties: UnsafePointer<ScalarProperties>
  /// How many classes of code points there are, at most 64: a set of them fits in a `UInt64`.
  let classCount: Int
  private let lowercaseKeys: [UInt32]
  private let lowercaseValues: [UInt32]

  private init() {
    var all: [UInt8] = []
    all.reserveCapacity(0x110000)
    var runs = PackedNumbers(UnicodeData.properties)
    while !runs.isAtEnd {
      let count = runs.next()
      all.append(contentsOf: repeatElement(UInt8(runs.next()), count: count))
    }
    let blockCount = 0x110000 / 128
    let blocks = UnsafeMutablePointer<UInt16>.allocate(capacity: blockCount)
    var different: [ArraySlice<UInt8>: UInt16] = [:]
    var classes: [UInt8] = []
    for block in 0..<blockCount {
      let slice = all[block * 128..<(block + 1) * 128]
      if let known = different[slice] {
        blocks[block] = known
      } else {
        let index = UInt16(different.count)
        different[slice] = index
        blocks[block] = index
        classes.append(contentsOf: slice)
      }
    }
    self.blocks = UnsafePointer(blocks)
    self.classes = UnsafePointer(copyInMemory(classes))
    properties = UnsafePointer(copyInMemory(UnicodeData.classes.map { ScalarProperties(rawValue: $0) }))
    classCount = UnicodeData.classes.count

    var lower: [(key: UInt32, value: UInt32)] = []
    var packed = PackedNumbers(UnicodeData.lowercase)
    var code = 0
    while !packed.isAtEnd {
      code += packed.next()
      let shape = packed.next()
      let distance = packed.nextSigned()
      for index in 0..<shape >> 1 {
        let key = code + index * ((shape & 1) + 1)
        lower.append((UInt32(key), UInt32(key + distance)))
      }
    }
    lower.sort { $0.key < $1.key }
    lowercaseKeys = lower.map(\.key)
    lowercaseValues = lower.map(\.value)
  }

  /// The class of a code point, at most 0x10FFFF: code points of one class have the same properties.
  @inline(__always)
  func classIndex(of scalar: UInt32) -> Int {
    Int(classes[Int(blocks[Int(scalar >> 7)]) << 7 | Int(scalar & 127)])
  }

  func properties(ofClass index: Int) -> ScalarProperties { properties[index] }

  @inline(__always)
  subscript(scalar: UInt32) -> ScalarProperties { properties[classIndex(of: scalar)] }

  /// Whether a code point has at least one of the properties.
  @inline(__always)
  func has(_ scalar: UInt32, _ wanted: ScalarProperties) -> Bool {
    self[scalar].rawValue & wanted.rawValue != 0
  }

  /// Every code point that has a lowercase letter, with it.
  var casePairs: [(upper: UInt32, lower: UInt32)] {
    zip(lowercaseKeys, lowercaseValues).map { (upper: $0, lower: $1) }
  }

  /// The lowercase letter of a code point, or the code point itself.
  ///
  /// The only one with two, İ (U+0130), is `i` and U+0307: callers that write text look for it first.
  func lowercase(_ scalar: UInt32) -> UInt32 {
    if scalar < 128 { return scalar >= 65 && scalar <= 90 ? scalar + 32 : scalar }
    var low = 0
    var high = lowercaseKeys.count
    while low < high {
      let middle = (low + high) / 2
      if lowercaseKeys[middle] < scalar { low = middle + 1 } else { high = middle }
    }
    return low < lowercaseKeys.count && lowercaseKeys[low] == scalar ? lowercaseValues[low] : scalar
  }
}

/// A copy of an array in memory of its own, for tables that hot loops read through a pointer. Whoever asks for it frees it, or keeps it.
func copyInMemory<Element>(_ elements: [Element]) -> UnsafeMutablePointer<Element> {
  let memory = UnsafeMutablePointer<Element>.allocate(capacity: max(elements.count, 1))
  memory.initialize(from: elements, count: elements.count)
  return memory
}
