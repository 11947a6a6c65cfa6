internal import CKernels

/// Rows of floats in memory that somebody else owns: `[count, width]`, row after row.
struct Rows {
  let base: UnsafeMutablePointer<Float>
  let count: Int
  let width: Int

  subscript(row: Int) -> UnsafeMutablePointer<Float> { base + row * width }

  /// The rows of a range.
  func rows(_ range: Range<Int>) -> Rows { Rows(base: base + range.lowerBound * width, count: range.count, width: width) }
}

/// The buffers between the layers of a model. They grow to the largest batch that was seen and are used again by every call.
final class Workspace {
  /// What a buffer is for; two that are alive together have different names.
  enum Name: Int, CaseIterable {
    case stream, normed, projected, mixed, hidden, gated, selected, encoded, turns, scratch
  }

  /// Floating-point operations of the calls so far, a multiplication and an addition being two.
  var operations = 0
  private var buffers = [UnsafeMutableRawBufferPointer](repeating: .init(start: nil, count: 0), count: Name.allCases.count)

  func bytes(_ name: Name, _ count: Int) -> UnsafeMutableRawPointer {
    if buffers[name.rawValue].count < max(count, 64) {
      buffers[name.rawValue].deallocate()
      buffers[name.rawValue] = .allocate(byteCount: max(count, 64), alignment: 64)
    }
    return buffers[name.rawValue].baseAddress.unsafelyUnwrapped
  }

  func rows(_ name: Name, count: Int, width: Int) -> Rows {
    Rows(base: bytes(name, count * width * 4).assumingMemoryBound(to: Float.self), count: count, width: width)
  }

  deinit {
    for buffer in buffers { buffer.deallocate() }
  }
}
