internal import CTraining

extension Tensor {
  /// The mean of −log p(target) in nats over the rows of these logits, `[…, classes]`.
  ///
  /// - Parameter targets: one class for each row; −1 for a row that does not count.
  /// - Returns: one number; 0 when no row counts.
  public func crossEntropy(_ targets: [Int32]) -> Tensor {
    Tensor.check(targets, rows: rows, classes: width)
    let counted = targets.count { $0 >= 0 }
    let factor = 1 / Float(max(counted, 1))
    let needsGradient = isTracked && Recording.isOn
    let probabilities = Storage(count: count)
    probabilities.pointer.update(from: pointer, count: count)
    let losses = Storage(count: rows)
    ct_cross_entropy(probabilities.pointer, Int32(rows), Int32(width), targets, factor, needsGradient ? 1 : 0, losses.pointer)
    let output = Tensor([Float(ct_sum(losses.pointer, losses.count) * Double(factor))], shape: [])
    return recorded(output, from: [self]) { dy in
      ct_scale(dy.pointer[0], probabilities.pointer, probabilities.count, probabilities.pointer)
      return [probabilities]
    }
  }

  /// The cross-entropy of a linear layer's outputs, without ever holding all of them: for `self` of shape `[…, width]` and a weight of
  /// `[classes, width]`, the same number as `linear(weight, bias: bias).crossEntropy(targets)`.
  ///
  /// Logits of a few hundred rows at a time are made, turned into gradients and multiplied back while they are in the cache; rows
  /// without a target are left out altogether. Where a vocabulary is large this is most of a model's memory.
  ///
  /// - Parameter scale: a factor of the logits.
  public func linearCrossEntropy(_ weight: Tensor, bias: Tensor? = nil, scale: Float = 1, targets: [Int32]) -> Tensor {
    precondition(
      weight.shape.count == 2 && weight.shape[1] == width && (bias == nil || bias!.shape == [weight.shape[0]]),
      "a linear layer takes […, n], [m, n] and [m], not \(shape), \(weight.shape) and \(bias?.shape ?? [])")
    Tensor.check(targets, rows: rows, classes: weight.shape[0])
    let (width, classes) = (width, weight.shape[0])
    let precision = MatrixPrecision.current
    let places = targets.indices.filter { targets[$0] >= 0 }
    let needsGradient = Recording.isOn && [self, weight, bias].contains { $0?.isTracked == true }
    let factor = 1 / Float(max(places.count, 1))
    let dx = needsGradient && isTracked ? Storage(count: count, filledWith: 0) : nil
    // What is added to a parameter here cannot be scaled later by the gradient of the loss, so it waits in memory of its own.
    let dw = needsGradient && weight.isTracked ? Storage(count: weight.count) : nil
    let db = needsGradient && bias?.isTracked == true ? Storage(count: classes) : nil
    let isDense = places.count == targets.count
    let chunk = max(64, min(512, (32 << 20) / max(classes, 1)))
    let logits = Storage(count: min(chunk, max(places.count, 1)) * classes)
    let losses = Storage(count: min(chunk, max(places.count, 1)))
    let gathered = isDense ? nil : Storage(count: min(chunk, max(places.count, 1)) * width)
    var total = 0.0
    if places.isEmpty {
      if let dw { ct_fill(0, dw.count, dw.pointer) }
      if let db { ct_fill(0, db.count, db.pointer) }
    }
    for start in stride(from: 0, to: places.count, by: chunk) {
      let part = Array(places[start..<min(start + chunk, places.count)])
      let x: UnsafeMutablePointer<Float>
      if let gathered {
        ct_gather(pointer, part.map(Int32.init), Int32(part.count), Int32(width), gathered.pointer)
        x = gathered.pointer
      } else {
        x = pointer + start * width
      }
      gemm(
        part.count, classes, width, x, width, weight.pointer, width, transposesB: true, into: logits.pointer,
        bias: scale == 1 ? bias?.pointer : nil, precision: precision)
      let cells = part.count * classes
      if scale != 1 {
        ct_scale(scale, logits.pointer, cells, logits.pointer)
        if let bias { ct_combine(Int32(CT_ADD), logits.pointer, bias.pointer, cells, classes, logits.pointer) }
      }
      ct_cross_entropy(
        logits.pointer, Int32(part.count), Int32(classes), part.map { targets[$0] }, factor, needsGradient ? 1 : 0, losses.pointer)
      total += ct_sum(losses.pointer, part.count)
      let isLater = start > 0
      if let db { ct_column_sums(logits.pointer, Int32(part.count), Int32(classes), isLater ? 1 : 0, db.pointer) }
      if scale != 1, needsGradient { ct_scale(scale, logits.pointer, cells, logits.pointer) }
      if let dw {
        gemm(
          classes, width, part.count, logits.pointer, classes, transposesA: true, x, width, into: dw.pointer, adds: isLater,
          precision: precision)
      }
      if let dx, isDense {
        gemm(
          part.count, width, classes, logits.pointer, classes, weight.pointer, width, into: dx.pointer + start * width,
          precision: precision)
      } else if let dx, let gathered {
        gemm(part.count, width, classes, logits.pointer, classes, weight.pointer, width, into: gathered.pointer, precision: precision)
        ct_scatter_add(gathered.pointer, part.map(Int32.init), Int32(part.count), Int32(width), dx.pointer)
      }
    }
    let output = Tensor([Float(total * Double(factor))], shape: [])
    return recorded(output, from: [self, weight] + (bias.map { [$0] } ?? [])) { dy in
      for part in [dx, dw, db] where dy.pointer[0] != 1 {
        if let part { ct_scale(dy.pointer[0], part.pointer, part.count, part.pointer) }
      }
      return [dx, dw] + (bias == nil ? [] : [db])
    }
  }

  private static func check(_ targets: [Int32], rows: Int, classes: Int) {
    precondition(targets.count == rows, "\(targets.count) targets for \(rows) rows of logits")
    if let wrong = targets.first(where: { $0 < -1 || Int($0) >= classes }) {
      preconditionFailure("target \(wrong) of \(classes) classes; -1 marks a row that does not count")
    }
  }
}
