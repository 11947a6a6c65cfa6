/// Which pairs of tokens merge: for each pair the rank of its merge and the token that it gives.
struct MergeTable: Sendable {
  /// The rank of a pair that does not merge.
  static let none: UInt64 = .max

  private struct Entry: Sendable {
    var key: UInt64
    var value: UInt64
  }

  /// Ids are below 2^22, so no pair has this key.
  private static let free: UInt64 = .max

  private var entries: [Entry]
  private let shift: UInt64
  private(set) var count = 0

  init(capacity: Int) {
    var bits: UInt64 = 4
    while 1 << bits < capacity * 2 { bits += 1 }
    entries = Array(repeating: Entry(key: Self.free, value: Self.none), count: 1 << bits)
    shift = 64 - bits
  }

  @inline(__always)
  private func slot(_ key: UInt64) -> Int { Int((key &* 0x9E37_79B9_7F4A_7C15) >> shift) }

  /// Adds a merge, or replaces the one of the same pair. There must be room.
  mutating func insert(left: Int, right: Int, rank: Int, merged: Int) {
    let key = UInt64(left) << 32 | UInt64(right)
    var slot = slot(key)
    while entries[slot].key != Self.free, entries[slot].key != key { slot = (slot + 1) & (entries.count - 1) }
    if entries[slot].key == Self.free { count += 1 }
    entries[slot] = Entry(key: key, value: UInt64(rank) << 32 | UInt64(merged))
  }

  /// The rank of a pair's merge in the upper half and the merged token in the lower; ``none`` when it does not merge.
  @inline(__always)
  func merge(_ left: UInt32, _ right: UInt32) -> UInt64 {
    let key = UInt64(left) << 32 | UInt64(right)
    return entries.withUnsafeBufferPointer { entries in
      var slot = slot(key)
      while true {
        let entry = entries[slot]
        if entry.key == key || entry.key == Self.free { return entry.value }
        slot = (slot + 1) & (entries.count - 1)
      }
    }
  }
}

/// A token of a word while its tokens are being merged.
struct MergeSymbol: BitwiseCopyable {
  var id: UInt32
  /// Bytes of the word; 0 for a symbol that was merged into another.
  var length: UInt32
  /// In short words, the merge with the next symbol as `MergeTable.merge` gives it. In long ones the neighbours.
  var link: UInt64
}

/// The merges that are possible in a long word, the next one first: the lowest rank, and of one rank the leftmost.
final class MergeQueue {
  struct Candidate: BitwiseCopyable {
    /// The rank in the upper half, the position of the left symbol in the lower.
    var order: UInt64
    var left: UInt32
    var right: UInt32
    var merged: UInt32
  }

  private let heap = GrowingBuffer<Candidate>()

  var isEmpty: Bool { heap.count == 0 }

  func removeAll() { heap.removeAll() }
  func trim(to limit: Int) { heap.trim(to: limit) }

  func push(_ candidate: Candidate) {
    heap.append(candidate)
    var index = heap.count - 1
    while index > 0 {
      let parent = (index - 1) / 2
      if heap[parent].order <= candidate.order { break }
      heap[index] = heap[parent]
      index = parent
    }
    heap[index] = candidate
  }

  func pop() -> Candidate {
    let top = heap[0]
    let last = heap[heap.count - 1]
    heap.removeLast(1)
    let count = heap.count
    if count == 0 { return top }
    var index = 0
    while true {
      var child = 2 * index + 1
      if child >= count { break }
      if child + 1 < count, heap[child + 1].order < heap[child].order { child += 1 }
      if heap[child].order >= last.order { break }
      heap[index] = heap[child]
      index = child
    }
    heap[index] = last
    return top
  }
}
