import Display

/// `interrupt_request`, on control, has no fields: the running cell is asked to stop. The reply says that it was asked.
public struct InterruptReply: MessageContent {
  public init() {}

  public var messageType: String { "interrupt_reply" }
  public var content: JSON { ["status": "ok"] }
}
