/// Runs a program over a text: the first way to match in the order of the alternatives, as Perl and Oniguruma do it.
///
/// Choices are kept on a stack of its own, so a long text never exhausts the thread's stack; a loop over one set is one entry,
/// whatever its length.
final class PatternMatcher {
  private struct Choice {
    var step: Int
    var position: Int
    /// A loop can be shortened down to here; -1 where there is no loop.
    var floor: Int
  }

  private let pattern: Pattern
  private let steps: UnsafePointer<PatternProgram.Step>
  private let sets: UnsafePointer<ScalarSet>
  private let choices = GrowingBuffer<Choice>()
  private var bytes: UnsafePointer<UInt8>
  private var count = 0

  init(_ pattern: Pattern) {
    self.pattern = pattern
    steps = pattern.steps
    sets = pattern.sets
    bytes = UnsafePointer(choices.base).withMemoryRebound(to: UInt8.self, capacity: 1) { $0 }
  }

  /// Calls for every match in a text, from left to right, none overlapping another, with where it begins and ends.
  ///
  /// The ends of the text are ends for lookaround and assertions too.
  func forEachMatch(in text: UTF8Bytes, _ body: (_ start: Int, _ end: Int) -> Void) {
    guard let base = text.baseAddress, text.count > 0 else { return }
    bytes = base
    count = text.count
    var position = 0
    while position <= count {
      let end = matchEnd(at: position)
      if let end { body(position, end) }
      if let end, end > position {
        position = end
      } else {
        position += position < count ? scalarLength(bytes[position]) : 1
      }
    }
  }

  /// Where the match ends that begins at a position, by the first alternative that matches.
  @inline(__always)
  private func matchEnd(at position: Int) -> Int? {
    var candidates = position < count ? pattern.entriesByFirstByte[Int(bytes[position])] : pattern.entriesAtEnd
    while candidates != 0 {
      let entry = candidates.trailingZeroBitCount
      candidates &= candidates - 1
      if let end = end(from: position, step: pattern.entries[entry]) { return end }
    }
    return nil
  }

  /// Where the match ends that begins at a position; nil when there is none.
  private func end(from start: Int, step first: Int) -> Int? {
    let floor = choices.count
    var step = first
    var position = start
    while true {
      var isMatched = true
      let current = steps[step]
      switch current.kind {
      case .accept:
        choices.removeLast(choices.count - floor)
        return position
      case .set:
        if let after = take(current.first, at: position) { position = after } else { isMatched = false }
        step += 1
      case .loop, .possessiveLoop:
        var lowest = position
        var turns = 0
        while turns < current.third, let after = take(current.first, at: position) {
          position = after
          turns += 1
          if turns == current.second { lowest = position }
        }
        isMatched = turns >= current.second
        step += 1
        if isMatched, current.kind == .loop, position > lowest {
          choices.append(Choice(step: step, position: position, floor: lowest))
        }
      case .split:
        choices.append(Choice(step: current.second, position: position, floor: -1))
        step = current.first
      case .jump: step = current.first
      case .atomic:
        if let end = end(from: position, step: step + 1) { position = end } else { isMatched = false }
        step = current.first
      case .lookahead, .negativeLookahead:
        isMatched = (end(from: position, step: step + 1) != nil) == (current.kind == .lookahead)
        step = current.first
      default:
        isMatched = holds(current, at: position)
        step += 1
      }
      if isMatched { continue }
      guard choices.count > floor else { return nil }
      let choice = choices[choices.count - 1]
      step = choice.step
      if choice.floor < 0 {
        position = choice.position
        choices.removeLast(1)
      } else {
        position = scalarStart(bytes, before: choice.position)
        if position > choice.floor { choices[choices.count - 1].position = position } else { choices.removeLast(1) }
      }
    }
  }

  @inline(__always)
  private func take(_ set: Int, at position: Int) -> Int? {
    guard position < count else { return nil }
    let first = bytes[position]
    if first < 128 { return sets[set].containsASCII(first) ? position + 1 : nil }
    let (scalar, length) = decodeScalar(bytes, position)
    return sets[set].contains(scalar) ? position + length : nil
  }

  private func holds(_ step: PatternProgram.Step, at position: Int) -> Bool {
    switch step.kind {
    case .lookbehind, .negativeLookbehind:
      let isThere = position > 0 && sets[step.first].contains(decodeScalar(bytes, scalarStart(bytes, before: position)).scalar)
      return isThere == (step.kind == .lookbehind)
    case .lineStart: return position == 0 || (bytes[position - 1] == 10 && position < count)
    case .lineEnd: return position == count || bytes[position] == 10
    case .textStart: return position == 0
    case .textEnd: return position == count
    case .textEndOrLastNewline: return position == count || (position == count - 1 && bytes[position] == 10)
    case .wordBoundary: return isWord(before: position) != isWord(at: position)
    case .noWordBoundary: return isWord(before: position) == isWord(at: position)
    default: return false
    }
  }

  private func isWord(at position: Int) -> Bool {
    position < count && ScalarSet.word.contains(decodeScalar(bytes, position).scalar)
  }

  private func isWord(before position: Int) -> Bool {
    position > 0 && isWord(at: scalarStart(bytes, before: position))
  }
}
