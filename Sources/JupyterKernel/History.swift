import JupyterProtocol

/// The cells that were run, in order, in memory.
struct History: Sendable {
  private(set) var entries: [HistoryReply.Entry] = []

  mutating func append(line: Int, input: String, output: String?) {
    entries.append(HistoryReply.Entry(session: 0, line: line, input: input, output: output))
  }

  func entries(for access: HistoryRequest.Access) -> [HistoryReply.Entry] {
    switch access {
    case .tail(let count):
      return entries.suffix(max(0, count))
    case .range(let session, let start, let stop):
      // Earlier sessions are not kept.
      guard session == 0 else { return [] }
      return entries.filter { $0.line >= start && $0.line < stop ?? .max }
    case .search(let pattern, let count, let isUnique):
      var found = entries.filter { matches($0.input, pattern: pattern) }
      if isUnique {
        var seen: Set<String> = []
        found = found.reversed().filter { seen.insert($0.input).inserted }.reversed()
      }
      return count.map { found.suffix(max(0, $0)) } ?? found
    }
  }
}

/// Whether a pattern matches the whole of a text: `*` any text, `?` one code point, everything else itself.
///
/// After a mismatch only the last `*` is widened, which is enough.
/// Complexity: O(text · pattern), where the usual recursion is exponential in the number of `*`.
func matches(_ text: String, pattern: String) -> Bool {
  let text = Array(text.unicodeScalars)
  let pattern = Array(pattern.unicodeScalars)
  var textIndex = 0
  var patternIndex = 0
  var star: (pattern: Int, text: Int)?
  while textIndex < text.count {
    if patternIndex < pattern.count, pattern[patternIndex] == "*" {
      star = (patternIndex, textIndex)
      patternIndex += 1
    } else if patternIndex < pattern.count, pattern[patternIndex] == "?" || pattern[patternIndex] == text[textIndex] {
      textIndex += 1
      patternIndex += 1
    } else if let last = star {
      star = (last.pattern, last.text + 1)
      textIndex = last.text + 1
      patternIndex = last.pattern + 1
    } else {
      return false
    }
  }
  return pattern[patternIndex...].allSatisfy { $0 == "*" }
}
