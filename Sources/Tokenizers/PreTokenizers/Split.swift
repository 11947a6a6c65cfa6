/// Cuts a text at the matches of a string or a regular expression.
struct Split: PreTokenizer {
  let matcher: Matcher
  let behavior: SplitBehavior
  let isInverted: Bool

  func split(_ text: WorkText, isStart: Bool) {
    let find = matcher.finder()
    text.split { bytes, range, pieces in
      var collector = SplitCollector(behavior, isInverted: isInverted, range: range, pieces: pieces)
      find(UTF8Bytes(rebasing: bytes[range.start..<range.end])) { collector.match(range.start + $0, range.start + $1) }
      collector.finish()
    }
  }
}
