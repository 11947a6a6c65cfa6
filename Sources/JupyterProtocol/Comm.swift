import Display

/// «Which comms are open?», of one target or of all.
public struct CommInfoRequest: RequestContent {
  public static let messageType = "comm_info_request"

  /// Nil for all.
  public var target: String?

  public init(content: JSON) throws {
    let fields = FieldReader(of: Self.messageType, content)
    target = fields.isPresent("target_name") ? try fields.string("target_name") : nil
  }
}

public struct CommInfoReply: MessageContent {
  /// Identifier → name of the target.
  public var comms: [(identifier: String, target: String)]

  public init(comms: [(identifier: String, target: String)]) { self.comms = comms }

  public var messageType: String { "comm_info_reply" }
  public var content: JSON {
    ["status": "ok", "comms": .object(JSON.Object(comms.map { ($0.identifier, ["target_name": .string($0.target)]) }))]
  }
}

extension CommMessage {
  /// The types of message that carry one.
  public static let messageTypes = ["comm_open", "comm_msg", "comm_close"]

  /// Reads a message of one of ``messageTypes``.
  ///
  /// - Throws: ``MalformedContent``.
  public init(_ message: Message) throws {
    let fields = FieldReader(of: message.header.messageType, message.content)
    let kind: Kind =
      switch message.header.messageType {
      case "comm_open": .open(target: try fields.string("target_name", default: ""))
      case "comm_close": .close
      default: .message
      }
    self.init(
      kind, try fields.string("comm_id"), data: message.content["data"] ?? [:], metadata: message.metadata, buffers: message.buffers)
  }
}

/// A message of a comm on its way to the front ends.
public struct CommOutput: MessageContent {
  public var message: CommMessage

  public init(_ message: CommMessage) { self.message = message }

  public var messageType: String {
    switch message.kind {
    case .open: "comm_open"
    case .message: "comm_msg"
    case .close: "comm_close"
    }
  }

  public var content: JSON {
    var content: JSON.Object = ["comm_id": .string(message.identifier), "data": message.data]
    if case .open(let target) = message.kind { content["target_name"] = .string(target) }
    return .object(content)
  }

  public var metadata: JSON { message.metadata }
  public var buffers: [[UInt8]] { message.buffers }
}
