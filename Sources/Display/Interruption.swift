internal import Synchronization

/// Whether the person has asked for what runs to stop: long work in a library looks here now and then.
///
/// ```swift
/// while step < steps {
///   try Interruption.check()
///   …
/// }
/// ```
public enum Interruption {
  /// Whether the cell was interrupted, or the task that asks was cancelled.
  public static var isRequested: Bool { Task.isCancelled || source.withLock { $0 }() }

  /// Ends the work when it was asked to stop.
  ///
  /// - Throws: `CancellationError`.
  public static func check() throws { if isRequested { throw CancellationError() } }

  /// Sets who knows of interrupts, beside the task: whatever runs cells, once and before the first of them.
  public static func setSource(_ isRequested: @escaping @Sendable () -> Bool) { source.withLock { $0 = isRequested } }

  private static let source = Mutex<@Sendable () -> Bool>({ false })
}
