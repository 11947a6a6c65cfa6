import Display
import JupyterProtocol
import Testing

@testable import JupyterKernel

@Suite("The outbox keeps the order and joins text")
struct OutboxTests {
  static let start = ContinuousClock.now

  static func message(_ content: some MessageContent, parent: String = "p") -> Message {
    let header = MessageHeader(messageID: "1", session: "s", username: "u", date: "d", messageType: content.messageType, version: "5.5")
    return Message(header: header, parentHeader: ["msg_id": .string(parent)], content: content.content)
  }

  static func text(_ text: String, _ name: String = "stdout", parent: String = "p") -> Message {
    message(StreamOutput(name: name, text: text), parent: parent)
  }

  func contents(_ taken: [(message: Message, channel: Channel)]) -> [String] {
    taken.map { $0.message.content["text"]?.stringValue ?? $0.message.header.messageType }
  }

  @Test("ten thousand lines are one message, and it is out before idle")
  func lines() {
    var outbox = Outbox()
    for number in 0..<10_000 { outbox.append(Self.text("\(number)\n"), on: .iopub) }
    outbox.append(Self.message(Status(.idle)), on: .iopub)
    let taken = contents(outbox.take(at: Self.start))
    #expect(taken == [(0..<10_000).map { "\($0)\n" }.joined(), "status"])
    #expect(outbox.isEmpty)
  }

  @Test("the first text leaves at once, the next waits its turn, and what comes behind it pushes it out")
  func timing() {
    var outbox = Outbox()
    outbox.append(Self.text("a"), on: .iopub)
    #expect(contents(outbox.take(at: Self.start)) == ["a"])

    outbox.append(Self.text("b"), on: .iopub)
    #expect(contents(outbox.take(at: Self.start + .milliseconds(24))) == [])
    #expect(outbox.deadline == Self.start + Outbox.interval)
    outbox.append(Self.text("c"), on: .iopub)
    #expect(contents(outbox.take(at: Self.start + .milliseconds(25))) == ["bc"])
    #expect(outbox.deadline == nil)

    outbox.append(Self.text("d"), on: .iopub)
    outbox.append(Self.message(Status(.idle)), on: .iopub)
    #expect(outbox.deadline == nil)
    #expect(contents(outbox.take(at: Self.start + .milliseconds(26))) == ["d", "status"])
  }

  @Test("text is joined only within one stream of one cell, and never across another message")
  func boundaries() {
    var outbox = Outbox()
    for message in [
      Self.text("a"), Self.text("b", "stderr"), Self.text("c", "stderr"), Self.text("d"), Self.text("e", parent: "q"),
      Self.message(ClearOutput(waits: false), parent: "q"), Self.text("f", parent: "q"),
    ] { outbox.append(message, on: .iopub) }
    #expect(contents(outbox.take(at: Self.start)) == ["a", "bc", "d", "e", "clear_output", "f"])
  }

  @Test("channels share one line")
  func channels() {
    var outbox = Outbox()
    outbox.append(Self.text("a"), on: .iopub)
    outbox.append(Self.message(InterruptReply()), on: .control)
    outbox.append(Self.text("b"), on: .iopub)
    #expect(outbox.take(at: Self.start).map(\.channel) == [.iopub, .control, .iopub])
  }

  @Test("whatever the times of taking, all text comes out, in order", arguments: 0..<50)
  func law(seed: Int) {
    var random = SystemLikeGenerator(state: UInt64(seed))
    var outbox = Outbox()
    var now = Self.start
    var expected: [String] = []
    var taken: [String] = []
    for number in 0..<200 {
      if random.next() % 4 == 0 {
        outbox.append(Self.message(Status(.idle)), on: .iopub)
        expected.append("status")
      } else {
        outbox.append(Self.text("<\(number)>"), on: .iopub)
        expected.append("<\(number)>")
      }
      now += .milliseconds(Int(random.next() % 20))
      if random.next() % 3 == 0 { taken += contents(outbox.take(at: now)) }
    }
    taken += contents(outbox.take(at: now + .seconds(1)))
    #expect(taken.joined() == expected.joined())
    #expect(outbox.isEmpty)
  }

  @Test("of the updates of a display only the last leaves, after what came before it; two displays do not hold each other up")
  func updates() {
    func update(_ name: String, _ text: String) -> Message {
      Self.message(DataOutput(MIMEBundle(text: text), role: .update(displayID: name)))
    }
    var outbox = Outbox()
    outbox.append(Self.text("a"), on: .iopub)
    for number in 0..<1_000 {
      outbox.append(update("x", "\(number)"), on: .iopub)
      outbox.append(update("y", "\(-number)"), on: .iopub)
    }
    func texts(_ taken: [(message: Message, channel: Channel)]) -> [String] {
      taken.map { $0.message.content["text"]?.stringValue ?? $0.message.content["data"]?["text/plain"]?.stringValue ?? "?" }
    }
    #expect(texts(outbox.take(at: Self.start)) == ["a", "999", "-999"])
    outbox.append(update("x", "1"), on: .iopub)
    outbox.append(update("y", "2"), on: .iopub)
    #expect(texts(outbox.take(at: Self.start + .milliseconds(1))) == [])
    #expect(texts(outbox.take(at: Self.start + .milliseconds(25))) == ["1", "2"])
  }
}

/// A linear congruential generator (Knuth's MMIX constants), its high bits.
struct SystemLikeGenerator {
  var state: UInt64

  mutating func next() -> UInt64 {
    state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
    return state >> 33
  }
}
