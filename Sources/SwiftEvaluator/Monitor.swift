internal import Glibc

/// A value that threads share, and for a change of which they can wait.
final class Monitor<Value>: @unchecked Sendable {
  // The C objects must not move, so they live on the heap.
  private let mutex: UnsafeMutablePointer<pthread_mutex_t> = .allocate(capacity: 1)
  private let changed: UnsafeMutablePointer<pthread_cond_t> = .allocate(capacity: 1)
  private var value: Value

  init(_ value: sending Value) {
    self.value = value
    pthread_mutex_init(mutex, nil)
    pthread_cond_init(changed, nil)
  }

  deinit {
    pthread_cond_destroy(changed)
    pthread_mutex_destroy(mutex)
    changed.deallocate()
    mutex.deallocate()
  }

  /// Looks at the value or changes it; whoever waits looks again.
  func withLock<Result>(_ body: (inout Value) throws -> Result) rethrows -> Result {
    pthread_mutex_lock(mutex)
    defer {
      pthread_cond_broadcast(changed)
      pthread_mutex_unlock(mutex)
    }
    return try body(&value)
  }

  /// Waits until the condition holds.
  func wait(until condition: (Value) -> Bool) {
    pthread_mutex_lock(mutex)
    while !condition(value) { pthread_cond_wait(changed, mutex) }
    pthread_mutex_unlock(mutex)
  }
}
