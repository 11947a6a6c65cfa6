@testable import Display
import Synchronization
import Testing

private final class Recorder: DisplaySink {
  private let calls = Mutex<[String]>([])
  var lines: [String] { calls.withLock { $0 } }
  let replacesOutputs: Bool

  init(replacesOutputs: Bool = true) { self.replacesOutputs = replacesOutputs }

  func show(_ bundle: MIMEBundle, identifier: String?) { calls.withLock { $0.append(bundle.text) } }
  func update(_ bundle: MIMEBundle, identifier: String) { calls.withLock { $0.append(bundle.text) } }
  func clear(wait: Bool) {}
}

private final class Clock: Sendable {
  private let time = Mutex(Duration.zero)
  var now: Duration { time.withLock { $0 } }
  func pass(_ duration: Duration) { time.withLock { $0 += duration } }
}

extension SinkTests {
  @Suite("Progress")
  struct ProgressTests {
    /// What was drawn while the body ran.
    private func drawn(_ recorder: Recorder = Recorder(), _ body: () async throws -> Void) async rethrows -> [String] {
      let before = DisplayOutput.sink
      DisplayOutput.sink = recorder
      defer { DisplayOutput.sink = before }
      try await body()
      return recorder.lines
    }

    @Test("A bar is drawn at its beginning, ten times a second, and at its end")
    func bar() async {
      let clock = Clock()
      let lines = await drawn {
        let bar = ProgressBar("training", total: 8, unit: "steps") { clock.now }
        for step in 1...8 {
          clock.pass(.milliseconds(50))
          bar.advance(note: "loss \(step)")
        }
        bar.finish(note: "loss 8")
      }
      #expect(
        lines == [
          "training  ░░░░░░░░░░░░░░░░░░░░  0 of 8 steps · 0 %",
          "training  █████░░░░░░░░░░░░░░░  2 of 8 steps · 25 % · 0.10 s · 20.0/s · 0.30 s left · loss 2",
          "training  ██████████░░░░░░░░░░  4 of 8 steps · 50 % · 0.20 s · 20.0/s · 0.20 s left · loss 4",
          "training  ███████████████░░░░░  6 of 8 steps · 75 % · 0.30 s · 20.0/s · 0.10 s left · loss 6",
          "training  ████████████████████  8 of 8 steps · 100 % · 0.40 s · 20.0/s · loss 8",
          "training  ████████████████████  8 steps in 0.40 s · 20.0/s · loss 8",
        ])
    }

    @Test("A hundred thousand steps in a second are drawn ten times")
    func throttled() async {
      let clock = Clock()
      let lines = await drawn {
        let bar = ProgressBar("", total: 100_000, unit: "") { clock.now }
        for _ in 0..<100_000 {
          clock.pass(.microseconds(10))
          bar.advance()
        }
        bar.finish()
      }
      #expect((11...12).contains(lines.count))
      #expect(lines.last == "████████████████████  100,000 in 1.0 s · 100,000/s")
    }

    @Test("A loop that is left early says where; one without a known length only counts")
    func sequences() async throws {
      let whole = await drawn { for _ in progress([1, 2, 3], "all") {} }
      #expect(whole.first == "all  ░░░░░░░░░░░░░░░░░░░░  0 of 3 · 0 %")
      #expect(whole.last?.hasPrefix("all  ████████████████████  3 in ") == true)
      let left = await drawn { for number in progress(1...10) where number == 4 { break } }
      #expect(left.last?.hasPrefix("██████░░░░░░░░░░░░░░  stopped at 3 of 10 after ") == true)
      let unknown = await drawn { for _ in progress(sequence(first: 1) { $0 < 5 ? $0 + 1 : nil }, unit: "words") {} }
      #expect(unknown.first == "0 words")
      #expect(unknown.last?.hasPrefix("5 words in ") == true)
      let none = await drawn { for _ in progress([Int]()) {} }
      #expect(none.last?.hasPrefix("████████████████████  0 in ") == true)
    }

    @Test("An asynchronous sequence keeps its elements and its errors")
    func asynchronous() async throws {
      struct Broken: Error {}
      var sum = 0
      let numbers = AsyncStream { continuation in
        for number in 1...4 { continuation.yield(number) }
        continuation.finish()
      }
      let lines = await drawn { for await number in progress(numbers, "numbers", total: 4) { sum += number } }
      #expect(sum == 10)
      #expect(lines.last?.hasPrefix("numbers  ████████████████████  4 in ") == true)
      let broken = await drawn {
        let stream = AsyncThrowingStream<Int, any Error> { continuation in
          continuation.yield(1)
          continuation.finish(throwing: Broken())
        }
        await #expect(throws: Broken.self) { for try await _ in progress(stream) {} }
      }
      #expect(broken.last?.hasPrefix("stopped at 1 after ") == true)
    }

    @Test("Where outputs are not replaced, only the last line is shown")
    func plain() async {
      let lines = await drawn(Recorder(replacesOutputs: false)) { for _ in progress(0..<1_000, "work") {} }
      #expect(lines.count == 1 || standardErrorIsTerminal)
    }

    @Test("The HTML reads without its bar, and text in it is escaped")
    func html() {
      var line = ProgressLine(label: "a < b", unit: "", total: 4)
      line.completed = 1
      #expect(
        line.html == "<div>a &lt; b&#160; <progress value=\"0.250\" max=\"1\" style=\"width:16em;vertical-align:middle\"></progress>"
          + "&#160; 1 of 4 · 25 %</div>")
      line.completed = 5
      #expect(line.text == "a < b  5", "a total that was wrong is not shown")
    }

    @Test(
      "Times are written for reading",
      arguments: [
        (0.004, "0.00 s"), (0.42, "0.42 s"), (8.44, "8.4 s"), (59.99, "59.9 s"), (125, "2 min 05 s"),
        (12_059, "3 h 20 min"), (.infinity, "–"),
      ])
    func times(seconds: Double, text: String) { #expect(readableTime(seconds) == text) }
  }
}
