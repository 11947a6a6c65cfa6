import Display

/// The content of a message that the kernel sends: a type of message and its fields, all of them, always.
public protocol MessageContent: Sendable {
  var messageType: String { get }
  var content: JSON { get }
  var metadata: JSON { get }
  /// Binary attachments.
  var buffers: [[UInt8]] { get }
}

extension MessageContent {
  public var metadata: JSON { [:] }
  public var buffers: [[UInt8]] { [] }
}

/// The content of a request: a field that is missing gets its default where the specification gives one.
public protocol RequestContent: Sendable {
  static var messageType: String { get }
  /// - Throws: ``MalformedContent``.
  init(content: JSON) throws
}

/// The reply to a request that could not be served, of whatever type.
public struct ErrorReply: MessageContent {
  /// `execute_request` is answered by `execute_reply`.
  public var requestType: String
  public var name: String
  public var message: String

  public init(to requestType: String, name: String, message: String) {
    self.requestType = requestType
    self.name = name
    self.message = message
  }

  public var messageType: String {
    let suffix = "_request"
    return (requestType.hasSuffix(suffix) ? String(requestType.dropLast(suffix.count)) : requestType) + "_reply"
  }

  public var content: JSON {
    ["status": "error", "ename": .string(name), "evalue": .string(message), "traceback": [.string("\(name): \(message)")]]
  }
}
