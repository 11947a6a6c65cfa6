import Display

/// «May this text be run, or does a line follow?», as consoles ask on Return.
public struct IsCompleteRequest: RequestContent {
  public static let messageType = "is_complete_request"

  public var code: String

  public init(content: JSON) throws {
    code = try FieldReader(of: Self.messageType, content).string("code")
  }
}

public enum IsCompleteReply: MessageContent, Equatable {
  case complete
  /// With the white space that begins the next line.
  case incomplete(indent: String)
  case invalid
  case unknown

  public var messageType: String { "is_complete_reply" }

  public var content: JSON {
    switch self {
    case .complete: ["status": "complete"]
    case .incomplete(let indent): ["status": "incomplete", "indent": .string(indent)]
    case .invalid: ["status": "invalid"]
    case .unknown: ["status": "unknown"]
    }
  }
}
