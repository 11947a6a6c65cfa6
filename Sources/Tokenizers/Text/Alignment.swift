/// How positions in a rewritten text lead back to the text before: a list of the places that differ, in order.
///
/// Between two edits the texts are equal byte for byte. An edit says that the bytes `newStart..<newEnd` stand for `oldStart..<oldEnd`;
/// either may be empty. A token that begins or ends inside an edit covers all of what the edit stands for.
struct Alignment {
  struct Edit {
    var newStart: UInt32
    var newEnd: UInt32
    var oldStart: UInt32
    var oldEnd: UInt32
  }

  /// The edits of one rewriting, kept by the work text that made them.
  let edits: GrowingBuffer<Edit>

  /// Where the last question was answered, -1 before the first. Tokens are asked for from left to right, so all of them together cost
  /// O(tokens + edits).
  private var startCursor = -1
  private var endCursor = -1

  init(_ edits: GrowingBuffer<Edit>) { self.edits = edits }

  /// The first edit that is not wholly before a position, or the number of edits.
  private func firstEdit(notBefore position: Int) -> Int {
    var low = 0
    var high = edits.count
    while low < high {
      let middle = (low + high) / 2
      if edits[middle].newEnd < position { low = middle + 1 } else { high = middle }
    }
    return low
  }

  /// The old position of a token's start; asked for in rising order.
  mutating func oldStart(of position: Int) -> Int {
    if startCursor < 0 { startCursor = firstEdit(notBefore: position) }
    while startCursor < edits.count, edits[startCursor].newEnd <= position { startCursor += 1 }
    if startCursor < edits.count, edits[startCursor].newStart <= position { return Int(edits[startCursor].oldStart) }
    if startCursor == 0 { return position }
    let edit = edits[startCursor - 1]
    return position - Int(edit.newEnd) + Int(edit.oldEnd)
  }

  /// The old position of a token's end; asked for in rising order.
  mutating func oldEnd(of position: Int) -> Int {
    if endCursor < 0 { endCursor = firstEdit(notBefore: position) }
    while endCursor < edits.count, edits[endCursor].newStart < position { endCursor += 1 }
    if endCursor == 0 { return position }
    let edit = edits[endCursor - 1]
    return edit.newEnd >= position ? Int(edit.oldEnd) : position - Int(edit.newEnd) + Int(edit.oldEnd)
  }
}
