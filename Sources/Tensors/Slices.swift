internal import CTraining

extension Tensor {
  /// This tensor, `[…, width]`, with another one, `[…, n]` of as many rows, added to n of its columns.
  ///
  /// - Parameter first: the first of these columns.
  package func adding(_ part: Tensor, atColumn first: Int) -> Tensor {
    let (rows, width, narrow) = (rows, width, part.width)
    precondition(
      part.rows == rows && first >= 0 && first + narrow <= width,
      "columns \(first)..<\(first + narrow) of a tensor of shape \(shape) do not take one of shape \(part.shape)")
    let output = Tensor(uninitialized: shape)
    output.pointer.update(from: pointer, count: count)
    for row in 0..<rows { ct_add_scaled(1, part.pointer + row * narrow, narrow, output.pointer + row * width + first) }
    return recorded(output, from: [self, part]) { dy in
      guard part.isTracked else { return [dy, nil] }
      let dpart = Storage(count: rows * narrow)
      for row in 0..<rows { (dpart.pointer + row * narrow).update(from: dy.pointer + row * width + first, count: narrow) }
      return [dy, dpart]
    }
  }

  /// The vectors of a sequence, `[batch, time, width]`, without the first few of each: `[batch, time − count, width]`.
  package func droppingInTime(_ dropped: Int) -> Tensor {
    precondition(shape.count == 3 && (0...shape[1]).contains(dropped), "\(dropped) vectors of a sequence of shape \(shape)")
    let (batch, time, width) = (shape[0], shape[1], shape[2])
    let kept = time - dropped
    let output = Tensor(uninitialized: [batch, kept, width])
    for row in 0..<batch {
      (output.pointer + row * kept * width).update(from: pointer + (row * time + dropped) * width, count: kept * width)
    }
    return recorded(output, from: [self]) { dy in
      let dx = Storage(count: batch * time * width)
      for row in 0..<batch {
        ct_fill(0, dropped * width, dx.pointer + row * time * width)
        (dx.pointer + (row * time + dropped) * width).update(from: dy.pointer + row * kept * width, count: kept * width)
      }
      return [dx]
    }
  }
}
