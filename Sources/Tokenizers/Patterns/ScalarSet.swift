/// A set of code points, closed under union, intersection and complement.
///
/// It says for stretches of code points which classes of `UnicodeTables` are in it, so it is exact with properties and with ranges alike.
struct ScalarSet: Equatable, Sendable {
  private struct Stretch: Equatable, Sendable {
    var start: UInt32
    var classes: UInt64
  }

  private static let allClasses: UInt64 = UnicodeTables.shared.classCount == 64 ? .max : 1 << UInt64(UnicodeTables.shared.classCount) - 1

  /// In order; the first starts at 0, each reaches to the next.
  private var stretches: [Stretch]
  private var low: UInt64 = 0
  private var high: UInt64 = 0

  static let none = ScalarSet([Stretch(start: 0, classes: 0)])
  static let all = ScalarSet([Stretch(start: 0, classes: allClasses)])

  /// `\w` as Oniguruma has it between brackets: without the joiners.
  static let wordInClass = ScalarSet(.word).intersection(ScalarSet(0x200C...0x200D).complement)

  /// `\w` as Oniguruma has it elsewhere: there the superscript digits and fractions of Latin-1 are word characters too.
  static let word = [0xB2, 0xB3, 0xB9, 0xBC, 0xBD, 0xBE].reduce(wordInClass) { $0.union(ScalarSet($1...$1)) }

  private init(_ stretches: [Stretch]) {
    var merged: [Stretch] = []
    for stretch in stretches where merged.last?.classes != stretch.classes { merged.append(stretch) }
    self.stretches = merged
    for code in UInt32(0)..<128 where slowContains(code) {
      if code < 64 { low |= 1 << UInt64(code) } else { high |= 1 << UInt64(code - 64) }
    }
  }

  init(_ range: ClosedRange<UInt32>) {
    var stretches = [Stretch(start: 0, classes: 0)]
    if range.lowerBound == 0 { stretches.removeAll() }
    stretches.append(Stretch(start: range.lowerBound, classes: Self.allClasses))
    if range.upperBound < 0x10FFFF { stretches.append(Stretch(start: range.upperBound + 1, classes: 0)) }
    self.init(stretches)
  }

  init(_ properties: ScalarProperties) {
    var classes: UInt64 = 0
    for index in 0..<UnicodeTables.shared.classCount
    where !UnicodeTables.shared.properties(ofClass: index).isDisjoint(with: properties) {
      classes |= 1 << UInt64(index)
    }
    self.init([Stretch(start: 0, classes: classes)])
  }

  init(_ character: Unicode.Scalar) { self.init(character.value...character.value) }

  // MARK: - Looking up

  @inline(__always)
  func contains(_ scalar: UInt32) -> Bool {
    if scalar < 128 { return containsASCII(UInt8(truncatingIfNeeded: scalar)) }
    return slowContains(scalar)
  }

  @inline(__always)
  func containsASCII(_ byte: UInt8) -> Bool {
    (byte < 64 ? low >> UInt64(byte) : high >> UInt64(byte - 64)) & 1 != 0
  }

  private func slowContains(_ scalar: UInt32) -> Bool {
    let bit = UInt64(1) << UInt64(UnicodeTables.shared.classIndex(of: scalar))
    var first = 0
    var last = stretches.count - 1
    while first < last {
      let middle = (first + last + 1) / 2
      if stretches[middle].start <= scalar { first = middle } else { last = middle - 1 }
    }
    return stretches[first].classes & bit != 0
  }

  /// Whether no code point above U+007F can be in the set.
  var isASCII: Bool {
    for (index, stretch) in stretches.enumerated() where stretch.classes != 0 {
      let end = index + 1 < stretches.count ? stretches[index + 1].start : 0x110000
      if end > 128 { return false }
    }
    return true
  }

  /// The member of a set that was made of one code point.
  var onlyMember: UInt32? {
    for (index, stretch) in stretches.enumerated() where stretch.classes != 0 {
      let end = index + 1 < stretches.count ? stretches[index + 1].start : 0x110000
      return end == stretch.start + 1 ? stretch.start : nil
    }
    return nil
  }

  // MARK: - Combining

  private func combined(with other: ScalarSet, _ operation: (UInt64, UInt64) -> UInt64) -> ScalarSet {
    var result: [Stretch] = []
    var mine = 0
    var theirs = 0
    while mine < stretches.count || theirs < other.stretches.count {
      let myStart = mine < stretches.count ? stretches[mine].start : .max
      let theirStart = theirs < other.stretches.count ? other.stretches[theirs].start : .max
      let start = min(myStart, theirStart)
      if myStart == start { mine += 1 }
      if theirStart == start { theirs += 1 }
      let classes = operation(stretches[mine - 1].classes, other.stretches[theirs - 1].classes)
      result.append(Stretch(start: start, classes: classes))
    }
    return ScalarSet(result)
  }

  func union(_ other: ScalarSet) -> ScalarSet { combined(with: other, |) }
  func intersection(_ other: ScalarSet) -> ScalarSet { combined(with: other, &) }

  var complement: ScalarSet {
    ScalarSet(stretches.map { Stretch(start: $0.start, classes: ~$0.classes & Self.allClasses) })
  }

  /// With the other case of every letter in the set, as `(?i)` asks for.
  var ignoringCase: ScalarSet {
    var result = self
    // ſ is the only letter whose fold is not its lowercase and which patterns meet: in «(?i:'s)».
    for (upper, lower) in UnicodeTables.shared.casePairs + [(0x17F, 0x73), (0x17F, 0x53)] where contains(upper) != contains(lower) {
      result = result.union(ScalarSet(upper...upper)).union(ScalarSet(lower...lower))
    }
    return result
  }
}
