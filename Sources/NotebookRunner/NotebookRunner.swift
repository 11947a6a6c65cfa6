import Display
import JupyterKernel
import JupyterProtocol

/// Runs the cells of a notebook in order through a ``Session``, the same one that serves the wire.
public struct NotebookRunner: Sendable {
  /// The cell at which a run ended.
  public struct FailedCell: Sendable, Equatable {
    /// From 1, counting the cells of every kind.
    public var number: Int
    public var firstLine: String
    public var errorName: String
    public var errorMessage: String

    /// `cell 3 («let x = y») failed: CompileError: cannot find 'y' in scope`
    public var sentence: String { "cell \(number) («\(firstLine)») failed: \(errorName): \(errorMessage)" }
  }

  private let session: Session
  private let transport: RunTransport
  private let report: TerminalReport
  private let timeout: Duration?
  private let now: @Sendable () -> ContinuousClock.Instant

  /// - Parameters:
  ///   - timeout: how long one cell may run; nil for ever.
  ///   - now: the time, which tests stop.
  public init(
    evaluator: any Evaluator, implementation: Implementation, report: TerminalReport, timeout: Duration? = nil,
    now: @escaping @Sendable () -> ContinuousClock.Instant = { ContinuousClock.now }
  ) {
    transport = RunTransport(report: report)
    session = Session(evaluator: evaluator, transport: transport, implementation: implementation, limit: .ofEnvironment)
    self.report = report
    self.timeout = timeout
    self.now = now
  }

  /// Asks the running cell to stop.
  public func interrupt() { session.interrupt() }

  /// Runs every code cell up to the first that fails, puts the outputs into the notebook, and ends the evaluator's processes.
  ///
  /// A cell with the tag `raises-exception` may fail. The outputs of cells that did not run are removed: they would be of another run.
  ///
  /// - Returns: the cell that failed, or nil.
  /// - Throws: when the system has nothing left to measure a timeout with.
  public func run(_ notebook: inout Notebook) throws -> FailedCell? {
    let start = now()
    transport.begin(cellCount: notebook.cells.count)
    describeLanguage(in: &notebook)
    var failed: FailedCell?
    var ran = 0
    for index in notebook.cells.indices {
      let cell = notebook.cells[index]
      report.begin(cell, number: index + 1, of: notebook.cells.count)
      guard cell.kind == .code, !cell.source.allSatisfy(\.isWhitespace) else { continue }
      ran += 1
      let cellStart = now()
      let failure = try run(cell, index: index)
      report.end(after: cellStart.duration(to: now()))
      if let failure, !cell.tags.contains("raises-exception") {
        failed = failure
        break
      }
    }
    let (outputs, counts, widgets) = transport.results
    notebook.metadata["widgets"] = widgets
    for index in notebook.cells.indices {
      notebook.cells[index].outputs = outputs[index]
      notebook.cells[index].executionCount = counts[index]
    }
    report.finish(failed: failed, codeCells: ran, after: start.duration(to: now()))
    session.serve(request("shutdown_request", ["restart": false]), on: .control)
    return failed
  }

  private func run(_ cell: NotebookCell, index: Int) throws -> FailedCell? {
    transport.begin(cell: index)
    let alarm = try timeout.map { try Alarm(after: $0) { [session] in session.interrupt() } }
    session.serve(request("execute_request", ["code": .string(cell.source), "allow_stdin": false]), on: .shell)
    let wasLate = alarm?.stop() ?? false
    guard let reply = transport.takeReply(), reply["status"] != "ok" else { return nil }
    let message = reply["evalue"]?.stringValue ?? ""
    return FailedCell(
      number: index + 1, firstLine: cell.firstLine, errorName: wasLate ? "Timeout" : reply["ename"]?.stringValue ?? "",
      errorMessage: wasLate ? "it ran for longer than \(seconds(of: timeout)) s and was interrupted" : message)
  }

  /// `0.3`, `60`
  private func seconds(of duration: Duration?) -> String {
    let seconds = (duration ?? .zero) / .seconds(1)
    return seconds == seconds.rounded() ? "\(Int(seconds))" : "\(seconds)"
  }

  private func request(_ type: String, _ content: JSON) -> Message {
    let header = MessageHeader(
      messageID: "run", session: "run", username: "run", date: "", messageType: type, version: Message.protocolVersion)
    return Message(header: header, content: content)
  }

  /// A notebook that does not say in which language it is gets it said, as a front end does when it saves.
  private func describeLanguage(in notebook: inout Notebook) {
    session.serve(request("kernel_info_request", [:]), on: .shell)
    let information = transport.takeReply()
    if notebook.metadata["language_info"] == nil, let language = information?["language_info"] {
      notebook.metadata["language_info"] = language
    }
  }
}
