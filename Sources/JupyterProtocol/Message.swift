import Display

/// What goes first in every message: who says what in which session.
public struct MessageHeader: Sendable, Equatable {
  public var messageID: String
  public var session: String
  public var username: String
  /// ISO 8601 with time zone.
  public var date: String
  public var messageType: String
  /// The version of the protocol that the sender speaks.
  public var version: String

  public init(messageID: String, session: String, username: String, date: String, messageType: String, version: String) {
    self.messageID = messageID
    self.session = session
    self.username = username
    self.date = date
    self.messageType = messageType
    self.version = version
  }

  /// Nil without a message type, which alone cannot be done without; whatever else is missing is taken as empty.
  public init?(_ json: JSON) {
    guard let messageType = json["msg_type"]?.stringValue, !messageType.isEmpty else { return nil }
    self.messageType = messageType
    messageID = json["msg_id"]?.stringValue ?? ""
    session = json["session"]?.stringValue ?? ""
    username = json["username"]?.stringValue ?? ""
    date = json["date"]?.stringValue ?? ""
    version = json["version"]?.stringValue ?? ""
  }

  public var json: JSON {
    [
      "msg_id": .string(messageID), "session": .string(session), "username": .string(username), "date": .string(date),
      "msg_type": .string(messageType), "version": .string(version),
    ]
  }
}

/// One message, in whichever direction, without the channel it travels on.
public struct Message: Sendable, Equatable {
  /// The version of the Jupyter messaging protocol that this package speaks.
  public static let protocolVersion = "5.5"

  /// The routing prefix: on shell, control and stdin who asks and gets the reply, on IOPub the topic.
  public var identities: [[UInt8]]
  public var header: MessageHeader
  /// The header of the request that caused this message, field for field as it came; an empty object when there was none.
  public var parentHeader: JSON
  public var metadata: JSON
  public var content: JSON
  /// Binary attachments, which no signature covers.
  public var buffers: [[UInt8]]
  /// The header as it came, for messages that came: replies give it back as their parent, with fields that are not known here.
  public var receivedHeader: JSON?

  public init(
    identities: [[UInt8]] = [], header: MessageHeader, parentHeader: JSON = [:], metadata: JSON = [:], content: JSON,
    buffers: [[UInt8]] = []
  ) {
    self.identities = identities
    self.header = header
    self.parentHeader = parentHeader
    self.metadata = metadata
    self.content = content
    self.buffers = buffers
  }

  /// What a reply to this message carries as its parent header.
  public var headerAsParent: JSON { receivedHeader ?? header.json }
}
