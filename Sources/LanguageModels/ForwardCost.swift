/// What a call of a model cost, where the model counts it.
public struct ForwardCost: Sendable, Equatable {
  /// Floating-point operations of the matrix products and of attention, a multiplication and an addition being two; nil where the
  /// model does not count them, as a table.
  public var operations: Int?
  /// Bytes of keys and values that hypotheses of the model hold on to after the call, whoever owns them; 0 where nothing is cached.
  public var cacheBytes: Int

  public init(operations: Int? = nil, cacheBytes: Int = 0) {
    self.operations = operations
    self.cacheBytes = cacheBytes
  }
}
