/// Replaces every match by a fixed text.
struct Replace: Normalizer {
  let matcher: Matcher
  let content: [UInt8]

  func normalize(_ text: WorkText) {
    let find = matcher.finder()
    text.rewrite { bytes, range, output in
      find(UTF8Bytes(rebasing: bytes[range.start..<range.end])) { start, end in
        output.copy(until: range.start + start)
        output.replace(until: range.start + end) { $0.append(bytes: content) }
      }
      output.copy(until: range.end)
    }
  }
}

/// Writes a fixed text before a text that is not empty.
struct Prepend: Normalizer {
  let content: [UInt8]

  func normalize(_ text: WorkText) {
    text.rewrite { _, range, output in
      output.prepend(content)
      output.copy(until: range.end)
    }
  }
}
