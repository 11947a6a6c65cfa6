import Display

/// «Run this cell.»
public struct ExecuteRequest: RequestContent {
  public static let messageType = "execute_request"

  public var code: String
  /// Nothing is shown, counted or remembered.
  public var isSilent: Bool
  /// Whether the cell counts and goes to the history; never when silent.
  public var storesHistory: Bool
  /// Name → expression; each is evaluated after the cell and answered in the reply.
  public var userExpressions: [(name: String, expression: String)]
  /// Whether the cell may ask the user for a line.
  public var allowsInput: Bool
  /// Whether an error in this cell aborts the cells that wait behind it.
  public var stopsOnError: Bool

  public init(content: JSON) throws {
    let fields = FieldReader(of: Self.messageType, content)
    code = try fields.string("code")
    isSilent = try fields.bool("silent", default: false)
    storesHistory = try fields.bool("store_history", default: true) && !isSilent
    userExpressions = try fields.object("user_expressions", default: [:]).map { name, value in
      guard let expression = value.stringValue else {
        throw MalformedContent("\(Self.messageType): «user_expressions» has \(value.kind) for «\(name)»; expected a string")
      }
      return (name, expression)
    }
    allowsInput = try fields.bool("allow_stdin", default: true)
    stopsOnError = try fields.bool("stop_on_error", default: true)
  }
}

/// How a cell ended. The outputs went over IOPub before.
public enum ExecuteReply: MessageContent {
  /// What the cell wants read in the pager, and the answers to the user expressions, by name.
  case ok(executionCount: Int, pages: [MIMEBundle], userExpressions: JSON.Object)
  case error(executionCount: Int, ErrorOutput)
  /// The cell did not run, because one before it failed.
  case aborted(executionCount: Int)

  public var messageType: String { "execute_reply" }

  public var content: JSON {
    switch self {
    case .ok(let count, let pages, let expressions):
      [
        "status": "ok", "execution_count": .integer(count),
        "payload": .array(pages.map { ["source": "page", "data": $0.wireData, "start": 0] }), "user_expressions": .object(expressions),
      ]
    case .error(let count, let error):
      [
        "status": "error", "execution_count": .integer(count), "payload": [], "user_expressions": [:], "ename": .string(error.name),
        "evalue": .string(error.message), "traceback": .array(error.traceback.map { .string($0) }),
      ]
    case .aborted(let count):
      ["status": "aborted", "execution_count": .integer(count), "payload": [], "user_expressions": [:]]
    }
  }
}

/// The cell's text, sent to every front end before it runs.
public struct ExecuteInput: MessageContent {
  public var code: String
  public var executionCount: Int

  public init(code: String, executionCount: Int) {
    self.code = code
    self.executionCount = executionCount
  }

  public var messageType: String { "execute_input" }
  public var content: JSON { ["code": .string(code), "execution_count": .integer(executionCount)] }
}
