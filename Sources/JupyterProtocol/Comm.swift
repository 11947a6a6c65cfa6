import Display

/// «Which comms are open?», of one target or of all.
public struct CommInfoReply: MessageContent {
  /// Identifier → name of the target.
  public var comms: [(identifier: String, target: String)]

  public init(comms: [(identifier: String, target: String)]) { self.comms = comms }

  public var messageType: String { "comm_info_reply" }
  public var content: JSON {
    ["status": "ok", "comms": .object(JSON.Object(comms.map { ($0.identifier, ["target_name": .string($0.target)]) }))]
  }
}

/// A front end opens a comm to a target that the kernel may or may not know.
public struct CommOpen: RequestContent {
  public static let messageType = "comm_open"

  public var identifier: String
  public var target: String

  public init(content: JSON) throws {
    let fields = FieldReader(of: Self.messageType, content)
    identifier = try fields.string("comm_id")
    target = try fields.string("target_name", default: "")
  }
}

/// Closes a comm; also the answer to one for a target that nobody has.
public struct CommClose: MessageContent {
  public var identifier: String

  public init(identifier: String) { self.identifier = identifier }

  public var messageType: String { "comm_close" }
  public var content: JSON { ["comm_id": .string(identifier), "data": [:]] }
}
