/// Writes a visible character for every space, and cuts before each of them: sentencepiece's way with spaces.
struct Metaspace: PreTokenizer {
  /// When the character is also written before a piece of text that does not begin with it.
  enum Prepending: String, CaseIterable {
    case always, never, first
  }

  let replacement: [UInt8]
  let prepending: Prepending
  let splits: Bool

  func split(_ text: WorkText, isStart: Bool) {
    text.rewrite { bytes, range, output in
      let base = bytes.baseAddress!
      let isWanted = prepending == .always || (prepending == .first && isStart && range.start == 0)
      if isWanted, base[range.start] != 0x20, !begins(with: base + range.start, count: range.count) { output.prepend(replacement) }
      var position = output.position
      while position < range.end {
        if base[position] == 0x20 {
          output.copy(until: position)
          output.replace(until: position + 1) { $0.append(bytes: replacement) }
        }
        position += 1
      }
      output.copy(until: range.end)
    }
    if splits { cut(text) }
  }

  private func begins(with bytes: UnsafePointer<UInt8>, count: Int) -> Bool {
    count >= replacement.count && replacement.indices.allSatisfy { bytes[$0] == replacement[$0] }
  }

  private func cut(_ text: WorkText) {
    text.split { bytes, range, pieces in
      let base = bytes.baseAddress!
      let first = replacement[0]
      var start = range.start
      var position = range.start
      while position < range.end {
        if base[position] == first, begins(with: base + position, count: range.end - position) {
          if position > start { pieces.append(TextRange(start, position)) }
          start = position
          position += replacement.count
        } else {
          position += 1
        }
      }
      if start < range.end { pieces.append(TextRange(start, range.end)) }
    }
  }
}
