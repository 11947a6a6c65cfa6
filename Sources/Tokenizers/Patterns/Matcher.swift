/// What a `Split` or a `Replace` looks for: an exact string or a regular expression.
enum Matcher: Sendable {
  case string([UInt8])
  case pattern(Pattern)

  /// A function that finds the matches in a text, with memory of its own that serves text after text.
  func finder() -> (_ text: UTF8Bytes, _ body: (Int, Int) -> Void) -> Void {
    switch self {
    case .string(let wanted):
      return { text, body in Self.forEach(wanted, in: text, body) }
    case .pattern(let pattern):
      let matcher = PatternMatcher(pattern)
      return { text, body in matcher.forEachMatch(in: text, body) }
    }
  }

  /// Every place where a string occurs, none overlapping another. Looking for nothing finds nothing.
  private static func forEach(_ wanted: [UInt8], in text: UTF8Bytes, _ body: (Int, Int) -> Void) {
    guard let base = text.baseAddress, let first = wanted.first, text.count >= wanted.count else { return }
    var position = 0
    let last = text.count - wanted.count
    while position <= last {
      if base[position] == first, wanted.indices.allSatisfy({ base[position + $0] == wanted[$0] }) {
        body(position, position + wanted.count)
        position += wanted.count
      } else {
        position += 1
      }
    }
  }
}

extension Matcher: Equatable {
  static func == (left: Matcher, right: Matcher) -> Bool {
    switch (left, right) {
    case (.string(let first), .string(let second)): first == second
    case (.pattern(let first), .pattern(let second)): first.source.utf8.elementsEqual(second.source.utf8)
    default: false
    }
  }
}
