internal import CTraining

extension Tensor {
  /// Rows of this matrix, `[rows, width]`, by number: `[ids.count, width]`. A table of embeddings is read so.
  ///
  /// - Parameter ids: each within `0..<rows`.
  public func gathered(_ ids: [Int32]) -> Tensor {
    precondition(shape.count == 2, "rows are gathered from a matrix, not from a tensor of shape \(shape)")
    if let wrong = ids.first(where: { $0 < 0 || Int($0) >= shape[0] }) {
      preconditionFailure("row \(wrong) of a table with \(shape[0]) rows")
    }
    let width = width
    let output = Tensor(uninitialized: [ids.count, width])
    ct_gather(pointer, ids, Int32(ids.count), Int32(width), output.pointer)
    return recorded(output, from: [self]) { [self] dy in
      // Added in place: most rows of a table are untouched.
      ct_scatter_add(dy.pointer, ids, Int32(ids.count), Int32(width), gradientToAddTo().pointer)
      return [nil]
    }
  }

  /// Tensors `[batch, time, width]` one after the other in time; batch and width must agree.
  public static func concatenatedInTime(_ parts: [Tensor]) -> Tensor {
    let first = parts[0].shape
    precondition(
      parts.allSatisfy { $0.shape.count == 3 && $0.shape[0] == first[0] && $0.shape[2] == first[2] },
      "tensors joined in time take shapes [batch, time, width] of one batch and width, not \(parts.map(\.shape))")
    let lengths = parts.map { $0.shape[1] * $0.shape[2] }
    let total = lengths.reduce(0, +)
    let output = Tensor(uninitialized: [first[0], total / first[2], first[2]])
    func each(_ body: (_ part: Int, _ inPart: Int, _ inWhole: Int) -> Void) {
      for row in 0..<first[0] {
        var offset = row * total
        for part in parts.indices {
          body(part, row * lengths[part], offset)
          offset += lengths[part]
        }
      }
    }
    each { part, inPart, inWhole in
      (output.pointer + inWhole).update(from: parts[part].pointer + inPart, count: lengths[part])
    }
    return recorded(output, from: parts) { dy in
      let gradients = parts.map { Storage(count: $0.count) }
      for row in 0..<first[0] {
        var offset = row * total
        for part in parts.indices {
          (gradients[part].pointer + row * lengths[part]).update(from: dy.pointer + offset, count: lengths[part])
          offset += lengths[part]
        }
      }
      return gradients
    }
  }

  /// Means of some rows: row r of the result is the mean of rows `ranges[r]` of this matrix, `[rows, width]`.
  ///
  /// A range of one row selects it. An empty range gives zeros.
  public func means(ofRows ranges: [Range<Int>]) -> Tensor {
    let (rows, width) = (rows, width)
    for range in ranges {
      precondition(range.lowerBound >= 0 && range.upperBound <= rows, "rows \(range) of a tensor with \(rows) rows")
    }
    let output = Tensor(repeating: 0, shape: [ranges.count, width])
    for (r, range) in ranges.enumerated() {
      for row in range { ct_add_scaled(1 / Float(range.count), pointer + row * width, width, output.pointer + r * width) }
    }
    return recorded(output, from: [self]) { [self] dy in
      let dx = Storage(count: count, filledWith: 0)
      for (r, range) in ranges.enumerated() {
        for row in range { ct_add_scaled(1 / Float(range.count), dy.pointer + r * width, width, dx.pointer + row * width) }
      }
      return [dx]
    }
  }
}

extension Tensor {
  /// Rows for columns of a matrix.
  public func transposed() -> Tensor {
    precondition(shape.count == 2, "a matrix is transposed, not a tensor of shape \(shape)")
    let (rows, columns) = (shape[0], shape[1])
    let output = Tensor(shape: [columns, rows], storage: Tensor.transpose(storage, rows, columns))
    return recorded(output, from: [self]) { dy in [Tensor.transpose(dy, columns, rows)] }
  }

  private static func transpose(_ x: Storage, _ rows: Int, _ columns: Int) -> Storage {
    let y = Storage(count: x.count)
    for row in 0..<rows {
      for column in 0..<columns { y.pointer[column * rows + row] = x.pointer[row * columns + column] }
    }
    return y
  }
}
