/// One message of a conversation.
///
/// ```swift
/// let prompt = try model.prompt(for: [.user("What is the capital of France?")])
/// try await model.generate(prompt, using: Greedy(maximumNewTokens: 40))
/// ```
public struct ChatMessage: Sendable, Equatable {
  public enum Role: String, Sendable { case system, user, assistant }

  public var role: Role
  public var text: String

  public init(_ role: Role, _ text: String) {
    self.role = role
    self.text = text
  }

  public static func system(_ text: String) -> ChatMessage { ChatMessage(.system, text) }
  public static func user(_ text: String) -> ChatMessage { ChatMessage(.user, text) }
  public static func assistant(_ text: String) -> ChatMessage { ChatMessage(.assistant, text) }
}
