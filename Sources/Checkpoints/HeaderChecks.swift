/// The checks that every format needs: sizes that do not overflow, ranges inside the file, no byte owned twice.
enum HeaderChecks {
  /// Bytes of a tensor of this shape and type; nil when the count overflows or the rows are no whole number of blocks.
  static func byteCount(shape: [Int], type: ElementType) -> Int? {
    guard (shape.last ?? 1) % type.blockCount == 0 else { return nil }
    var count = 1
    // A zero anywhere makes the product zero, but the other factors must not overflow a reader's own product.
    for size in shape where size != 0 {
      let (product, overflow) = count.multipliedReportingOverflow(by: size)
      guard !overflow else { return nil }
      count = product
    }
    if shape.contains(0) { return 0 }
    let (bytes, overflow) = (count / type.blockCount).multipliedReportingOverflow(by: type.blockBytes)
    return overflow ? nil : bytes
  }

  /// Refuses two tensors that share a byte.
  static func refuseOverlap(_ tensors: [StoredTensor], in file: String) throws(CheckpointError) {
    let ordered = tensors.filter { !$0.range.isEmpty }.sorted { $0.range.lowerBound < $1.range.lowerBound }
    for (first, second) in zip(ordered, ordered.dropFirst()) where second.range.lowerBound < first.range.upperBound {
      throw CheckpointError(file: file, .overlapping(first.name.excerpt, second.name.excerpt))
    }
  }
}
