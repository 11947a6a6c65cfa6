import Display
import JupyterProtocol
import Synchronization

extension Session {
  /// Runs a cell: publishes its text and its outputs, and returns the reply.
  func execute(_ request: ExecuteRequest, parent: Message) -> ExecuteReply {
    let count = state.withLock { state in
      if request.storesHistory { state.executionCount += 1 }
      state.isExecuting = true
      return state.executionCount
    }
    defer { state.withLock { $0.isExecuting = false } }
    announceWaitingCells()
    if !request.isSilent { publish(ExecuteInput(code: request.code, executionCount: count), parent: parent) }

    let outputs = CellOutputs(limit) { [self] in hand(on: $0, of: request, count: count, parent: parent) }
    let outcome = evaluator.evaluate(Cell(text: request.code, number: request.storesHistory ? count : nil), emit: outputs.emit)
    let (result, pages) = outputs.close()
    state.withLock { $0.awaitsInput = false }

    if request.storesHistory {
      let entry = HistoryReply.Entry(session: 0, line: count, input: request.code, output: result?.text)
      state.withLock { $0.history.append(entry) }
      historyFile?.append(entry, session: identifier)
    }
    // The objects that talked over them are gone.
    if case .lost = outcome { state.withLock { $0.comms = [] } }
    if let failure = outcome.failure {
      let error = ErrorOutput(name: failure.name, message: failure.message, traceback: failure.traceback)
      if !request.isSilent { publish(error, parent: parent) }
      if request.stopsOnError { abortWaitingCells() }
      return .error(executionCount: count, error)
    }
    return .ok(
      executionCount: count, pages: pages,
      userExpressions: evaluate(request.userExpressions, of: request, count: count, parent: parent))
  }

  /// Lets the evaluator prepare the cells that wait behind the running one, with the numbers that they will have.
  func announceWaitingCells() {
    let count = state.withLock { $0.isExecuting ? $0.executionCount : nil }
    guard var count else { return }
    var cells: [Cell] = []
    for waiting in queue.elements {
      guard waiting.message.header.messageType == ExecuteRequest.messageType else { continue }
      // One that does not count may be anything; what comes behind it depends on it.
      guard !waiting.isAborted, let request = try? ExecuteRequest(content: waiting.message.content), request.storesHistory else { break }
      count += 1
      cells.append(Cell(text: request.code, number: count))
      if cells.count == Self.farthest { break }
    }
    evaluator.foresee(cells)
  }

  /// How many of the waiting cells the evaluator is told of.
  private static let farthest = 16

  /// The cells that were already sent when one failed are not run.
  private func abortWaitingCells() {
    queue.update { waiting in
      if waiting.message.header.messageType == ExecuteRequest.messageType { waiting.isAborted = true }
    }
    announceWaitingCells()
  }

  /// Evaluates each expression as a small cell that does not count; one that fails or has no value is answered with its error.
  private func evaluate(
    _ expressions: [(name: String, expression: String)], of request: ExecuteRequest, count: Int, parent: Message
  ) -> JSON.Object {
    JSON.Object(
      expressions.map { name, expression -> (String, JSON) in
        let outputs = CellOutputs(limit) { [self] output in
          if case .result = output { return }
          hand(on: output, of: request, count: count, parent: parent)
        }
        let outcome = evaluator.evaluate(Cell(text: expression, number: nil), emit: outputs.emit)
        let result = outputs.close().result
        let failure = outcome.failure ?? CellFailure(name: "NoValue", message: "the expression has no value", traceback: [])
        if outcome.failure == nil, let result {
          return (name, ["status": "ok", "data": result.wireData, "metadata": .object(JSON.Object(result.metadata))])
        }
        let error = ErrorOutput(name: failure.name, message: failure.message, traceback: failure.traceback)
        guard case .object(var content) = error.content else { return (name, error.content) }
        content["status"] = "error"
        return (name, .object(content))
      })
  }

  private func hand(on output: CellOutput, of request: ExecuteRequest, count: Int, parent: Message) {
    switch output {
    case .restarted: state.withLock { $0.comms = [] }
    // Not an output: a silent cell may talk to its widgets.
    case .comm(let message): publish(message, parent: parent)
    case .inputRequest(let prompt, let isPassword):
      if request.allowsInput {
        askForInput(InputRequest(prompt: prompt, isPassword: isPassword), parent: parent)
      } else {
        evaluator.answer(.refused)
      }
    default: if !request.isSilent { publish(output, executionCount: count, parent: parent) }
    }
  }

  func publish(_ output: CellOutput, executionCount: Int, parent: Message) {
    switch output {
    case .text(let text, let stream):
      if !text.isEmpty { publish(StreamOutput(name: stream.rawValue, text: text), parent: parent) }
    case .display(let bundle, let identifier):
      publish(DataOutput(bundle, role: .display(displayID: identifier)), parent: parent)
    case .update(let bundle, let identifier):
      publish(DataOutput(bundle, role: .update(displayID: identifier)), parent: parent)
    case .result(let bundle):
      publish(DataOutput(bundle, role: .result(executionCount: executionCount)), parent: parent)
    case .clear(let wait):
      publish(ClearOutput(waits: wait), parent: parent)
    case .comm(let message): publish(message, parent: parent)
    // The first is part of the reply, the second goes to stdin.
    case .page, .inputRequest, .limit, .restarted: break
    }
  }
}

/// The way of one cell's outputs, which is closed when the cell has ended: whatever comes later belongs to no cell and is dropped.
///
/// An output is passed on under the lock, so that none can still be on its way when the cell is declared idle.
final class CellOutputs: Sendable {
  private struct State {
    var isOpen = true
    var result: MIMEBundle?
    var pages: [MIMEBundle] = []
    var gate: OutputGate
  }

  private let state: Mutex<State>
  private let pass: @Sendable (CellOutput) -> Void

  init(_ limit: OutputLimit, _ pass: @escaping @Sendable (CellOutput) -> Void) {
    state = Mutex(State(gate: OutputGate(limit)))
    self.pass = pass
  }

  @Sendable func emit(_ output: CellOutput) {
    state.withLock { state in
      guard state.isOpen else { return log("an output came after its cell had ended; it is dropped") }
      if case .result(let bundle) = output { state.result = bundle }
      if case .page(let bundle) = output { state.pages.append(bundle) }
      if case .limit(let bytes) = output { state.gate.limit = bytes.map { OutputLimit(text: $0) } ?? .none }
      for output in state.gate.admit(output) { pass(output) }
    }
  }

  /// Lets nothing more through, and says what was held back; returns the cell's result and its pages.
  func close() -> (result: MIMEBundle?, pages: [MIMEBundle]) {
    state.withLock { state in
      for output in state.gate.close() { pass(output) }
      state.isOpen = false
      return (state.result, state.pages)
    }
  }
}
