import Glibc
import Synchronization

/// Calls a function once when a time is over, on a thread of its own, unless it is stopped before.
///
/// A thread and not a queue of Dispatch: those share their threads with whatever else runs, and an alarm must ring when all of them wait.
public final class Alarm: Sendable {
  private enum State { case running, rang, stopped }

  private let state = Mutex(State.running)
  private let wakeup: Wakeup

  /// - Throws: ``ZeroMQError``, when the process has no file descriptors left.
  public init(after duration: Duration, ring: @escaping @Sendable () -> Void) throws {
    wakeup = try Wakeup()
    let milliseconds = CInt(clamping: Int((duration / .milliseconds(1)).rounded(.up)))
    startThread(stackSize: 1 << 20) { [self] in
      wakeup.wait(milliseconds: milliseconds)
      let rings = state.withLock { state in
        if state == .running { state = .rang }
        return state == .rang
      }
      if rings { ring() }
    }
  }

  /// Stops the alarm; true when it had already rung.
  public func stop() -> Bool {
    defer { wakeup.wake() }
    return state.withLock { state in
      if state == .running { state = .stopped }
      return state == .rang
    }
  }
}
