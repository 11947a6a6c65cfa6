import JupyterProtocol

/// The cells that this session has run, in order.
struct History: Sendable {
  private(set) var entries: [HistoryReply.Entry] = []

  mutating func append(_ entry: HistoryReply.Entry) { entries.append(entry) }

  /// - Parameter earlier: the cells of other sessions, which come before.
  func entries(for access: HistoryRequest.Access, earlier: [HistoryReply.Entry] = []) -> [HistoryReply.Entry] {
    let all = earlier + entries
    switch access {
    case .tail(let count):
      return all.suffix(max(0, count))
    case .range(let session, let start, let stop):
      return all.filter { $0.session == session && $0.line >= start && $0.line < stop ?? .max }
    case .search(let pattern, let count, let isUnique):
      var found = all.filter { matches($0.input, pattern: pattern) }
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
