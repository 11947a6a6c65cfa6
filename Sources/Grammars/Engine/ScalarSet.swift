/// A set of Unicode code points, as ranges in order that neither touch nor overlap. Surrogates are never in it: UTF-8 cannot write them.
struct ScalarSet: Sendable, Hashable {
  private(set) var ranges: [ClosedRange<UInt32>]

  static let all = ScalarSet([0...0xD7FF, 0xE000...0x10FFFF])

  init(_ ranges: some Sequence<ClosedRange<UInt32>>) {
    self.ranges = []
    for range in ranges.sorted(by: { $0.lowerBound < $1.lowerBound }) {
      if let last = self.ranges.last, range.lowerBound <= last.upperBound &+ 1 {
        self.ranges[self.ranges.count - 1] = last.lowerBound...max(last.upperBound, range.upperBound)
      } else {
        self.ranges.append(range)
      }
    }
    guard self.ranges.contains(where: { $0.overlaps(0xD800...0xDFFF) }) else { return }
    self.ranges = ScalarSet(unchecked: self.ranges).intersection(.all).ranges
  }

  init(_ scalars: String) { self.init(scalars.unicodeScalars.map { $0.value...$0.value }) }

  private init(unchecked ranges: [ClosedRange<UInt32>]) { self.ranges = ranges }

  var isEmpty: Bool { ranges.isEmpty }

  func contains(_ scalar: UInt32) -> Bool { ranges.contains { $0.contains(scalar) } }

  func union(_ other: ScalarSet) -> ScalarSet { ScalarSet(ranges + other.ranges) }

  func intersection(_ other: ScalarSet) -> ScalarSet {
    var result: [ClosedRange<UInt32>] = []
    var (left, right) = (0, 0)
    while left < ranges.count, right < other.ranges.count {
      let low = max(ranges[left].lowerBound, other.ranges[right].lowerBound)
      let high = min(ranges[left].upperBound, other.ranges[right].upperBound)
      if low <= high { result.append(low...high) }
      if ranges[left].upperBound < other.ranges[right].upperBound { left += 1 } else { right += 1 }
    }
    return ScalarSet(unchecked: result)
  }

  var complement: ScalarSet {
    var result: [ClosedRange<UInt32>] = []
    var next: UInt32 = 0
    for range in ranges {
      if range.lowerBound > next { result.append(next...(range.lowerBound - 1)) }
      next = range.upperBound + 1
    }
    if next <= 0x10FFFF { result.append(next...0x10FFFF) }
    return ScalarSet(unchecked: result).intersection(.all)
  }

  func subtracting(_ other: ScalarSet) -> ScalarSet { intersection(other.complement) }
}
