/// How often every sequence of up to `order` tokens occurs in a text, as a tree of levels.
///
/// Level `k` holds the sequences of `k` tokens, sorted by their beginning, then by their last token, so that what may follow a
/// sequence is one range of the next level. A sequence never spans the end of a text: it may begin with the end token, which
/// stands for the beginning of the next text, or end with it.
struct NGramCounts: Sendable {
  /// The sequences of one length.
  struct Level: Sendable {
    /// The last token of each sequence.
    var token: [Int32] = []
    /// How often the sequence occurs as a continuation: every token but the first of the stream is one.
    var count: [Int32] = []
    /// The place, one level up, of the sequence without its first token.
    var suffix: [Int32] = []
    /// Whether the sequence begins with the end token, so that no other token can stand before it.
    var isInitial: [Bool] = []
    /// Where in the next level the continuations of each sequence begin; one entry more than there are sequences.
    var firstChild: [Int32] = []

    func children(of node: Int32) -> Range<Int> { Int(firstChild[Int(node)])..<Int(firstChild[Int(node) + 1]) }
  }

  let order: Int
  /// `levels[k]`, 0 ... order.
  private(set) var levels: [Level] = []

  /// Counts a stream of tokens that begins with the end token and has it after every text.
  ///
  /// Complexity: O(order · n log n) for n tokens.
  init(of stream: [Int32], endToken: Int32, order: Int) {
    self.order = order
    levels = [Level(token: [-1], count: [Int32(clamping: stream.count)], suffix: [0], isInitial: [false])]
    // For every position, the sequence of the current length that begins there; -1 where there is none.
    var sequenceAt = [Int32](repeating: 0, count: stream.count)
    for length in 1...order { addLevel(length, stream, endToken, &sequenceAt) }
    levels[order].firstChild = [Int32](repeating: 0, count: levels[order].token.count + 1)
  }

  private mutating func addLevel(_ length: Int, _ stream: [Int32], _ endToken: Int32, _ sequenceAt: inout [Int32]) {
    let shorter = sequenceAt
    // A key is the place of the beginning and the token after it, so that sorted keys are a sorted level.
    var keys: [UInt64] = []
    keys.reserveCapacity(stream.count)
    for start in 0..<stream.count {
      let last = start + length - 1
      guard last < stream.count, sequenceAt[start] >= 0, length <= 2 || stream[last - 1] != endToken else {
        sequenceAt[start] = -1
        continue
      }
      keys.append(UInt64(UInt32(sequenceAt[start])) << 32 | UInt64(UInt32(stream[last])))
    }
    keys.sort()
    var level = Level()
    var parents: [Int32] = []
    var previous: UInt64?
    for key in keys {
      if key == previous {
        level.count[level.count.count - 1] += 1
      } else {
        level.token.append(Int32(truncatingIfNeeded: key & 0xFFFF_FFFF))
        parents.append(Int32(truncatingIfNeeded: key >> 32))
        level.count.append(1)
        previous = key
      }
    }
    levels[length - 1].firstChild = NGramCounts.offsets(of: parents, count: levels[length - 1].token.count)
    level.suffix = [Int32](repeating: 0, count: level.token.count)
    level.isInitial = parents.map { length == 2 ? levels[1].token[Int($0)] == endToken : levels[length - 1].isInitial[Int($0)] }
    levels.append(level)
    // The token that begins the stream follows nothing.
    if length == 1, let first = stream.first { levels[1].count[Int(child(of: 0, token: first, level: 1)!)] -= 1 }
    place(length, stream, shorter, &sequenceAt)
  }

  /// Finds the new sequence at every position, and each one's place without its first token.
  private mutating func place(_ length: Int, _ stream: [Int32], _ shorter: [Int32], _ sequenceAt: inout [Int32]) {
    for start in 0..<stream.count where sequenceAt[start] >= 0 {
      let node = child(of: sequenceAt[start], token: stream[start + length - 1], level: length)!
      sequenceAt[start] = node
      levels[length].suffix[Int(node)] = length == 1 ? 0 : shorter[start + 1]
    }
  }

  private static func offsets(of parents: [Int32], count: Int) -> [Int32] {
    var offsets = [Int32](repeating: 0, count: count + 1)
    for parent in parents { offsets[Int(parent) + 1] += 1 }
    for index in 0..<count { offsets[index + 1] += offsets[index] }
    return offsets
  }

  /// The place, in `level`, of the sequence that continues a sequence of the level above by the token; nil where it never occurs.
  func child(of node: Int32, token: Int32, level: Int) -> Int32? {
    let range = levels[level - 1].children(of: node)
    return levels[level].token.withUnsafeBufferPointer { tokens in
      var low = range.lowerBound
      var high = range.upperBound
      while low < high {
        let middle = (low + high) / 2
        if tokens[middle] < token { low = middle + 1 } else { high = middle }
      }
      return low < range.upperBound && tokens[low] == token ? Int32(low) : nil
    }
  }
}
