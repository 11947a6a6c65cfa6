internal import CTraining

extension Tensor {
  /// Layer normalisation along the last dimension: (x − mean) / √(variance + ε) · weight + bias (Ba et al. 2016).
  ///
  /// - Parameters:
  ///   - weight: `[width]`.
  ///   - bias: `[width]`, or none.
  ///   - epsilon: positive, added to the variance.
  public func layerNormalized(weight: Tensor, bias: Tensor?, epsilon: Float = 1e-5) -> Tensor {
    normalized(isCentred: true, weight, bias, epsilon)
  }

  /// Root-mean-square normalisation along the last dimension: x / √(mean of squares + ε) · weight (Zhang and Sennrich 2019).
  public func rootMeanSquareNormalized(weight: Tensor, epsilon: Float = 1e-6) -> Tensor {
    normalized(isCentred: false, weight, nil, epsilon)
  }

  private func normalized(isCentred: Bool, _ weight: Tensor, _ bias: Tensor?, _ epsilon: Float) -> Tensor {
    precondition(
      weight.shape == [width] && (bias == nil || bias!.shape == [width]),
      "a norm of width \(width) takes weights [\(width)], not \(weight.shape) and \(bias?.shape ?? [])")
    let (rows, width) = (Int32(rows), Int32(width))
    let centred: Int32 = isCentred ? 1 : 0
    let output = Tensor(uninitialized: shape)
    let kept = Storage(count: 2 * Int(rows))
    ct_norm(centred, pointer, rows, width, weight.pointer, bias?.pointer, epsilon, output.pointer, kept.pointer)
    return recorded(output, from: [self, weight] + (bias.map { [$0] } ?? [])) { [self] dy in
      let dx = isTracked ? Storage(count: count) : nil
      let biasToLearn = bias.flatMap { $0.isTracked ? $0 : nil }
      // The kernel makes both gradients at once; one that nobody wants goes to scratch memory.
      if weight.isTracked || biasToLearn != nil {
        let dw = weight.isTracked ? weight.gradientToAddTo() : Storage(count: Int(width), filledWith: 0)
        ct_norm_back(
          centred, pointer, kept.pointer, weight.pointer, dy.pointer, rows, width, nil, dw.pointer,
          biasToLearn?.gradientToAddTo().pointer, 1)
      }
      if let dx {
        ct_norm_back(centred, pointer, kept.pointer, weight.pointer, dy.pointer, rows, width, dx.pointer, nil, nil, 0)
      }
      return [dx, nil] + (bias == nil ? [] : [nil])
    }
  }
}
