/// A list in memory of its own, to append to in hot loops without the checks of `Array`.
final class GrowingBuffer<Element: BitwiseCopyable> {
  private(set) var base: UnsafeMutablePointer<Element>
  private(set) var count = 0
  private var capacity: Int

  init(capacity: Int = 64) {
    self.capacity = capacity
    base = .allocate(capacity: capacity)
  }

  deinit { base.deallocate() }

  func removeAll() { count = 0 }

  /// Makes room for more elements, so that as many may be written at `end` and then counted by `advance`.
  @inline(__always)
  func reserve(_ more: Int) {
    if count + more > capacity { grow(to: count + more) }
  }

  @inline(never)
  private func grow(to needed: Int) {
    let larger = max(needed, capacity * 2)
    let memory = UnsafeMutablePointer<Element>.allocate(capacity: larger)
    memory.update(from: base, count: count)
    base.deallocate()
    base = memory
    capacity = larger
  }

  @inline(__always)
  var end: UnsafeMutablePointer<Element> { base + count }

  @inline(__always)
  func advance(by written: Int) { count += written }

  @inline(__always)
  func append(_ element: Element) {
    if count == capacity { grow(to: count + 1) }
    base[count] = element
    count += 1
  }

  @inline(__always)
  func append(_ elements: UnsafePointer<Element>, count more: Int) {
    reserve(more)
    end.update(from: elements, count: more)
    count += more
  }

  /// Copies elements of this very buffer to its end.
  func appendOwn(from start: Int, count more: Int) {
    reserve(more)
    end.update(from: base + start, count: more)
    count += more
  }

  func removeLast(_ fewer: Int) { count -= fewer }

  /// Gives large memory back, so that one huge text does not stay with the process.
  func trim(to limit: Int) {
    count = 0
    if capacity <= limit { return }
    base.deallocate()
    base = .allocate(capacity: limit)
    capacity = limit
  }

  var elements: UnsafeBufferPointer<Element> { UnsafeBufferPointer(start: base, count: count) }

  @inline(__always)
  subscript(index: Int) -> Element {
    get { base[index] }
    set { base[index] = newValue }
  }
}

extension GrowingBuffer<UInt8> {
  /// Appends a code point in UTF-8.
  @inline(__always)
  func append(scalar: UInt32) {
    reserve(4)
    let end = end
    if scalar < 0x80 {
      end[0] = UInt8(truncatingIfNeeded: scalar)
      advance(by: 1)
    } else if scalar < 0x800 {
      end[0] = UInt8(truncatingIfNeeded: 0xC0 | scalar >> 6)
      end[1] = UInt8(truncatingIfNeeded: 0x80 | scalar & 0x3F)
      advance(by: 2)
    } else if scalar < 0x10000 {
      end[0] = UInt8(truncatingIfNeeded: 0xE0 | scalar >> 12)
      end[1] = UInt8(truncatingIfNeeded: 0x80 | (scalar >> 6) & 0x3F)
      end[2] = UInt8(truncatingIfNeeded: 0x80 | scalar & 0x3F)
      advance(by: 3)
    } else {
      end[0] = UInt8(truncatingIfNeeded: 0xF0 | scalar >> 18)
      end[1] = UInt8(truncatingIfNeeded: 0x80 | (scalar >> 12) & 0x3F)
      end[2] = UInt8(truncatingIfNeeded: 0x80 | (scalar >> 6) & 0x3F)
      end[3] = UInt8(truncatingIfNeeded: 0x80 | scalar & 0x3F)
      advance(by: 4)
    }
  }

  func append(bytes: [UInt8]) {
    bytes.withUnsafeBufferPointer { source in
      if let start = source.baseAddress { append(start, count: source.count) }
    }
  }
}
