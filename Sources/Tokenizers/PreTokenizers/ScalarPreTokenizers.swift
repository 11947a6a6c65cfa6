/// Cuts at white space, which is dropped.
struct WhitespaceSplit: PreTokenizer {
  func split(_ text: WorkText, isStart: Bool) {
    text.cut(.removed) { UnicodeTables.shared.has($0, .whiteSpace) }
  }
}

/// Cuts at every occurrence of one character, which is dropped.
struct CharacterDelimiterSplit: PreTokenizer {
  let delimiter: UInt32

  func split(_ text: WorkText, isStart: Bool) {
    text.cut(.removed) { $0 == delimiter }
  }
}

/// Cuts digits off, one by one or in runs: everything that Unicode counts as a number.
struct Digits: PreTokenizer {
  let areIndividual: Bool

  func split(_ text: WorkText, isStart: Bool) {
    text.cut(areIndividual ? .isolated : .contiguous) { UnicodeTables.shared.has($0, .number) }
  }
}

/// Cuts punctuation off, with BERT's notion of punctuation.
struct Punctuation: PreTokenizer {
  let behavior: SplitBehavior

  func split(_ text: WorkText, isStart: Bool) {
    text.cut(behavior) { UnicodeTables.shared.has($0, .bertPunctuation) }
  }
}

/// Words and runs of other characters that are not white space: `\w+|[^\w\s]+`.
struct Whitespace: PreTokenizer {
  func split(_ text: WorkText, isStart: Bool) {
    let tables = UnicodeTables.shared
    text.splitIntoRuns { scalar in
      let properties = tables[scalar]
      return properties.contains(.word) ? .word : properties.contains(.whiteSpace) ? .dropped : .other
    }
  }
}

/// Words, and single punctuation characters: white space is dropped.
struct BertPreTokenizer: PreTokenizer {
  func split(_ text: WorkText, isStart: Bool) {
    let tables = UnicodeTables.shared
    text.splitIntoRuns { scalar in
      let properties = tables[scalar]
      return properties.contains(.whiteSpace) ? .dropped : properties.contains(.bertPunctuation) ? .single : .word
    }
  }
}

/// Pieces of a fixed number of code points.
struct FixedLength: PreTokenizer {
  let length: Int

  func split(_ text: WorkText, isStart: Bool) {
    text.split { bytes, range, pieces in
      let base = bytes.baseAddress!
      var start = range.start
      while start < range.end {
        var end = start
        var count = 0
        while count < length, end < range.end {
          end += scalarLength(base[end])
          count += 1
        }
        pieces.append(TextRange(start, end))
        start = end
      }
    }
  }
}

/// What a code point does to the word around it.
enum RunKind {
  case word, other, single, dropped
}

extension WorkText {
  /// Cuts every range at the code points that a test holds for.
  @inline(__always)
  func cut(_ behavior: SplitBehavior, where isMatch: (UInt32) -> Bool) {
    split { bytes, range, pieces in
      let base = bytes.baseAddress!
      var collector = SplitCollector(behavior, isInverted: false, range: range, pieces: pieces)
      var position = range.start
      while position < range.end {
        let (scalar, length) = decodeScalar(base, position)
        if isMatch(scalar) { collector.match(position, position + length) }
        position += length
      }
      collector.finish()
    }
  }

  /// Cuts every range into runs of one kind; single characters are pieces of their own.
  @inline(__always)
  func splitIntoRuns(_ kind: (UInt32) -> RunKind) {
    split { bytes, range, pieces in
      let base = bytes.baseAddress!
      var start = range.start
      var running = RunKind.dropped
      var position = range.start
      while position < range.end {
        let (scalar, length) = decodeScalar(base, position)
        let next = kind(scalar)
        if next != running || next == .single {
          if running != .dropped { pieces.append(TextRange(start, position)) }
          start = position
          running = next
        }
        position += length
      }
      if running != .dropped { pieces.append(TextRange(start, range.end)) }
    }
  }
}
