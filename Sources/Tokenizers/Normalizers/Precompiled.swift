/// Normalises as the sentencepiece model that a tokenizer was made from (T5, ALBERT, XLM-R and others).
///
/// A grapheme cluster of at most 5 bytes is looked up as a whole, every other one code point by code point: so it is in the Rust tokenizers.
struct Precompiled: Normalizer {
  let map: PrecompiledCharacterMap

  func normalize(_ text: WorkText) {
    text.rewrite { bytes, range, output in
      let base = bytes.baseAddress!
      var position = range.start
      while position < range.end {
        if isAloneASCII(base, position, range.end) {
          replaceASCII(base[position], at: position, &output)
          position += 1
        } else {
          let end = islandEnd(base, position, range.end)
          normalizeGraphemes(UTF8Bytes(start: base + position, count: end - position), at: position, &output)
          position = end
        }
      }
      output.copy(until: range.end)
    }
  }

  /// Whether this is an ASCII character that is a grapheme cluster, which can be seen from its right neighbour.
  @inline(__always)
  private func isAloneASCII(_ bytes: UnsafePointer<UInt8>, _ position: Int, _ end: Int) -> Bool {
    guard bytes[position] < 0x80 else { return false }
    guard position + 1 < end else { return true }
    let next = bytes[position + 1]
    return next < 0x80 && !(bytes[position] == 13 && next == 10)
  }

  @inline(__always)
  private func replaceASCII(_ byte: UInt8, at position: Int, _ output: inout Rewriting) {
    guard let replacement = map.replacement(ofASCII: byte) else { return }
    if replacement.count == 1, replacement.first == byte { return }
    output.copy(until: position)
    output.replace(until: position + 1) { $0.append(bytes: Array(replacement)) }
  }

  /// The end of a stretch that begins here and is followed by an ASCII character that begins a cluster.
  private func islandEnd(_ bytes: UnsafePointer<UInt8>, _ start: Int, _ end: Int) -> Int {
    var position = start + 1
    while position < end {
      // Two ASCII characters in a row: the first may belong to what is before it, the second does not.
      if bytes[position] < 0x80, bytes[position - 1] < 0x80, !(bytes[position - 1] == 13 && bytes[position] == 10) { return position }
      position += 1
    }
    return end
  }

  private func normalizeGraphemes(_ island: UTF8Bytes, at start: Int, _ output: inout Rewriting) {
    var position = start
    for character in String(decoding: island, as: UTF8.self) {
      let length = character.utf8.count
      let cluster = UTF8Bytes(rebasing: island[(position - start)..<(position - start + length)])
      if length < 6, let replacement = map.replacement(of: cluster) {
        output.copy(until: position)
        output.replace(until: position + length) { $0.append(bytes: Array(replacement)) }
      } else {
        normalizeScalars(cluster, at: position, &output)
      }
      position += length
    }
  }

  private func normalizeScalars(_ cluster: UTF8Bytes, at start: Int, _ output: inout Rewriting) {
    var offset = 0
    while offset < cluster.count {
      let length = scalarLength(cluster[offset])
      if let replacement = map.replacement(of: UTF8Bytes(rebasing: cluster[offset..<offset + length])) {
        output.copy(until: start + offset)
        output.replace(until: start + offset + length) { $0.append(bytes: Array(replacement)) }
      }
      offset += length
    }
  }
}
