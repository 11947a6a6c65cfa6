import Display
import Foundation
import JupyterKernel
import Synchronization
import Testing

@testable import SwiftEvaluator

/// A notebook without a wire: cells go straight to the evaluator, and what they show is collected.
final class TestNotebook {
  let evaluator: SwiftEvaluator
  private var count = 0

  /// - Parameter cache: where compiled cells are kept; a folder that all tests of a run share when nil.
  init(cache: String? = nil) throws {
    evaluator = try SwiftEvaluator(configuration: .init(cache: cache ?? TestNotebook.cache))
  }

  /// A new folder, so that a run of the tests does not depend on the one before.
  static let cache = FileManager.default.temporaryDirectory.appendingPathComponent("beamline-tests-\(UUID())").path
  deinit { evaluator.shutdown() }

  struct Run {
    var output = ""
    var errors = ""
    var result: String?
    var shown: [MIMEBundle] = []
    var comms: [CommMessage] = []
    /// Everything in the order in which it came: text, results and displays.
    var sequence: [String] = []
    var outcome: CellOutcome = .finished
    var failure: CellFailure? { outcome.failure }
    /// The traceback without colours.
    var traceback: [String] { (failure?.traceback ?? []).map { $0.replacing(/\u{1B}\[[0-9;]*m/, with: "") } }
  }

  /// Runs a cell behind which others wait.
  func foresee(_ cells: [String], after first: String) {
    evaluator.foresee(cells.enumerated().map { Cell(text: $1, number: count + 2 + $0) })
    run(first)
  }

  /// Runs a cell; `during` is called when the first output comes.
  @discardableResult func run(_ text: String, during: (@Sendable () -> Void)? = nil) -> Run {
    count += 1
    return collect(during: during) { evaluator.evaluate(Cell(text: text, number: count), emit: $0) }
  }

  /// Hands over a message as a front end would send it.
  @discardableResult func receive(_ message: CommMessage, during: (@Sendable () -> Void)? = nil) -> Run {
    collect(during: during) { evaluator.receive(message, request: "request", emit: $0) }
  }

  private func collect(
    during: (@Sendable () -> Void)?, _ body: (@escaping @Sendable (CellOutput) -> Void) -> CellOutcome
  ) -> Run {
    let collected = Mutex(Run())
    let outcome = body { output in
      let isFirst = collected.withLock { run in
        defer {
          switch output {
          case .text(let text, .standardOutput):
            run.output += text
            run.sequence.append(text)
          case .text(let text, .standardError): run.errors += text
          case .result(let bundle):
            run.result = bundle.text
            run.sequence.append(bundle.text)
          case .display(let bundle, _):
            run.shown.append(bundle)
            run.sequence.append(bundle.text)
          case .update(let bundle, _): run.sequence.append("update " + bundle.text)
          case .clear: run.sequence.append("clear")
          case .page(let bundle): run.sequence.append("page " + bundle.text)
          case .comm(let message): run.comms.append(message)
          case .restarted: run.sequence.append("restarted")
          case .limit(let text): run.sequence.append("limit \(text.map(String.init) ?? "none")")
          case .inputRequest(let prompt, _): run.sequence.append("input " + prompt)
          }
        }
        return run.sequence.isEmpty
      }
      if isFirst { during?() }
    }
    var run = collected.withLock { $0 }
    run.outcome = outcome
    return run
  }
}
