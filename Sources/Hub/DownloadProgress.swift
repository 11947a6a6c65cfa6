import Display
internal import Synchronization

/// How far a download is: told by the thread that downloads, drawn by the one that waits.
final class DownloadProgress: Sendable {
  struct State: Equatable {
    var words = ""
    /// Bytes of each file, as far as they are here.
    var reached: [String: Int] = [:]
    /// Bytes of all files; 0 as long as it is not known.
    var total = 0
  }

  private let state = Mutex(State())

  func say(_ words: String) { state.withLock { $0.words = words } }
  func expect(_ total: Int) { state.withLock { $0.total = total } }

  func reach(_ bytes: Int, of file: String) {
    state.withLock {
      $0.words = file
      $0.reached[file] = bytes
    }
  }

  func finish(_ file: String, bytes: Int) { state.withLock { $0.reached[file] = bytes } }

  var current: State { state.withLock { $0 } }
}

/// Draws a download while it runs, as a bar.
final class DownloadReport {
  private let name: String
  private let isShown: Bool
  private var bar: ProgressBar?
  private var ticks = 0

  init(_ name: String, isShown: Bool) {
    self.name = name
    self.isShown = isShown
  }

  /// Called ten times a second.
  func tick(_ progress: DownloadProgress) {
    ticks += 1
    let state = progress.current
    // After half a second: what is quicker needs no bar. Not before the sizes are known, and the scale with them.
    guard isShown, ticks >= 5, state.total > 0 else { return }
    if bar == nil {
      bar = ProgressBar("\(name)", total: (state.total + scale(state) - 1) / scale(state), unit: scale(state) == 1 ? "bytes" : "MB")
    }
    bar?.update(to: state.bytes / scale(state), note: state.words)
  }

  func end(_ progress: DownloadProgress, isComplete: Bool) {
    guard let bar else { return }
    let state = progress.current
    if isComplete {
      bar.update(to: (state.total + scale(state) - 1) / scale(state))
      bar.finish(note: "")
    } else {
      bar.update(to: state.bytes / scale(state))
      bar.stop()
    }
  }

  /// Bytes of a step of the bar.
  private func scale(_ state: DownloadProgress.State) -> Int { state.total >= 10_000_000 ? 1_000_000 : 1 }
}

extension DownloadProgress.State {
  /// Of all files together.
  var bytes: Int { reached.values.reduce(0, +) }
}
