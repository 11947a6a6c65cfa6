/// A piece of text on its way through a tokenizer: its present bytes, the ranges it is cut into, and how both lead back to the input.
///
/// Stages rewrite the bytes (`rewrite`) or cut the ranges finer (`split`). One work text is used again for piece after piece.
final class WorkText {
  /// The present bytes: those of the input, or the first of `buffers`.
  private(set) var bytes: UTF8Bytes
  private var buffer = GrowingBuffer<UInt8>()
  private var spare = GrowingBuffer<UInt8>()

  /// The ranges of `bytes` that are still to be turned into tokens, in order; none is empty.
  private(set) var ranges = GrowingBuffer<TextRange>()
  private var spareRanges = GrowingBuffer<TextRange>()

  private var editLists: [GrowingBuffer<Alignment.Edit>] = []
  private var layerCount = 0

  init() { bytes = UTF8Bytes(start: nil, count: 0) }

  /// Begins with a piece of the input. The memory must outlive the work on it.
  func begin(_ input: UTF8Bytes) {
    bytes = input
    layerCount = 0
    coverAll()
  }

  /// Makes one range of all bytes.
  func coverAll() {
    ranges.removeAll()
    if bytes.count > 0 { ranges.append(TextRange(0, bytes.count)) }
  }

  /// Makes one range the only one.
  func cover(_ range: TextRange) {
    ranges.removeAll()
    if !range.isEmpty { ranges.append(range) }
  }

  func releaseLargeBuffers() {
    bytes = UTF8Bytes(start: nil, count: 0)
    buffer.trim(to: 1 << 16)
    spare.trim(to: 1 << 16)
    ranges.trim(to: 1 << 13)
    spareRanges.trim(to: 1 << 13)
    for list in editLists { list.trim(to: 1 << 12) }
  }

  /// Cuts every range into finer ones.
  func split(_ cut: (_ bytes: UTF8Bytes, _ range: TextRange, _ pieces: GrowingBuffer<TextRange>) -> Void) {
    spareRanges.removeAll()
    for index in 0..<ranges.count { cut(bytes, ranges[index], spareRanges) }
    swap(&ranges, &spareRanges)
  }

  /// Writes new bytes for every range, and drops what lies between them.
  ///
  /// - Parameter write: writes what one range becomes. It must account for every byte: copied, replaced or dropped.
  func rewrite(_ write: (_ bytes: UTF8Bytes, _ range: TextRange, _ output: inout Rewriting) -> Void) {
    guard let base = bytes.baseAddress else { return }
    spare.removeAll()
    spareRanges.removeAll()
    if layerCount == editLists.count { editLists.append(GrowingBuffer()) }
    let edits = editLists[layerCount]
    edits.removeAll()
    var output = Rewriting(source: base, output: spare, edits: edits)
    for index in 0..<ranges.count {
      let range = ranges[index]
      output.drop(until: range.start)
      let start = spare.count
      write(bytes, range, &output)
      if spare.count > start { spareRanges.append(TextRange(start, spare.count)) }
    }
    if edits.count > 0 { layerCount += 1 }
    swap(&buffer, &spare)
    swap(&ranges, &spareRanges)
    bytes = UTF8Bytes(start: buffer.base, count: buffer.count)
  }

  /// The alignments from the present bytes to the input, the last rewriting first.
  var alignments: [Alignment] {
    editLists[..<layerCount].reversed().map { Alignment($0) }
  }
}

/// A range of bytes, at most 4 GB from the start.
struct TextRange: Equatable {
  private let lower: UInt32
  private let upper: UInt32

  @inline(__always)
  init(_ start: Int, _ end: Int) {
    lower = UInt32(truncatingIfNeeded: start)
    upper = UInt32(truncatingIfNeeded: end)
  }

  @inline(__always) var start: Int { Int(lower) }
  @inline(__always) var end: Int { Int(upper) }
  @inline(__always) var count: Int { Int(upper) - Int(lower) }
  @inline(__always) var isEmpty: Bool { lower == upper }
}
