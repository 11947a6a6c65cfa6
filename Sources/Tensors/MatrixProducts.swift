internal import CTraining

extension Tensor {
  /// The matrix product of this tensor, `[…, inputs]`, and a matrix, `[inputs, outputs]`.
  public func matrixProduct(_ other: Tensor) -> Tensor {
    precondition(
      other.shape.count == 2 && !shape.isEmpty && other.shape[0] == width,
      "a matrix product takes shapes […, n] and [n, m], not \(shape) and \(other.shape)")
    let (rows, inputs, outputs) = (rows, width, other.shape[1])
    let precision = MatrixPrecision.current
    let output = Tensor(uninitialized: shape.dropLast() + [outputs])
    gemm(rows, outputs, inputs, pointer, inputs, other.pointer, outputs, into: output.pointer, precision: precision)
    return recorded(output, from: [self, other]) { [self] dy in
      var dx: Storage?
      var dother: Storage?
      if isTracked {
        dx = Storage(count: count)
        gemm(
          rows, inputs, outputs, dy.pointer, outputs, other.pointer, outputs, transposesB: true, into: dx!.pointer, precision: precision)
      }
      if other.isTracked {
        dother = Storage(count: other.count)
        gemm(
          inputs, outputs, rows, pointer, inputs, transposesA: true, dy.pointer, outputs, into: dother!.pointer, precision: precision)
      }
      return [dx, dother]
    }
  }

  /// A linear layer: this tensor, `[…, inputs]`, times the transpose of `weight`, `[outputs, inputs]`, plus `bias`, `[outputs]`.
  public func linear(_ weight: Tensor, bias: Tensor? = nil) -> Tensor {
    precondition(
      weight.shape.count == 2 && !shape.isEmpty && weight.shape[1] == width && (bias == nil || bias!.shape == [weight.shape[0]]),
      "a linear layer takes […, n], [m, n] and [m], not \(shape), \(weight.shape) and \(bias?.shape ?? [])")
    let (rows, inputs, outputs) = (rows, width, weight.shape[0])
    let precision = MatrixPrecision.current
    let output = Tensor(uninitialized: shape.dropLast() + [outputs])
    gemm(
      rows, outputs, inputs, pointer, inputs, weight.pointer, inputs, transposesB: true, into: output.pointer, bias: bias?.pointer,
      precision: precision)
    return recorded(output, from: [self, weight] + (bias.map { [$0] } ?? [])) { [self] dy in
      var dx: Storage?
      if isTracked {
        dx = Storage(count: count)
        gemm(rows, inputs, outputs, dy.pointer, outputs, weight.pointer, inputs, into: dx!.pointer, precision: precision)
      }
      // Parameters take their gradients in place: no second copy of the weights' size is ever there.
      if weight.isTracked {
        let (dw, isAddition) = weight.gradientToWrite()
        gemm(
          outputs, inputs, rows, dy.pointer, outputs, transposesA: true, pointer, inputs, into: dw.pointer, adds: isAddition,
          precision: precision)
      }
      if let bias, bias.isTracked {
        let (db, isAddition) = bias.gradientToWrite()
        ct_column_sums(dy.pointer, Int32(rows), Int32(outputs), isAddition ? 1 : 0, db.pointer)
      }
      return [dx, nil] + (bias == nil ? [] : [nil])
    }
  }
}

/// C (m × n) = or += op(A) · op(B) (+ bias, n values for every row), all row-major; strides in floats.
package func gemm(
  _ m: Int, _ n: Int, _ k: Int, _ a: UnsafePointer<Float>, _ aStride: Int, transposesA: Bool = false, _ b: UnsafePointer<Float>,
  _ bStride: Int, transposesB: Bool = false, into c: UnsafeMutablePointer<Float>, stride: Int? = nil, adds: Bool = false,
  bias: UnsafePointer<Float>? = nil, precision: MatrixPrecision = .float32
) {
  OperationCount.add(2 * m * n * k)
  var product = ct_product(
    m: Int32(m), n: Int32(n), k: Int32(k), a: a, a_stride: aStride, transpose_a: transposesA ? 1 : 0, b: b, b_stride: bStride,
    transpose_b: transposesB ? 1 : 0, c: c, c_stride: stride ?? n, accumulate: adds ? 1 : 0,
    precision: Int32(precision == .bfloat16 ? CT_BF16 : CT_F32), bias: bias)
  ct_multiply(&product)
}
