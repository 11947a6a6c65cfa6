import Display

/// «Please type a line», from a running cell to the front end that runs it, on stdin.
public struct InputRequest: MessageContent {
  public var prompt: String
  /// What is typed must not be seen.
  public var isPassword: Bool

  public init(prompt: String, isPassword: Bool) {
    self.prompt = prompt
    self.isPassword = isPassword
  }

  public var messageType: String { "input_request" }
  public var content: JSON { ["prompt": .string(prompt), "password": .bool(isPassword)] }
}

/// The line that was typed.
public struct InputReply: RequestContent {
  public static let messageType = "input_reply"

  public var value: String

  public init(content: JSON) throws {
    value = try FieldReader(of: Self.messageType, content).string("value")
  }
}
