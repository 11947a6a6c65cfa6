internal import Glibc

/// A thread for work that nobody waits for, done in order.
final class Background: Sendable {
  private struct State {
    var waiting: [@Sendable () -> Void] = []
    var isWorking = false
  }

  private let state = Monitor(State())

  /// Does something later. The thread lives as long as there is work.
  func run(_ work: @escaping @Sendable () -> Void) {
    let isFirst = state.withLock { state in
      state.waiting.append(work)
      defer { state.isWorking = true }
      return !state.isWorking
    }
    if isFirst { startThread { self.serve() } }
  }

  private func serve() {
    while let work = next() { work() }
  }

  private func next() -> (@Sendable () -> Void)? {
    state.withLock { state in
      state.isWorking = !state.waiting.isEmpty
      return state.waiting.isEmpty ? nil : state.waiting.removeFirst()
    }
  }

  /// Waits until everything is done.
  func finish() { state.wait { !$0.isWorking } }
}

/// Starts a thread that runs a function to its end. If none can be started, the function runs here.
func startThread(_ body: @escaping @Sendable () -> Void) {
  final class Box: Sendable {
    let body: @Sendable () -> Void
    init(_ body: @escaping @Sendable () -> Void) { self.body = body }
  }
  var attributes = pthread_attr_t()
  pthread_attr_init(&attributes)
  // Deeply nested cells are parsed on such threads.
  pthread_attr_setstacksize(&attributes, 64 << 20)
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
  if status != 0 { box.takeRetainedValue().body() }
}
