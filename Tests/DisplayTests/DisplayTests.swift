import Display
import Synchronization
import Testing

private final class Recorder: DisplaySink {
  private let calls = Mutex<[String]>([])
  var log: [String] { calls.withLock { $0 } }

  func show(_ bundle: MIMEBundle, identifier: String?) { calls.withLock { $0.append("show \(bundle.text) \(identifier ?? "once")") } }
  func update(_ bundle: MIMEBundle, identifier: String) { calls.withLock { $0.append("update \(bundle.text) \(identifier)") } }
  func clear(wait: Bool) { calls.withLock { $0.append("clear \(wait)") } }
}

/// Tests that put a sink of their own in the place of the one that all share: one after the other.
@Suite("What is displayed goes to the one sink", .serialized)
struct SinkTests {
  @Test("Values, updates and clearing arrive in order, under the handle's own name")
  func order() {
    let before = DisplayOutput.sink
    let recorder = Recorder()
    DisplayOutput.sink = recorder
    defer { DisplayOutput.sink = before }
    display(1, "a")
    let handle = DisplayHandle(showing: [1])
    handle.update([2])
    clearOutput(wait: true)
    let name = handle.identifier
    #expect(recorder.log == ["show 1 once", #"show "a" once"#, "show [1] \(name)", "update [2] \(name)", "clear true"])
    #expect(DisplayHandle(showing: 1).identifier != name)
  }
}
