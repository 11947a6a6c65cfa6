import Glibc

/// Runs a function when Control-C is pressed (SIGINT), on a thread of its own: one the first time, another one every time after that.
///
/// - Throws: ``ZeroMQError``, when the process has no file descriptors left.
public func onControlC(first: @escaping @Sendable () -> Void, again: @escaping @Sendable () -> Void) throws {
  let wakeup = try Wakeup()
  wakeup.catchSignal(SIGINT)
  startThread(stackSize: 1 << 20) {
    var hasCome = false
    while true {
      wakeup.wait()
      for event in wakeup.drain() where event == .signal(SIGINT) {
        if hasCome { again() } else { first() }
        hasCome = true
      }
    }
  }
}
