import Display

/// «What does the name at the cursor mean?»
public struct InspectRequest: RequestContent {
  public static let messageType = "inspect_request"

  public var code: String
  /// The cursor in Unicode scalars, inside the code; its end where the request names none.
  public var cursor: Int
  /// Everything that is known (level 1), and not only the gist (level 0).
  public var isDetailed: Bool

  public init(content: JSON) throws {
    let fields = FieldReader(of: Self.messageType, content)
    code = try fields.string("code")
    let end = code.unicodeScalars.count
    cursor = min(max(try fields.integer("cursor_pos", default: end), 0), end)
    isDetailed = try fields.integer("detail_level", default: 0) > 0
  }
}

public struct InspectReply: MessageContent {
  /// nil when nothing is known.
  public var found: MIMEBundle?

  public init(_ found: MIMEBundle?) { self.found = found }

  public var messageType: String { "inspect_reply" }

  public var content: JSON {
    [
      "status": "ok", "found": .bool(found != nil), "data": found?.wireData ?? [:],
      "metadata": .object(JSON.Object(found?.metadata ?? [:])),
    ]
  }
}
