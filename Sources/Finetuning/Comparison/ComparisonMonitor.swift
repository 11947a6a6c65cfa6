internal import Display
internal import Synchronization

/// What a running comparison shows: a bar for the row that runs, the curves of all rows in one picture, the rows so far in one table.
///
/// Picture and table change in their places, at most once a second, and stay when all is done. In a plain program, where nothing can be
/// replaced, only the bars and the last table are printed.
final class ComparisonMonitor {
  private var bar: ProgressBar?
  private var name = ""
  private var finishedSeries: [(name: String, history: TrainingHistory)] = []
  private var curves: DisplayHandle?
  private var table: DisplayHandle?
  private var lastDrawing = ContinuousClock.now - .seconds(10)

  func begin(_ name: String, steps: Int?) {
    bar?.finish()
    self.name = name
    bar = ProgressBar(name, total: steps, unit: steps == nil ? "" : "steps")
  }

  func step(_ trainer: Trainer) {
    bar?.update(to: trainer.step, note: ComparisonMonitor.note(trainer))
    guard DisplayOutput.sink.replacesOutputs, ContinuousClock.now - lastDrawing > .seconds(1), trainer.history.losses.count > 1 else {
      return
    }
    draw(trainer.history)
  }

  func validated(_ trainer: Trainer) { bar?.update(to: trainer.step, note: ComparisonMonitor.note(trainer)) }

  func end(_ trainer: Trainer) {
    if trainer.end == .interrupted {
      bar?.stop(note: ComparisonMonitor.note(trainer))
    } else {
      bar?.finish(note: ComparisonMonitor.note(trainer))
    }
    bar = nil
    finishedSeries.append((name, trainer.history))
    if DisplayOutput.sink.replacesOutputs { draw(nil) }
  }

  func finished(_ comparison: FinetuningComparison) {
    bar?.finish()
    bar = nil
    guard DisplayOutput.sink.replacesOutputs else { return }
    if let table { table.update(comparison.shortTable) } else { table = DisplayHandle(showing: comparison.shortTable) }
  }

  private func draw(_ running: TrainingHistory?) {
    lastDrawing = .now
    let all = finishedSeries + (running.map { [(name, $0)] } ?? [])
    let plot = FinetuningComparison.lossPlot(all)
    if let curves { curves.update(plot) } else { curves = DisplayHandle(showing: plot) }
  }

  private static func note(_ trainer: Trainer) -> String {
    let loss = trainer.lastLoss.map { "loss \(NumberFormat.fixed(3).text($0))" }
    let accuracy = trainer.lastAccuracy.map { "validation \(NumberFormat.percent(1).text($0))" }
    return [loss, accuracy].compactMap { $0 }.joined(separator: ", ")
  }
}
