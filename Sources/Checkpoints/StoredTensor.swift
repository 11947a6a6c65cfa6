/// A tensor as it lies in a file: name, shape, element type and where its bytes are.
///
///     let checkpoint = try Checkpoint(path: "gpt2")
///     let embedding = try checkpoint.tensor("wte.weight", shape: [50257, 768])
///     let rows = try embedding.floats(rows: 0..<2)      // 1,536 values
///
/// Nothing is read before it is asked for.
public struct StoredTensor: Sendable {
  /// The tensor's name in the file.
  public let name: String
  /// Sizes from the slowest to the fastest dimension (row-major, as numpy and torch print them).
  public let shape: [Int]
  /// How the elements are coded.
  public let type: ElementType
  let file: MappedFile
  let range: Range<Int>

  /// Number of elements.
  public var count: Int { shape.reduce(1, *) }
  /// Elements of the fastest dimension; a scalar has one row of one element.
  public var rowCount: Int { shape.last ?? 1 }
  /// Number of rows: the product of all dimensions but the fastest.
  public var rows: Int { rowCount == 0 ? 0 : count / rowCount }
  /// The path of the file that holds it.
  public var path: String { file.path }

  /// The tensor's bytes as they lie in the file.
  public func withBytes<Result>(_ body: (UnsafeRawBufferPointer) throws -> Result) rethrows -> Result {
    try withExtendedLifetime(file) { try body(UnsafeRawBufferPointer(rebasing: file.bytes[range])) }
  }

  /// Gives the memory of the tensor's pages back to the system; see `MappedFile.release`.
  public func release() { file.release(range) }

  /// Gives the memory of some rows' pages back to the system.
  public func release(rows: Range<Int>) {
    precondition(rows.lowerBound >= 0 && rows.upperBound <= self.rows, "rows \(rows) of a tensor with \(self.rows) rows")
    let rowBytes = rowCount / type.blockCount * type.blockBytes
    file.release(range.lowerBound + rows.lowerBound * rowBytes..<range.lowerBound + rows.upperBound * rowBytes)
  }

  /// All elements as 32-bit floats, row by row.
  ///
  /// - Throws: `CheckpointError` for a type that holds no numbers of this kind (`BOOL`).
  public func floats() throws(CheckpointError) -> [Float] { try floats(rows: 0..<rows) }

  /// The elements of some rows as 32-bit floats.
  ///
  /// - Parameter rows: within `0..<self.rows`.
  public func floats(rows: Range<Int>) throws(CheckpointError) -> [Float] {
    precondition(rows.lowerBound >= 0 && rows.upperBound <= self.rows, "rows \(rows) of a tensor with \(self.rows) rows")
    try checkIsNumeric()
    return [Float](unsafeUninitializedCapacity: rows.count * rowCount) { buffer, initialized in
      if let base = buffer.baseAddress, !buffer.isEmpty { decode(rows: rows, into: base) }
      initialized = rows.count * rowCount
    }
  }

  /// Writes the elements of some rows as 32-bit floats to memory of the caller's, which must have room for them.
  public func copyFloats(rows: Range<Int>, to destination: UnsafeMutablePointer<Float>) throws(CheckpointError) {
    precondition(rows.lowerBound >= 0 && rows.upperBound <= self.rows, "rows \(rows) of a tensor with \(self.rows) rows")
    try checkIsNumeric()
    if !rows.isEmpty && rowCount > 0 { decode(rows: rows, into: destination) }
  }

  private func checkIsNumeric() throws(CheckpointError) {
    guard type != .bool else {
      throw CheckpointError(file: path, .malformedTensor(name: name, field: "its type", found: type.rawValue, allowed: "numbers"))
    }
  }

  private func decode(rows: Range<Int>, into destination: UnsafeMutablePointer<Float>) {
    let rowBytes = rowCount / type.blockCount * type.blockBytes
    withBytes { bytes in
      Dequantization.decode(
        UnsafeRawBufferPointer(rebasing: bytes[rows.lowerBound * rowBytes..<rows.upperBound * rowBytes]), as: type, into: destination)
    }
  }
}
