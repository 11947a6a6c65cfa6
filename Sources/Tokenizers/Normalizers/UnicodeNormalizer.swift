/// Unicode normalisation: NFC, NFD, NFKC or NFKD.
///
/// A token over characters that were joined or reordered has the offsets of all of them.
struct UnicodeNormalizer: Normalizer {
  let form: NormalizationForm

  func normalize(_ text: WorkText) {
    if text.bytes.isASCII || isUnchanged(text.bytes) { return }
    let tables = NormalizationTables.shared
    var source: [UInt32] = []
    var scalars: [UInt32] = []
    text.rewrite { bytes, range, output in
      let base = bytes.baseAddress!
      forEachCluster(base, range, tables) { start, end in
        source.removeAll(keepingCapacity: true)
        scalars.removeAll(keepingCapacity: true)
        var position = start
        while position < end {
          let (scalar, length) = decodeScalar(base, position)
          source.append(scalar)
          tables.appendDecomposition(of: scalar, compatibly: form.isCompatible) { scalars.append($0) }
          position += length
        }
        tables.reorder(&scalars)
        if form.composes { tables.compose(&scalars) }
        if scalars == source { return }
        output.copy(until: start)
        output.replace(until: end) { buffer in for scalar in scalars { buffer.append(scalar: scalar) } }
      }
      output.copy(until: range.end)
    }
  }

  private func isUnchanged(_ bytes: UTF8Bytes) -> Bool {
    var isUnchanged = true
    forEachCluster(bytes.baseAddress!, TextRange(0, bytes.count), .shared) { _, _ in isUnchanged = false }
    return isUnchanged
  }

  /// Calls for every stretch that may change and that nothing outside of it has a say in.
  @inline(__always)
  private func forEachCluster(
    _ bytes: UnsafePointer<UInt8>, _ range: TextRange, _ tables: NormalizationTables, _ body: (Int, Int) -> Void
  ) {
    var position = range.start
    while position < range.end {
      if bytes[position] < 0x80, position + 1 == range.end || bytes[position + 1] < 0x80 {
        position += 1
        continue
      }
      let (scalar, length) = decodeScalar(bytes, position)
      let start = position
      position += length
      var mayChange = tables.changes(scalar, in: form)
      while position < range.end {
        let (follower, length) = decodeScalar(bytes, position)
        if !tables.joins(follower, in: form) { break }
        mayChange = true
        position += length
      }
      if mayChange { body(start, position) }
    }
  }
}
