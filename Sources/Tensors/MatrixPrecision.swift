internal import CKernels

/// What matrix products round their operands to.
///
/// ```swift
/// withMatrixPrecision(.bfloat16) { x.linear(weight, bias: bias) }
/// ```
/// Only products are rounded, forward and backward: sums, parameters, gradients, optimizers, norms and softmax are in single precision.
public enum MatrixPrecision: String, Sendable, CaseIterable {
  /// Single precision, 24 bits of significand.
  case float32
  /// Operands rounded to 8 bits of significand and the range of single precision, products summed in single precision (Kalamkar et al.
  /// 2019). Twice as fast where the processor has instructions for it (see ``isAccelerated``), as accurate but not faster elsewhere.
  case bfloat16

  /// The precision of the operations that are recorded at the moment; their gradients use the same.
  @TaskLocal static var current = MatrixPrecision.float32

  /// Whether this processor multiplies in this precision directly.
  public var isAccelerated: Bool { self == .float32 || ck_best_level() >= CK_AVX512_VNNI_BF16 }
}

/// Runs operations whose matrix products have the given precision.
public func withMatrixPrecision<Result, Failure: Error>(
  _ precision: MatrixPrecision, _ body: () throws(Failure) -> Result
) throws(Failure) -> Result {
  // The task-local's own function rethrows without saying what.
  var result: Swift.Result<Result, Failure>?
  MatrixPrecision.$current.withValue(precision) {
    result = Swift.Result { () throws(Failure) in try body() }
  }
  return try result!.get()
}
