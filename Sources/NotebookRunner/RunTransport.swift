import Display
import JupyterKernel
import JupyterProtocol
import Synchronization

/// The transport of a run: nothing is sent anywhere; outputs are shown and recorded, replies kept.
final class RunTransport: Transport {
  private struct State {
    var recorder = OutputRecorder(cellCount: 0)
    var counts: [Int?] = []
    var cell = 0
    var reply: JSON?
  }

  private let report: TerminalReport
  private let state = Mutex(State())

  init(report: TerminalReport) { self.report = report }

  func begin(cellCount: Int) {
    state.withLock { state in
      state.recorder = OutputRecorder(cellCount: cellCount)
      state.counts = Array(repeating: nil, count: cellCount)
    }
  }

  func begin(cell: Int) {
    state.withLock { state in
      state.cell = cell
      state.recorder.begin(cell: cell)
    }
  }

  func send(_ message: Message, on channel: Channel) {
    state.withLock { state in
      switch (channel, message.header.messageType) {
      case (.iopub, "execute_input"): state.counts[state.cell] = message.content["execution_count"]?.intValue
      case (.iopub, "status"): break
      case (.iopub, _):
        state.recorder.record(message)
        report.show(message)
      default: state.reply = message.content
      }
    }
  }

  func takeReply() -> JSON? {
    state.withLock { state in
      defer { state.reply = nil }
      return state.reply
    }
  }

  var results: (outputs: [[NotebookOutput]], counts: [Int?], widgets: JSON?) {
    state.withLock { ($0.recorder.outputs, $0.counts, $0.recorder.widgets.metadata) }
  }
}
