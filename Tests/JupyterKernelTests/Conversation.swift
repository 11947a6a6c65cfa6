import Display
import EchoEvaluator
import JupyterKernel
import JupyterProtocol
import Synchronization

/// The transport in memory: a list.
final class Recorder: Transport {
  private let sent = Mutex<[(Message, Channel)]>([])

  func send(_ message: Message, on channel: Channel) { sent.withLock { $0.append((message, channel)) } }

  var messages: [(Message, Channel)] { sent.withLock { $0 } }
}

/// A session in memory: requests are Swift calls, and everything that it sends is a line of a transcript.
final class Conversation: Sendable {
  private let recorder = Recorder()
  let evaluator = EchoEvaluator()
  let session: Session

  init(limit: OutputLimit = OutputLimit()) {
    // The session is made before `self` is whole, so the flag is reached through a box of its own.
    let ending = Ending()
    session = Session(
      evaluator: evaluator, transport: recorder,
      implementation: Implementation(name: "echo", version: "1.0", banner: "hello", helpLinks: [("Help", "https://example.org")]),
      limit: limit, identifier: "k", date: { "now" }, onShutdown: { ending.hasCome.store(true, ordering: .sequentiallyConsistent) })
    self.ending = ending
  }

  private final class Ending: Sendable { let hasCome = Atomic<Bool>(false) }
  private let ending: Ending

  var didShutDown: Bool { ending.hasCome.load(ordering: .sequentiallyConsistent) }
  var messages: [(Message, Channel)] { recorder.messages }

  func request(_ type: String, _ content: JSON = [:], id: String = "r") -> Message {
    let header = MessageHeader(messageID: id, session: "client", username: "ada", date: "then", messageType: type, version: "5.3")
    return Message(identities: [Array("client".utf8)], header: header, content: content)
  }

  /// Serves one request and returns the transcript of what it caused.
  func ask(_ type: String, _ content: JSON = [:], on channel: Channel = .shell) -> [String] {
    let before = messages.count
    session.serve(request(type, content), on: channel)
    return messages[before...].map(line)
  }

  func execute(_ code: String, _ fields: JSON.Object = [:]) -> [String] {
    var content = fields
    content["code"] = .string(code)
    return ask("execute_request", .object(content))
  }

  /// `channel type content`, with the request's identifier where it is not «r».
  func line(_ message: Message, _ channel: Channel) -> String {
    let parent = message.parentHeader["msg_id"]?.stringValue ?? "-"
    return "\(channel.rawValue) \(message.header.messageType)\(parent == "r" ? "" : " (\(parent))") \(message.content.compactText)"
  }
}
