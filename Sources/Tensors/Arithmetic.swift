internal import CTraining

extension Tensor {
  /// The sum of two tensors, element by element; the right one may have fewer dimensions and is then repeated.
  public static func + (a: Tensor, b: Tensor) -> Tensor { combine(CT_ADD, a, b, "+") }
  /// The difference of two tensors, element by element; the right one may have fewer dimensions and is then repeated.
  public static func - (a: Tensor, b: Tensor) -> Tensor { combine(CT_SUBTRACT, a, b, "-") }
  /// The product of two tensors, element by element; the right one may have fewer dimensions and is then repeated.
  public static func * (a: Tensor, b: Tensor) -> Tensor { combine(CT_MULTIPLY, a, b, "*") }

  private static func combine(_ operation: some BinaryInteger, _ a: Tensor, _ b: Tensor, _ name: String) -> Tensor {
    let operation = Int32(operation)
    precondition(
      a.shape.suffix(b.shape.count) == b.shape[...] && (b.count > 0 || a.count == 0),
      "\(name) takes shapes of which the right one is the end of the left one, not \(a.shape) and \(b.shape)")
    let output = Tensor(uninitialized: a.shape)
    ct_combine(operation, a.pointer, b.pointer, a.count, max(b.count, 1), output.pointer)
    return recorded(output, from: [a, b]) { dy in
      if operation == Int32(CT_MULTIPLY) {
        return [
          a.isTracked ? product(dy, b.storage) : nil,
          b.isTracked ? foldedSum(product(dy, a.storage), to: b.count) : nil,
        ]
      }
      guard b.isTracked else { return [dy, nil] }
      let folded = foldedSum(dy, to: b.count)
      guard operation == Int32(CT_SUBTRACT) else { return [dy, folded] }
      let negated = Storage(count: b.count)
      ct_scale(-1, folded.pointer, b.count, negated.pointer)
      return [dy, negated]
    }
  }

  private static func product(_ a: Storage, _ b: Storage) -> Storage {
    let result = Storage(count: a.count)
    ct_combine(Int32(CT_MULTIPLY), a.pointer, b.pointer, a.count, max(b.count, 1), result.pointer)
    return result
  }

  /// Sums over the repetitions of a smaller tensor.
  private static func foldedSum(_ gradient: Storage, to count: Int) -> Storage {
    if gradient.count == count { return gradient }
    let result = Storage(count: count)
    ct_column_sums(gradient.pointer, Int32(gradient.count / max(count, 1)), Int32(count), 0, result.pointer)
    return result
  }

  /// Every element times a number.
  public static func * (factor: Float, x: Tensor) -> Tensor {
    let output = Tensor(uninitialized: x.shape)
    ct_scale(factor, x.pointer, x.count, output.pointer)
    return recorded(output, from: [x]) { dy in
      let dx = Storage(count: dy.count)
      ct_scale(factor, dy.pointer, dy.count, dx.pointer)
      return [dx]
    }
  }

  /// The sum of all elements, added up in double precision.
  public func sum() -> Tensor {
    let output = Tensor([Float(ct_sum(pointer, count))], shape: [])
    let count = count
    return recorded(output, from: [self]) { dy in [Storage(count: count, filledWith: dy.pointer[0])] }
  }

  /// The mean of all elements.
  public func mean() -> Tensor {
    precondition(count > 0, "the mean of no elements is undefined")
    return (1 / Float(count)) * sum()
  }
}
