import Display

/// «What has been run?»
public struct HistoryRequest: RequestContent {
  public static let messageType = "history_request"

  public enum Access: Sendable, Equatable {
    /// The last `count` cells.
    case tail(count: Int)
    /// The cells from `start` up to, not including, `stop` (nil: to the end); session 0 is the running one, negative ones are earlier.
    case range(session: Int, start: Int, stop: Int?)
    /// The last `count` cells (nil: all) whose text matches a pattern in which `*` stands for any text and `?` for one character.
    case search(pattern: String, count: Int?, isUnique: Bool)
  }

  public var access: Access
  /// Whether results are asked for, beside the cells' texts.
  public var wantsOutput: Bool

  public init(content: JSON) throws {
    let fields = FieldReader(of: Self.messageType, content)
    wantsOutput = try fields.bool("output", default: false)
    let kind = try fields.string("hist_access_type", default: "tail")
    switch kind {
    case "tail": access = .tail(count: try fields.integer("n", default: 10))
    case "range":
      access = .range(
        session: try fields.integer("session", default: 0), start: try fields.integer("start", default: 0),
        stop: fields.isPresent("stop") ? try fields.integer("stop") : nil)
    case "search":
      access = .search(
        pattern: try fields.string("pattern", default: "*"), count: fields.isPresent("n") ? try fields.integer("n") : nil,
        isUnique: try fields.bool("unique", default: false))
    default:
      throw MalformedContent("\(Self.messageType): «hist_access_type» is «\(kind)»; expected «tail», «range» or «search»")
    }
  }
}

public struct HistoryReply: MessageContent {
  public struct Entry: Sendable, Equatable {
    /// 0 for the running session.
    public var session: Int
    /// The cell's execution count.
    public var line: Int
    public var input: String
    /// The result's plain text; nil for a cell without a result.
    public var output: String?

    public init(session: Int, line: Int, input: String, output: String?) {
      self.session = session
      self.line = line
      self.input = input
      self.output = output
    }
  }

  public var entries: [Entry]
  public var hasOutput: Bool

  public init(_ entries: [Entry], hasOutput: Bool) {
    self.entries = entries
    self.hasOutput = hasOutput
  }

  public var messageType: String { "history_reply" }

  public var content: JSON {
    let history = entries.map { entry -> JSON in
      let input = JSON.string(entry.input)
      let last: JSON = hasOutput ? [input, entry.output.map { .string($0) } ?? .null] : input
      return [.integer(entry.session), .integer(entry.line), last]
    }
    return ["status": "ok", "history": .array(history)]
  }
}
