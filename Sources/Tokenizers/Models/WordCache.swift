/// The tokens of the words seen lately: a language has few words, and most of a text is made of them.
///
/// It grows to 65,536 words or 4 MB of words or tokens and then begins again. What it answers is what the model
/// answers, so nothing depends on it but speed.
final class WordCache {
  private struct Entry: BitwiseCopyable {
    /// Up to 15 bytes of the word, and their number in the highest byte; for a longer word its hash, and where its bytes are.
    var low: UInt64
    var high: UInt64
    var first: Piece
    var rest: UInt32
    /// How many tokens; 0 in a free entry.
    var count: UInt32
  }

  private static let longMark: UInt64 = 0xFF << 56
  private static let maximumBits: UInt64 = 17
  /// Bytes of words, and of their tokens.
  private static let maximumMemory = 1 << 22
  /// Longer words are rare, and seldom come again.
  private static let maximumWord = 192

  private var entries: UnsafeMutablePointer<Entry>
  private var bits: UInt64 = 10
  private var count = 0
  private let pieces = GrowingBuffer<Piece>(capacity: 1024)
  private let words = GrowingBuffer<UInt8>(capacity: 1024)

  init() {
    entries = .allocate(capacity: 1 << 10)
    clear()
  }

  deinit { entries.deallocate() }

  private func clear() {
    entries.initialize(repeating: Entry(low: 0, high: 0, first: Piece(id: 0, length: 0), rest: 0, count: 0), count: 1 << bits)
    count = 0
    pieces.removeAll()
    words.removeAll()
  }

  /// Appends the tokens of the word in a range of a text, from the cache or from a model.
  @inline(__always)
  func tokenize(
    _ text: UTF8Bytes, _ range: TextRange, by model: any TokenModel, into output: GrowingBuffer<Piece>, _ workspace: ModelWorkspace
  ) {
    let word = text.baseAddress! + range.start
    let length = range.count
    let low: UInt64
    let high: UInt64
    if length < 16 {
      (low, high) = Self.shortKey(word, length, isFollowed: range.start + 16 <= text.count)
    } else if length <= Self.maximumWord {
      (low, high) = (hash(of: UTF8Bytes(start: word, count: length)), Self.longMark | UInt64(length) << 32)
    } else {
      return model.tokenize(UTF8Bytes(start: word, count: length), into: output, workspace)
    }
    var slot = Self.slot(low, high, bits)
    while true {
      let entry = entries[slot]
      if entry.count == 0 { break }
      if entry.low == low, length < 16 ? entry.high == high : isLong(entry, equalTo: word, length) {
        output.append(entry.first)
        if entry.count > 1 { output.append(pieces.base + Int(entry.rest), count: Int(entry.count) - 1) }
        return
      }
      slot = (slot + 1) & (1 << bits - 1)
    }
    add(UTF8Bytes(start: word, count: length), low, high, by: model, into: output, workspace)
  }

  @inline(__always)
  private static func slot(_ low: UInt64, _ high: UInt64, _ bits: UInt64) -> Int {
    Int(truncatingIfNeeded: mix(low ^ (high &* 0x9E37_79B9_7F4A_7C15)) >> (64 - bits))
  }

  @inline(__always)
  private static func shortKey(_ word: UnsafePointer<UInt8>, _ length: Int, isFollowed: Bool) -> (UInt64, UInt64) {
    let mark = UInt64(length) << 56
    if isFollowed {
      let raw = UnsafeRawPointer(word)
      let low = raw.loadUnaligned(as: UInt64.self)
      if length <= 8 { return (low & (UInt64.max >> UInt64(64 - 8 * length)), mark) }
      let high = raw.loadUnaligned(fromByteOffset: 8, as: UInt64.self)
      return (low, high & (UInt64.max >> UInt64(128 - 8 * length)) | mark)
    }
    var low: UInt64 = 0
    var high = mark
    for index in 0..<length {
      if index < 8 { low |= UInt64(word[index]) << UInt64(8 * index) } else { high |= UInt64(word[index]) << UInt64(8 * (index - 8)) }
    }
    return (low, high)
  }

  /// The high part of a long word's entry has its place among `words` in the lower half.
  private func isLong(_ entry: Entry, equalTo word: UnsafePointer<UInt8>, _ length: Int) -> Bool {
    guard entry.high >> 32 == (Self.longMark | UInt64(length) << 32) >> 32 else { return false }
    let known = words.base + Int(entry.high & 0xFFFF_FFFF)
    for index in 0..<length where known[index] != word[index] { return false }
    return true
  }

  @inline(never)
  private func add(
    _ word: UTF8Bytes, _ low: UInt64, _ high: UInt64, by model: any TokenModel, into output: GrowingBuffer<Piece>,
    _ workspace: ModelWorkspace
  ) {
    let start = output.count
    model.tokenize(word, into: output, workspace)
    let produced = output.count - start
    if produced == 0 { return }
    if (count + 1) * 2 > 1 << bits { makeRoom() }
    if words.count > Self.maximumMemory || pieces.count > Self.maximumMemory / MemoryLayout<Piece>.size { clear() }
    var entry = Entry(low: low, high: high, first: output[start], rest: UInt32(pieces.count), count: UInt32(produced))
    if produced > 1 { pieces.append(output.base + start + 1, count: produced - 1) }
    if word.count >= 16 {
      entry.high = high | UInt64(words.count)
      words.append(word.baseAddress!, count: word.count)
    }
    insert(entry, hashedAs: (low, high))
    count += 1
  }

  private func insert(_ entry: Entry, hashedAs key: (UInt64, UInt64)) {
    var slot = Self.slot(key.0, key.1, bits)
    while entries[slot].count != 0 { slot = (slot + 1) & (1 << bits - 1) }
    entries[slot] = entry
  }

  private func makeRoom() {
    if bits == Self.maximumBits { return clear() }
    let old = entries
    let oldCount = 1 << bits
    bits += 1
    entries = .allocate(capacity: 1 << bits)
    entries.initialize(repeating: Entry(low: 0, high: 0, first: Piece(id: 0, length: 0), rest: 0, count: 0), count: 1 << bits)
    for index in 0..<oldCount where old[index].count != 0 {
      let entry = old[index]
      let isLong = entry.high >= Self.longMark
      insert(entry, hashedAs: (entry.low, isLong ? entry.high & 0xFFFF_FFFF_0000_0000 : entry.high))
    }
    old.deallocate()
  }
}
