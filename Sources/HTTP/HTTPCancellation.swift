internal import Synchronization

/// Ends transfers that block a thread, from another thread.
///
/// ```swift
/// let cancellation = HTTPCancellation()
/// // on one thread:
/// try HTTP.performBlocking(request, cancellation: cancellation, head: { _ in true }, bytes: { … })
/// // on another:
/// cancellation.cancel()
/// ```
/// What runs is ended at once, what is begun later does not begin.
public final class HTTPCancellation: Sendable {
  private let state = Mutex((isCancelled: false, running: Transfer?.none))

  public init() {}

  public var isCancelled: Bool { state.withLock { $0.isCancelled } }

  public func cancel() {
    state.withLock { state in
      state.isCancelled = true
      state.running?.cancel()
    }
  }

  /// Runs a transfer that ``cancel()`` ends. One at a time.
  func cancelling<Value>(_ transfer: Transfer, _ run: () throws -> Value) throws -> Value {
    try state.withLock { state in
      if state.isCancelled { throw CancellationError() }
      state.running = transfer
    }
    defer { state.withLock { $0.running = nil } }
    return try run()
  }
}
