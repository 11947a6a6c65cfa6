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

/// Draws a download while it runs: one line that is replaced, in a notebook; a line now and then elsewhere.
final class DownloadReport {
  private let name: String
  private let isShown: Bool
  private var handle: DisplayHandle?
  private var ticks = 0
  private var last = DownloadProgress.State()

  init(_ name: String, isShown: Bool) {
    self.name = name
    self.isShown = isShown
  }

  /// Called ten times a second.
  func tick(_ progress: DownloadProgress) {
    ticks += 1
    // The first line after half a second: what is quicker needs none.
    guard isShown, ticks == 5 || ticks % (ticks < 100 ? 10 : 50) == 0 else { return }
    show(progress.current)
  }

  func end(_ progress: DownloadProgress) {
    guard handle != nil else { return }
    var state = progress.current
    state.words = "complete"
    show(state)
  }

  private func show(_ state: DownloadProgress.State) {
    guard state != last else { return }
    last = state
    let line = DownloadReport.line(name, state)
    if let handle { handle.update(MIMEBundle(text: line)) } else { handle = DisplayHandle(showing: MIMEBundle(text: line)) }
  }

  /// `owner/name  35 % of 269 MB  model.safetensors`
  static func line(_ name: String, _ state: DownloadProgress.State) -> String {
    let bytes = state.reached.values.reduce(0, +)
    let share = state.total > 0 ? "\(min(100, bytes * 100 / state.total)) % of \(Bytes(state.total))" : "\(Bytes(bytes))"
    return "\(name)  \(share)  \(state.words)"
  }
}
