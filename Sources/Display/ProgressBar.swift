internal import Synchronization

/// How far a piece of work has come: one line below the cell that is redrawn in its place.
///
/// ```swift
/// let bar = ProgressBar("training", total: 500, unit: "steps")
/// for batch in batches {
///   bar.advance(note: "loss \(step(batch))")
/// }
/// bar.finish()
/// ```
/// ```
/// training  ████████░░░░░░░░░░░░  210 of 500 steps · 42 % · 8.4 s · 25.0/s · 11.6 s left · loss 2.31
/// ```
/// It appears at once and is redrawn at most ten times a second, whatever the number of calls, which may come from any thread.
/// Saved with the notebook is what was drawn last: the finished work and its time, or where it stopped. In a plain program it is one line
/// on standard error if that is a terminal; elsewhere only the last line is printed.
///
/// For the elements of a sequence see ``progress(_:_:total:unit:)``.
public final class ProgressBar: Sendable {
  /// How often a bar is redrawn at most.
  static let interval = Duration.milliseconds(100)

  private struct State {
    var line: ProgressLine
    var lastDrawing = Duration.zero
    var lastCompleted = 0
    /// Steps until the clock is asked again.
    var untilCheck = 1
    var isOver = false
  }

  private let state: Mutex<State>
  private let place: ProgressPlace
  private let elapsed: @Sendable () -> Duration

  /// Shows a bar at its beginning.
  ///
  /// - Parameters:
  ///   - label: what is being done; may be empty.
  ///   - total: how many steps there are; nil where that is not known: then only what is done is counted.
  ///   - unit: what a step is, in the plural: `"tokens"`; may be empty.
  public convenience init(_ label: String = "", total: Int? = nil, unit: String = "") {
    let start = ContinuousClock.now
    self.init(label, total: total, unit: unit) { ContinuousClock.now - start }
  }

  /// - Parameter elapsed: the time since the beginning.
  init(_ label: String, total: Int?, unit: String, elapsed: @escaping @Sendable () -> Duration) {
    let line = ProgressLine(label: label, unit: unit, total: total.map { max(0, $0) })
    self.elapsed = elapsed
    state = Mutex(State(line: line))
    place = ProgressPlace(showing: line)
  }

  /// How many steps are done.
  public var completed: Int { state.withLock { $0.line.completed } }

  /// So many more steps are done.
  ///
  /// - Parameter note: what else is worth saying, at the end of the line: `"loss 2.31"`; nil leaves the last one.
  public func advance(by count: Int = 1, note: @autoclosure () -> String? = nil) {
    change(by: count, note: note)
  }

  /// So many steps are done in all.
  public func update(to completed: Int, note: @autoclosure () -> String? = nil) {
    let difference = completed - self.completed
    change(by: difference, note: note)
  }

  /// All is done: draws the last state and the whole time. Only the first call does anything.
  public func finish(note: String? = nil) { end(.finished, note: note) }

  /// The work ends before its end: draws where and when. Only the first call does anything.
  public func stop(note: String? = nil) { end(.stopped, note: note) }

  deinit { stop() }

  private func change(by count: Int, note: () -> String?) {
    state.withLock { state in
      guard !state.isOver else { return }
      state.line.completed += count
      state.untilCheck -= 1
      guard state.untilCheck <= 0 else { return }
      let now = elapsed()
      guard now - state.lastDrawing >= Self.interval else {
        // Some hundred steps a drawing at most: a sequence that becomes slow is drawn soon enough, and a fast one does not wait for the clock.
        let seconds = max(1e-9, (now - state.lastDrawing) / .seconds(1))
        let rate = Double(state.line.completed - state.lastCompleted) / seconds
        state.untilCheck = max(1, Int(min(100, rate * 0.01)))
        return
      }
      state.untilCheck = 1
      if let note = note() { state.line.note = note }
      state.line.measure(state.line.completed - state.lastCompleted, in: now - state.lastDrawing)
      state.line.elapsed = now
      state.lastDrawing = now
      state.lastCompleted = state.line.completed
      place.update(state.line)
    }
  }

  private func end(_ how: ProgressLine.Phase, note: String?) {
    state.withLock { state in
      guard !state.isOver else { return }
      state.isOver = true
      state.line.phase = how
      state.line.elapsed = elapsed()
      if let note { state.line.note = note }
      place.finish(state.line)
    }
  }
}

/// Where a bar is drawn: at a place that can be replaced, or in a terminal.
private enum ProgressPlace: Sendable {
  case handle(DisplayHandle)
  case terminal
  case lastLine

  init(showing line: ProgressLine) {
    if DisplayOutput.sink.replacesOutputs {
      self = .handle(DisplayHandle(showing: line))
    } else if standardErrorIsTerminal {
      self = .terminal
      update(line)
    } else {
      self = .lastLine
    }
  }

  func update(_ line: ProgressLine) {
    switch self {
    case .handle(let handle): handle.update(line)
    case .terminal: writeToStandardError("\r\(line.text)\u{1B}[K")
    case .lastLine: break
    }
  }

  func finish(_ line: ProgressLine) {
    update(line)
    switch self {
    case .handle: break
    case .terminal: writeToStandardError("\n")
    case .lastLine: DisplayOutput.sink.show(line.mimeBundle, identifier: nil)
    }
  }
}
