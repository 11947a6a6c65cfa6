import Synchronization

/// How many floating-point operations matrix products and attention have done in this process: a multiplication and an addition are two.
///
/// Whoever wants the cost of a piece of work takes the difference of before and after. Everything else that a model computes is less than
/// a hundredth of it.
package enum OperationCount {
  private static let count = Atomic<Int>(0)

  package static var total: Int { count.load(ordering: .relaxed) }
  package static func add(_ operations: Int) { count.add(operations, ordering: .relaxed) }
}
