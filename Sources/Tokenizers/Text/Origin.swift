/// Where a piece of work text comes from: the steps that lead its positions back to the input.
struct Origin {
  private enum Step {
    case add(Int)
    case align(Alignment)
  }

  private let text: UTF8Bytes
  /// Where the piece begins in the input.
  let start: Int
  private var steps: [Step]

  /// A piece of the input as it is.
  init(text: UTF8Bytes, start: Int) {
    self.text = text
    self.start = start
    steps = start == 0 ? [] : [.add(start)]
  }

  /// The origin of a text that these alignments lead back from.
  func under(_ alignments: [Alignment]) -> Origin {
    var origin = self
    origin.steps = alignments.map { .align($0) } + steps
    return origin
  }

  /// The origin of the part of this text that begins at a position.
  func moved(by position: Int) -> Origin {
    var origin = self
    origin.steps.insert(.add(position), at: 0)
    return origin
  }

  /// Turns positions in the text into positions in the input, widened to whole code points.
  mutating func translate(_ tokens: GrowingBuffer<TextToken>, from first: Int) {
    let base = tokens.base
    for step in steps.indices {
      switch steps[step] {
      case .add(let distance):
        for index in first..<tokens.count {
          base[index].start += UInt32(distance)
          base[index].end += UInt32(distance)
        }
      case .align(var alignment):
        for index in first..<tokens.count {
          base[index].start = UInt32(alignment.oldStart(of: Int(base[index].start)))
          base[index].end = UInt32(max(alignment.oldEnd(of: Int(base[index].end)), Int(base[index].start)))
        }
        steps[step] = .align(alignment)
      }
    }
    guard let bytes = text.baseAddress else { return }
    for index in first..<tokens.count {
      while base[index].start > 0, base[index].start < text.count, bytes[Int(base[index].start)] & 0xC0 == 0x80 { base[index].start -= 1 }
      while base[index].end < text.count, bytes[Int(base[index].end)] & 0xC0 == 0x80 { base[index].end += 1 }
    }
  }
}
