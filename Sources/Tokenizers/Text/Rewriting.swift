/// What a stage writes in place of a range of text, and the record of what changed.
struct Rewriting {
  private let source: UnsafePointer<UInt8>
  let output: GrowingBuffer<UInt8>
  private let edits: GrowingBuffer<Alignment.Edit>
  /// How far the source is accounted for.
  private(set) var position = 0

  init(source: UnsafePointer<UInt8>, output: GrowingBuffer<UInt8>, edits: GrowingBuffer<Alignment.Edit>) {
    self.source = source
    self.output = output
    self.edits = edits
  }

  /// Copies the source up to a position.
  @inline(__always)
  mutating func copy(until end: Int) {
    if end <= position { return }
    output.append(source + position, count: end - position)
    position = end
  }

  /// Leaves the source out up to a position.
  mutating func drop(until end: Int) {
    if end > position { replace(until: end) { _ in } }
  }

  /// Writes something that stands for the source up to a position; for one code point of the same length, byte stands for byte.
  @inline(__always)
  mutating func replace(until end: Int, _ write: (GrowingBuffer<UInt8>) -> Void) {
    let start = output.count
    write(output)
    if output.count - start != end - position || (end > position && scalarLength(source[position]) < end - position) {
      edits.append(
        Alignment.Edit(
          newStart: UInt32(start), newEnd: UInt32(output.count), oldStart: UInt32(position), oldEnd: UInt32(end)))
    }
    position = end
  }

  /// Writes a space that stands for nothing.
  mutating func insertSpace() {
    replace(until: position) { $0.append(0x20) }
  }

  /// Writes bytes before the next code point of the source; both together stand for that code point.
  mutating func prepend(_ bytes: [UInt8]) {
    let start = source + position
    let length = scalarLength(start.pointee)
    replace(until: position + length) { output in
      output.append(bytes: bytes)
      output.append(start, count: length)
    }
  }
}
