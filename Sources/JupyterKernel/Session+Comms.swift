import Display
import JupyterProtocol

extension Session {
  /// Hands a message of a comm to the evaluator; what is shown meanwhile has it as its parent.
  func receive(_ message: CommMessage, parent: Message) {
    if case .open(let target) = message.kind {
      state.withLock { $0.comms.append((message.identifier, target)) }
    } else if !state.withLock({ $0.comms.contains { $0.identifier == message.identifier } }) {
      // One that has crossed the closing of its comm, or is nobody's.
      return log("«\(parent.header.messageType)» for the comm «\(message.identifier)», which is not open; it is dropped")
    }
    if message.kind == .close { state.withLock { $0.comms.removeAll { $0.identifier == message.identifier } } }
    let outputs = CellOutputs(limit) { [self] output in
      if case .inputRequest = output {
        // A message of a comm has no front end that could be asked.
        evaluator.answer(.refused)
      } else {
        publish(output, executionCount: state.withLock(\.executionCount), parent: parent)
      }
    }
    let outcome = evaluator.receive(message, request: parent.header.messageID, emit: outputs.emit)
    _ = outputs.close()
    if let failure = outcome.failure {
      publish(ErrorOutput(name: failure.name, message: failure.message, traceback: failure.traceback), parent: parent)
    }
    if case .lost = outcome { state.withLock { $0.comms = [] } }
  }

  /// Sends a message of a comm to the front ends, and keeps the list of those that are open.
  func publish(_ message: CommMessage, parent: Message) {
    state.withLock { state in
      switch message.kind {
      case .open(let target): state.comms.append((message.identifier, target))
      case .close: state.comms.removeAll { $0.identifier == message.identifier }
      case .message: break
      }
    }
    publish(CommOutput(message), parent: parent)
  }
}
