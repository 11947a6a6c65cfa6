/// The memory that encoding one text needs, used again for the next.
final class Workspace: @unchecked Sendable {
  let outer = WorkText()
  let inner = WorkText()
  let tokens = GrowingBuffer<TextToken>()
  let pieces = GrowingBuffer<Piece>()
  let cache = WordCache()
  let model = ModelWorkspace()
  /// The number of the next word.
  var word: Int32 = 0

  func add(_ id: Int, _ start: Int, _ end: Int) {
    tokens.append(TextToken(id: UInt32(id), start: UInt32(start), end: UInt32(end), word: word))
    word += 1
  }

  func releaseLargeBuffers() {
    word = 0
    outer.releaseLargeBuffers()
    inner.releaseLargeBuffers()
    tokens.trim(to: 1 << 14)
    pieces.trim(to: 1 << 12)
    model.releaseLargeBuffers()
  }
}

/// A token, and the bytes of the text that it stands for.
struct TextToken: BitwiseCopyable {
  var id: UInt32
  var start: UInt32
  var end: UInt32
  var word: Int32
}
