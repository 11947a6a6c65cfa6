import JupyterProtocol
import Synchronization

/// Makes the messages of one session: gives each its number, its date, and its parent.
final class MessageFactory: Sendable {
  let session: String
  private let username: String
  private let date: @Sendable () -> String
  private let count = Atomic<Int>(0)

  init(session: String, username: String, date: @escaping @Sendable () -> String) {
    self.session = session
    self.username = username
    self.date = date
  }

  private func header(_ messageType: String) -> MessageHeader {
    let number = count.add(1, ordering: .relaxed).newValue
    return MessageHeader(
      messageID: "\(session)_\(number)", session: session, username: username, date: date(), messageType: messageType,
      version: Message.protocolVersion)
  }

  /// A message for everybody, caused by a request or, with nil, by none.
  func publication(_ content: some MessageContent, parent: Message?) -> Message {
    let type = content.messageType
    return Message(
      identities: [Array("kernel.\(session).\(type)".utf8)], header: header(type), parentHeader: parent?.headerAsParent ?? [:],
      metadata: content.metadata, content: content.content, buffers: content.buffers)
  }

  /// The answer to whoever sent a request.
  func reply(_ content: any MessageContent, to request: Message) -> Message {
    Message(
      identities: request.identities, header: header(content.messageType), parentHeader: request.headerAsParent, content: content.content)
  }

  /// For one subscription: its topic is the subscribed one, so that it reaches who subscribed.
  func welcome(subscription: [UInt8]) -> Message {
    let content = IOPubWelcome(subscription: String(decoding: subscription, as: UTF8.self))
    return Message(identities: [subscription], header: header(content.messageType), content: content.content)
  }
}
