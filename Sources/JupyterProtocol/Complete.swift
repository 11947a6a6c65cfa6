import Display

/// «What may stand at the cursor?»
public struct CompleteRequest: RequestContent {
  public static let messageType = "complete_request"

  public var code: String
  /// The cursor in Unicode scalars, inside the code; its end where the request names none.
  public var cursor: Int

  public init(content: JSON) throws {
    let fields = FieldReader(of: Self.messageType, content)
    code = try fields.string("code")
    let end = code.unicodeScalars.count
    cursor = min(max(try fields.integer("cursor_pos", default: end), 0), end)
  }
}

/// What may stand in place of a part of the code, the best first.
public struct CompleteReply: MessageContent {
  public struct Match: Sendable, Equatable {
    public var text: String
    /// The word for which JupyterLab draws an icon: `function`, `property`, `class`, …
    public var type: String
    public var signature: String

    public init(text: String, type: String, signature: String) {
      self.text = text
      self.type = type
      self.signature = signature
    }
  }

  /// The part that a match replaces, in Unicode scalars.
  public var replaced: Range<Int>
  public var matches: [Match]

  public init(replacing replaced: Range<Int>, by matches: [Match]) {
    self.replaced = replaced
    self.matches = matches
  }

  public var messageType: String { "complete_reply" }

  public var content: JSON {
    let start = JSON.integer(replaced.lowerBound)
    let end = JSON.integer(replaced.upperBound)
    let types = matches.map { match -> JSON in
      ["text": .string(match.text), "type": .string(match.type), "signature": .string(match.signature), "start": start, "end": end]
    }
    return [
      "status": "ok", "matches": .array(matches.map { .string($0.text) }), "cursor_start": start, "cursor_end": end,
      "metadata": ["_jupyter_types_experimental": .array(types)],
    ]
  }
}
