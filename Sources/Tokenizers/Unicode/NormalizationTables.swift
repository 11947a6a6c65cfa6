/// Decompositions, combining classes and compositions (Unicode 9.0, see `Scripts/make-unicode-tables.py`).
///
/// Hangul syllables are computed, as chapter 3.12 of the Unicode Standard has it.
struct NormalizationTables: Sendable {
  static let shared = NormalizationTables()

  private struct Decomposition: Sendable {
    var start = 0
    var canonicalCount = 0
    var compatibleStart = 0
    var compatibleCount = 0
  }

  private var decompositions: [UInt32: Decomposition] = [:]
  private var targets: [UInt32] = []
  private var compositions: [UInt64: UInt32] = [:]
  private var classes = TwoStageTable<UInt8>()
  private var traits = TwoStageTable<UInt8>()

  private init() {
    var packed = PackedNumbers(UnicodeData.combiningClasses)
    var code = 0
    while !packed.isAtEnd {
      let count = packed.next()
      let combiningClass = UInt8(packed.next())
      if combiningClass != 0 { for scalar in code..<code + count { classes[UInt32(scalar)] = combiningClass } }
      code += count
    }

    var direct: [(scalar: UInt32, isCompatible: Bool, targets: [UInt32])] = []
    packed = PackedNumbers(UnicodeData.decompositions)
    code = 0
    while !packed.isAtEnd {
      code += packed.next()
      let shape = packed.next()
      let targets = (0..<shape >> 2).map { _ in UInt32(code + packed.nextSigned()) }
      direct.append((UInt32(code), shape & 2 != 0, targets))
      if shape & 1 != 0 { compositions[UInt64(targets[0]) << 32 | UInt64(targets[1])] = UInt32(code) }
    }
    let byScalar = Dictionary(uniqueKeysWithValues: direct.map { ($0.scalar, $0) })
    func expand(_ scalar: UInt32, compatibly: Bool) -> [UInt32] {
      guard let entry = byScalar[scalar], compatibly || !entry.isCompatible else { return [scalar] }
      return entry.targets.flatMap { expand($0, compatibly: compatibly) }
    }
    for entry in direct {
      let canonical = expand(entry.scalar, compatibly: false)
      let compatible = expand(entry.scalar, compatibly: true)
      decompositions[entry.scalar] = Decomposition(
        start: targets.count, canonicalCount: canonical.count, compatibleStart: targets.count + canonical.count,
        compatibleCount: compatible.count)
      targets += canonical + compatible
    }
    setTraits()
  }

  private mutating func setTraits() {
    let seconds = Set(compositions.keys.map { UInt32($0 & 0xFFFF_FFFF) } + Array(0x1161...0x1175) + Array(0x11A8...0x11C2))
    var odd = Set(decompositions.keys).union(seconds).union(UInt32(0xAC00)...0xD7A3)
    for scalar in UInt32(0)..<0x110000 where classes[scalar] != 0 { odd.insert(scalar) }
    for scalar in odd {
      var bits: UInt8 = 0
      for form in NormalizationForm.allCases {
        var parts: [UInt32] = []
        appendDecomposition(of: scalar, compatibly: form.isCompatible) { parts.append($0) }
        let isJoined = combiningClass(parts[0]) != 0 || (form.composes && seconds.contains(parts[0]))
        let isChanged = form.composes ? composed(parts) != [scalar] : parts != [scalar]
        if isJoined { bits |= form.joinsBit }
        if isChanged { bits |= form.changesBit }
      }
      traits[scalar] = bits
    }
  }

  private func composed(_ parts: [UInt32]) -> [UInt32] {
    var scalars = parts
    compose(&scalars)
    return scalars
  }

  func combiningClass(_ scalar: UInt32) -> UInt8 { classes[scalar] }

  /// Whether the code point can change or be changed by what stands before it, so that both are normalised together.
  @inline(__always)
  func joins(_ scalar: UInt32, in form: NormalizationForm) -> Bool { traits[scalar] & form.joinsBit != 0 }

  /// Whether the code point on its own is normalised to something else.
  @inline(__always)
  func changes(_ scalar: UInt32, in form: NormalizationForm) -> Bool { traits[scalar] & form.changesBit != 0 }

  func appendDecomposition(of scalar: UInt32, compatibly: Bool, _ append: (UInt32) -> Void) {
    if scalar >= 0xAC00, scalar <= 0xD7A3 {
      let index = scalar - 0xAC00
      append(0x1100 + index / 588)
      append(0x1161 + index % 588 / 28)
      if index % 28 != 0 { append(0x11A7 + index % 28) }
    } else if let entry = decompositions[scalar] {
      let start = compatibly ? entry.compatibleStart : entry.start
      let count = compatibly ? entry.compatibleCount : entry.canonicalCount
      for target in targets[start..<start + count] { append(target) }
    } else {
      append(scalar)
    }
  }

  /// Puts runs of combining marks into the order of their classes; marks of one class keep their order.
  func reorder(_ scalars: inout [UInt32]) {
    var start = 0
    while start < scalars.count {
      guard combiningClass(scalars[start]) != 0 else {
        start += 1
        continue
      }
      var end = start + 1
      while end < scalars.count, combiningClass(scalars[end]) != 0 { end += 1 }
      if end - start > 1 {
        // The standard library's sort is stable, but does not promise it.
        let sorted = scalars[start..<end].enumerated().sorted { left, right in
          let order = (combiningClass(left.element), combiningClass(right.element))
          return order.0 == order.1 ? left.offset < right.offset : order.0 < order.1
        }
        for (index, mark) in sorted.enumerated() { scalars[start + index] = mark.element }
      }
      start = end
    }
  }

  /// Joins what composes, in place: the canonical composition algorithm (Unicode Standard, definition D117).
  func compose(_ scalars: inout [UInt32]) {
    var written = 0
    var starter: Int?
    var lastClass = -1
    for index in scalars.indices {
      let scalar = scalars[index]
      let combiningClass = Int(combiningClass(scalar))
      if let starter, lastClass < combiningClass, let joined = composition(of: scalars[starter], scalar) {
        scalars[starter] = joined
        continue
      }
      if combiningClass == 0 {
        starter = written
        lastClass = -1
      } else {
        lastClass = combiningClass
      }
      scalars[written] = scalar
      written += 1
    }
    scalars.removeLast(scalars.count - written)
  }

  private func composition(of first: UInt32, _ second: UInt32) -> UInt32? {
    if first >= 0x1100, first <= 0x1112, second >= 0x1161, second <= 0x1175 {
      return 0xAC00 + ((first - 0x1100) * 21 + second - 0x1161) * 28
    }
    if first >= 0xAC00, first <= 0xD7A3, (first - 0xAC00) % 28 == 0, second >= 0x11A8, second <= 0x11C2 {
      return first + second - 0x11A7
    }
    return compositions[UInt64(first) << 32 | UInt64(second)]
  }
}

/// One of the four Unicode normalisation forms (UAX 15).
enum NormalizationForm: String, CaseIterable, Sendable {
  case nfd = "NFD"
  case nfkd = "NFKD"
  case nfc = "NFC"
  case nfkc = "NFKC"

  var isCompatible: Bool { self == .nfkd || self == .nfkc }
  var composes: Bool { self == .nfc || self == .nfkc }

  @inline(__always)
  private var index: UInt8 {
    switch self {
    case .nfd: 0
    case .nfkd: 1
    case .nfc: 2
    case .nfkc: 3
    }
  }
  @inline(__always) fileprivate var joinsBit: UInt8 { 1 << index }
  @inline(__always) fileprivate var changesBit: UInt8 { 16 << index }
}

/// A value for every code point, zero for most of them: blocks of 128 that are made when something is written into them.
struct TwoStageTable<Value: BitwiseCopyable & FixedWidthInteger & Sendable>: Sendable {
  private var blocks = [UInt16](repeating: 0, count: 0x110000 / 128)
  private var values = [Value](repeating: 0, count: 128)

  @inline(__always)
  subscript(scalar: UInt32) -> Value {
    get { values[Int(blocks[Int(scalar >> 7)]) << 7 | Int(scalar & 127)] }
    set {
      if blocks[Int(scalar >> 7)] == 0 {
        blocks[Int(scalar >> 7)] = UInt16(values.count / 128)
        values.append(contentsOf: repeatElement(0, count: 128))
      }
      values[Int(blocks[Int(scalar >> 7)]) << 7 | Int(scalar & 127)] = newValue
    }
  }
}
