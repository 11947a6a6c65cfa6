/// What becomes of the matches that a text is cut at.
///
/// For matches of `-` in `the-final--countdown`:
/// removed `the final countdown` · isolated `the - final - - countdown` · merged with the previous `the- final- - countdown` ·
/// merged with the next `the -final - -countdown` · contiguous `the - final -- countdown`.
enum SplitBehavior: String, CaseIterable {
  case removed = "Removed"
  case isolated = "Isolated"
  case mergedWithPrevious = "MergedWithPrevious"
  case mergedWithNext = "MergedWithNext"
  case contiguous = "Contiguous"
}

/// Collects the matches in one range of a text, from left to right, and writes the pieces that a behaviour makes of them.
struct SplitCollector {
  private let behavior: SplitBehavior
  private let isInverted: Bool
  private let range: TextRange
  private let pieces: GrowingBuffer<TextRange>
  private var position: Int
  /// The piece that may still grow, and whether the stretch before was a match.
  private var open: TextRange?
  private var wasMatch = false

  init(_ behavior: SplitBehavior, isInverted: Bool, range: TextRange, pieces: GrowingBuffer<TextRange>) {
    self.behavior = behavior
    self.isInverted = isInverted
    self.range = range
    self.pieces = pieces
    position = range.start
  }

  /// A match, in positions of the whole text.
  @inline(__always)
  mutating func match(_ start: Int, _ end: Int) {
    if start > position { add(position, start, isMatch: isInverted) }
    add(start, end, isMatch: !isInverted)
    position = end
  }

  mutating func finish() {
    if position < range.end { add(position, range.end, isMatch: isInverted) }
    if let open, !open.isEmpty { pieces.append(open) }
    open = nil
  }

  @inline(__always)
  private mutating func add(_ start: Int, _ end: Int, isMatch: Bool) {
    switch behavior {
    case .isolated: if end > start { pieces.append(TextRange(start, end)) }
    case .removed: if end > start, !isMatch { pieces.append(TextRange(start, end)) }
    default: merge(start, end, isMatch: isMatch)
    }
  }

  private mutating func merge(_ start: Int, _ end: Int, isMatch: Bool) {
    let joins: Bool
    switch behavior {
    case .contiguous: joins = isMatch == wasMatch
    case .mergedWithPrevious: joins = isMatch && !wasMatch
    default: joins = !isMatch && wasMatch
    }
    if joins, let piece = open {
      open = TextRange(piece.start, end)
    } else {
      if let open, !open.isEmpty { pieces.append(open) }
      open = TextRange(start, end)
    }
    wasMatch = isMatch
  }
}
