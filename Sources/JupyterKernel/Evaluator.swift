import Display

/// What runs the cells of a session: the seam between the kernel, which knows the wire, and a language, which it does not know.
///
/// The session calls ``evaluate(_:emit:)`` for one cell at a time, from a thread of its own, and everything else from any thread,
/// also while a cell runs. `SwiftEvaluator` is the real one; the tests drive the session with an `EchoEvaluator`.
public protocol Evaluator: AnyObject, Sendable {
  /// What `kernel_info_reply` says of the language.
  var language: LanguageInfo { get }

  /// Runs a cell to its end and returns how it ended.
  ///
  /// Every output goes through `emit`, in order, and all of it before the function returns: nothing may be emitted afterwards.
  func evaluate(_ cell: Cell, emit: @escaping @Sendable (CellOutput) -> Void) -> CellOutcome

  /// These cells wait behind the running one, with the numbers that they will have: an evaluator may prepare them. Returns at once.
  func foresee(_ cells: [Cell])

  /// Hands a message of a comm to the cells' objects, and returns how its handling ended; as with a cell, outputs go through `emit`.
  ///
  /// A comm to an unknown target is closed again. Called from the thread that evaluates cells, never while one runs.
  ///
  /// - Parameter request: identifies the message that brought it.
  func receive(_ message: CommMessage, request: String, emit: @escaping @Sendable (CellOutput) -> Void) -> CellOutcome

  /// Asks the running cell to stop; returns at once. The cell's state is kept. Does nothing when no cell runs.
  func interrupt()

  /// Answers the question that the running cell has put with ``CellOutput/inputRequest(prompt:isPassword:)``.
  func answer(_ answer: InputAnswer)

  /// Whether the text could be run as it stands.
  func completeness(of text: String) -> Completeness

  /// What may be written at the cursor.
  ///
  /// - Parameter position: the cursor, in Unicode scalars from the beginning of the text.
  func completions(in text: String, at position: Int) -> Completions

  /// What the name at the cursor means, as plain text and Markdown; nil when nothing is known of it.
  ///
  /// - Parameters:
  ///   - position: the cursor, in Unicode scalars from the beginning of the text.
  ///   - isDetailed: the whole documentation, not only its first paragraph.
  func inspection(of text: String, at position: Int, isDetailed: Bool) -> MIMEBundle?

  /// Ends every process that the evaluator started; the evaluator is not used afterwards.
  func shutdown()
}

extension Evaluator {
  public func foresee(_ cells: [Cell]) {}

  /// What a language does that has no comms.
  public func receive(_ message: CommMessage, request: String, emit: @escaping @Sendable (CellOutput) -> Void) -> CellOutcome {
    if case .open = message.kind { emit(.comm(CommMessage(.close, message.identifier))) }
    return .finished
  }
}

/// One cell, as it is handed to an evaluator.
public struct Cell: Sendable {
  public var text: String
  /// The number that the notebook shows beside the cell, `In[n]`; nil for a cell that does not count (`silent`).
  public var number: Int?

  public init(text: String, number: Int?) {
    self.text = text
    self.number = number
  }
}

/// Something that a running cell shows.
public enum CellOutput: Sendable {
  public enum Stream: String, Sendable { case standardOutput = "stdout", standardError = "stderr" }

  /// Text as it was printed: whole UTF-8 sequences, in the order in which it was written.
  case text(String, Stream)
  /// `display(x)`; the identifier is there when the cell asked for a handle that it can update.
  case display(MIMEBundle, identifier: String?)
  case update(MIMEBundle, identifier: String)
  /// The value of the cell's last expression; at most one per cell.
  case result(MIMEBundle)
  case clear(wait: Bool)
  /// Something to read, for the front end's pager.
  case page(MIMEBundle)
  /// A comm is opened, used or closed.
  case comm(CommMessage)
  /// The process that held the variables, and all objects that talked over comms, was replaced.
  case restarted
  /// From now on so many bytes of printed text are shown of this cell; nil shows all that it shows.
  case limit(text: Int?)
  /// The cell waits until ``Evaluator/answer(_:)`` is called. A password must not be seen while it is typed.
  case inputRequest(prompt: String, isPassword: Bool)
}

/// What a cell gets that asked for a line.
public enum InputAnswer: Sendable, Equatable {
  /// What the person typed, without the line feed.
  case line(String)
  /// Nobody can be asked: the cell ends with an error.
  case refused
}

/// How a cell ended.
public enum CellOutcome: Sendable, Equatable {
  case finished
  /// The compiler refused the cell: nothing of it ran.
  case rejected(CellFailure)
  /// The cell threw an error, or called `exit` with a status other than zero. What was declared before that is kept.
  case threw(CellFailure)
  /// The cell trapped. Every variable that had a value keeps it.
  case crashed(CellFailure)
  /// The process that held the variables is gone; a fresh one is ready.
  case lost(CellFailure)
  case interrupted(CellFailure)

  public var failure: CellFailure? {
    switch self {
    case .finished: nil
    case .rejected(let failure), .threw(let failure), .crashed(let failure), .lost(let failure), .interrupted(let failure): failure
    }
  }
}

/// The content of an `error` output.
public struct CellFailure: Sendable, Equatable, Error {
  /// A type's name: `CompileError`, the type of the thrown error, `Trap`, `WorkerDied`, `Interrupted`.
  public var name: String
  /// One sentence, without colour.
  public var message: String
  /// The lines that a notebook shows, with ANSI colour; they say everything that a person needs, the name and the message too.
  public var traceback: [String]

  public init(name: String, message: String, traceback: [String]) {
    self.name = name
    self.message = message
    self.traceback = traceback
  }
}

public enum Completeness: Sendable, Equatable {
  case complete
  /// More lines are needed; `indent` is the white space with which the next one should begin.
  case incomplete(indent: String)
  case invalid
  case unknown
}

public struct LanguageInfo: Sendable {
  public var name: String
  public var version: String
  public var mimeType: String
  public var fileExtension: String
  /// Names of the highlighters: Pygments (nbconvert), CodeMirror (JupyterLab).
  public var pygmentsLexer: String
  public var codeMirrorMode: String

  public init(name: String, version: String, mimeType: String, fileExtension: String, pygmentsLexer: String, codeMirrorMode: String) {
    self.name = name
    self.version = version
    self.mimeType = mimeType
    self.fileExtension = fileExtension
    self.pygmentsLexer = pygmentsLexer
    self.codeMirrorMode = codeMirrorMode
  }
}

/// What may stand at the cursor, and the part of the text that it would replace; places are in Unicode scalars, as the wire counts.
public struct Completions: Sendable, Equatable {
  /// The words that JupyterLab draws an icon for.
  public enum Kind: String, Sendable { case function, instance, property, module, keyword, type = "class", other = "text" }

  public struct Item: Sendable, Equatable {
    /// What is put in.
    public var text: String
    public var kind: Kind
    /// The declaration on one line: `index(after: Int) -> Int`.
    public var signature: String

    public init(text: String, kind: Kind, signature: String) {
      self.text = text
      self.kind = kind
      self.signature = signature
    }
  }

  public var start: Int
  public var end: Int
  /// The best first.
  public var items: [Item]

  public init(start: Int, end: Int, items: [Item]) {
    self.start = start
    self.end = end
    self.items = items
  }
}
