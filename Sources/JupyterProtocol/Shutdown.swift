import Display

/// «End yourself»: for good, or because a new kernel takes your place.
public struct ShutdownRequest: RequestContent {
  public static let messageType = "shutdown_request"

  public var isRestart: Bool

  public init(content: JSON) throws {
    isRestart = try FieldReader(of: Self.messageType, content).bool("restart", default: false)
  }
}

public struct ShutdownReply: MessageContent {
  public var isRestart: Bool

  public init(isRestart: Bool) { self.isRestart = isRestart }

  public var messageType: String { "shutdown_reply" }
  public var content: JSON { ["status": "ok", "restart": .bool(isRestart)] }
}
