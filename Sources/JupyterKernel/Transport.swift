import JupyterProtocol

/// Where a session's messages go: sockets, or a list in memory.
///
/// `send` may be called from several threads and returns at once. Messages leave in the order of the calls, whatever their channels.
public protocol Transport: AnyObject, Sendable {
  func send(_ message: Message, on channel: Channel)
}
