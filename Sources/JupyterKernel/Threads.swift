import Glibc

/// Starts a thread that runs a function to its end.
///
/// Its stack is virtual memory, which costs only what is touched: parsers of deeply nested source may need much.
func startThread(stackSize: Int = 64 << 20, _ body: @escaping @Sendable () -> Void) {
  final class Box: Sendable {
    let body: @Sendable () -> Void
    init(_ body: @escaping @Sendable () -> Void) { self.body = body }
  }
  var attributes = pthread_attr_t()
  pthread_attr_init(&attributes)
  pthread_attr_setstacksize(&attributes, stackSize)
  pthread_attr_setdetachstate(&attributes, CInt(PTHREAD_CREATE_DETACHED))
  defer { pthread_attr_destroy(&attributes) }
  var thread = pthread_t()
  let box = Unmanaged.passRetained(Box(body))
  let status = pthread_create(
    &thread, &attributes,
    { argument in
      guard let argument else { return nil }
      Unmanaged<Box>.fromOpaque(argument).takeRetainedValue().body()
      return nil
    }, box.toOpaque())
  precondition(status == 0, "cannot start a thread: \(String(cString: strerror(status)))")
}

/// A queue between threads: who takes from an empty one waits.
final class BlockingQueue<Element: Sendable>: @unchecked Sendable {
  // The C objects must not move, so they live on the heap.
  private let mutex: UnsafeMutablePointer<pthread_mutex_t>
  private let condition: UnsafeMutablePointer<pthread_cond_t>
  private var waiting: [Element] = []
  private var isClosed = false

  init() {
    mutex = .allocate(capacity: 1)
    condition = .allocate(capacity: 1)
    pthread_mutex_init(mutex, nil)
    pthread_cond_init(condition, nil)
  }

  deinit {
    pthread_cond_destroy(condition)
    pthread_mutex_destroy(mutex)
    condition.deallocate()
    mutex.deallocate()
  }

  private func locked<Result>(_ body: () -> Result) -> Result {
    pthread_mutex_lock(mutex)
    defer { pthread_mutex_unlock(mutex) }
    return body()
  }

  func append(_ element: Element) {
    locked {
      waiting.append(element)
      pthread_cond_signal(condition)
    }
  }

  /// The first element; waits for one. Nil when the queue was closed.
  func next() -> Element? {
    locked {
      while waiting.isEmpty && !isClosed { pthread_cond_wait(condition, mutex) }
      return isClosed ? nil : waiting.removeFirst()
    }
  }

  /// The first element, if there is one.
  func nextIfAny() -> Element? {
    locked { waiting.isEmpty || isClosed ? nil : waiting.removeFirst() }
  }

  /// The elements that wait.
  var elements: [Element] { locked { waiting } }

  /// Changes the elements that wait.
  func update(_ change: (inout Element) -> Void) {
    locked { for index in waiting.indices { change(&waiting[index]) } }
  }

  /// Drops what waits, and releases whoever waits for more.
  func close() {
    locked {
      isClosed = true
      waiting.removeAll()
      pthread_cond_broadcast(condition)
    }
  }
}
