/// One message of a comm: a conversation of its own between a cell's objects and something in the front end.
public struct CommMessage: Sendable, Equatable {
  public enum Kind: Sendable, Equatable {
    /// Begins the conversation with whoever the target names.
    case open(target: String)
    case message
    case close
  }

  public var kind: Kind
  /// Names the comm; the same in all its messages.
  public var identifier: String
  public var data: JSON
  public var metadata: JSON
  /// Binary attachments.
  public var buffers: [[UInt8]]

  public init(_ kind: Kind, _ identifier: String, data: JSON = [:], metadata: JSON = [:], buffers: [[UInt8]] = []) {
    self.kind = kind
    self.identifier = identifier
    self.data = data
    self.metadata = metadata
    self.buffers = buffers
  }
}
