import Dispatch
import Synchronization

/// Interrupts a cell when its time is over.
final class LateCell: Sendable {
  private let state = Mutex((isDone: false, wasLate: false))

  func after(_ timeout: Duration, _ interrupt: @escaping @Sendable () -> Void) {
    let (seconds, attoseconds) = timeout.components
    let delay = Double(seconds) + Double(attoseconds) * 1e-18
    DispatchQueue.global().asyncAfter(deadline: .now() + delay) { [self] in
      let isLate = state.withLock { state in
        state.wasLate = !state.isDone
        return state.wasLate
      }
      if isLate { interrupt() }
    }
  }

  /// The cell has ended; whether it had been interrupted.
  func cancel() -> Bool {
    state.withLock { state in
      state.isDone = true
      return state.wasLate
    }
  }
}
