import Display

/// Whether the kernel works: `busy` and `idle` around every request, `starting` once.
public struct Status: MessageContent {
  public enum State: String, Sendable { case starting, busy, idle }

  public var state: State

  public init(_ state: State) { self.state = state }

  public var messageType: String { "status" }
  public var content: JSON { ["execution_state": .string(state.rawValue)] }
}

/// Text that a cell printed.
public struct StreamOutput: MessageContent {
  /// `stdout` or `stderr`.
  public var name: String
  public var text: String

  public init(name: String, text: String) {
    self.name = name
    self.text = text
  }

  public var messageType: String { "stream" }
  public var content: JSON { ["name": .string(name), "text": .string(text)] }
}

/// A value in several forms: as a cell's result, as something displayed, or in place of what was displayed before.
public struct DataOutput: MessageContent {
  public enum Role: Sendable, Equatable {
    case result(executionCount: Int)
    /// `displayID` names the output for later updates.
    case display(displayID: String?)
    case update(displayID: String)
  }

  public var bundle: MIMEBundle
  public var role: Role

  public init(_ bundle: MIMEBundle, role: Role) {
    self.bundle = bundle
    self.role = role
  }

  public var messageType: String {
    switch role {
    case .result: "execute_result"
    case .display: "display_data"
    case .update: "update_display_data"
    }
  }

  public var content: JSON {
    var content: JSON.Object = ["data": bundle.wireData, "metadata": .object(JSON.Object(bundle.metadata)), "transient": [:]]
    switch role {
    case .result(let count): content["execution_count"] = .integer(count)
    case .display(let identifier?), .update(let identifier): content["transient"] = ["display_id": .string(identifier)]
    case .display(nil): break
    }
    return .object(content)
  }
}

/// Removes the outputs of the cell, at once or when the next one comes.
public struct ClearOutput: MessageContent {
  public var waits: Bool

  public init(waits: Bool) { self.waits = waits }

  public var messageType: String { "clear_output" }
  public var content: JSON { ["wait": .bool(waits)] }
}

/// How a cell failed; the same fields are in the reply.
public struct ErrorOutput: MessageContent, Equatable {
  public var name: String
  public var message: String
  /// Lines with ANSI colour.
  public var traceback: [String]

  public init(name: String, message: String, traceback: [String]) {
    self.name = name
    self.message = message
    self.traceback = traceback
  }

  public var messageType: String { "error" }
  public var content: JSON {
    ["ename": .string(name), "evalue": .string(message), "traceback": .array(traceback.map { .string($0) })]
  }
}

/// Tells a front end that its subscription to IOPub has arrived (JEP 65): from now on it misses nothing.
public struct IOPubWelcome: MessageContent {
  /// The topic that was subscribed to; empty for all.
  public var subscription: String

  public init(subscription: String) { self.subscription = subscription }

  public var messageType: String { "iopub_welcome" }
  public var content: JSON { ["subscription": .string(subscription)] }
}
