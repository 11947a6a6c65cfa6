/// The text of a cell with insertions and replacements, and the way back from a place in it to the place in the cell.
///
/// No edit adds or removes a line, so a line of the edited text is the same line of the cell; only columns move.
struct SourceMap {
  /// A replacement of some UTF-8 bytes of the cell, by default of none.
  struct Edit {
    var offset: Int
    var length = 0
    var text: String
    /// Where several edits meet, what opens inside comes after what opens outside, and the other way round for what closes.
    var rank: Int
  }

  private(set) var text: String
  /// The original lines, without their ends.
  let lines: [String]
  /// For each line: where the edits of that line lie, in columns of the edited text.
  private var shifts: [[(column: Int, inserted: Int, removed: Int)]]

  init(_ original: String, edits: [Edit]) {
    precondition(!edits.contains { $0.text.utf8.contains(UInt8(ascii: "\n")) }, "an edit keeps the lines as they are")
    let bytes = Array(original.utf8)
    // By bytes: "\r\n" is one character, and the compiler counts the line feeds.
    lines = bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false).map { line in
      String(decoding: line.last == UInt8(ascii: "\r") ? line.dropLast() : line, as: UTF8.self)
    }
    shifts = Array(repeating: [], count: lines.count)
    let sorted = edits.enumerated().sorted {
      ($0.element.offset, $0.element.rank, $0.offset) < ($1.element.offset, $1.element.rank, $1.offset)
    }
    var edited: [UInt8] = []
    edited.reserveCapacity(bytes.count + 256)
    var position = 0
    var line = 0
    var lineStart = 0
    func copy(upTo end: Int) {
      while position < end {
        edited.append(bytes[position])
        if bytes[position] == UInt8(ascii: "\n") {
          line += 1
          lineStart = edited.count
        }
        position += 1
      }
    }
    for (_, edit) in sorted {
      copy(upTo: edit.offset)
      shifts[line].append((edited.count - lineStart, edit.text.utf8.count, edit.length))
      edited.append(contentsOf: edit.text.utf8)
      position = max(position, edit.offset + edit.length)
    }
    copy(upTo: bytes.count)
    text = String(decoding: edited, as: UTF8.self)
  }

  /// The place in the cell of a place in the edited text; lines and columns count from 1, columns in UTF-8 bytes.
  ///
  /// What lies inside an insertion is where the insertion was made.
  func originalColumn(line: Int, column: Int) -> Int {
    guard shifts.indices.contains(line - 1) else { return column }
    var result = column - 1
    for shift in shifts[line - 1] where column - 1 > shift.column {
      let inside = min(column - 1 - shift.column, shift.inserted)
      result -= inside
      if inside == shift.inserted { result += shift.removed }
    }
    return result + 1
  }
}
