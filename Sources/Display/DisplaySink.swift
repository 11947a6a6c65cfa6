internal import Synchronization

/// Where drawn values go: a notebook's wire, or standard output.
public protocol DisplaySink: Sendable {
  /// Shows a value; the identifier is there when it may be updated later.
  func show(_ bundle: MIMEBundle, identifier: String?)
  /// Replaces what was shown under the identifier.
  func update(_ bundle: MIMEBundle, identifier: String)
  /// Takes away what the cell has shown, at once or when the next output comes.
  func clear(wait: Bool)
  /// Whether ``update(_:identifier:)`` replaces what was shown; where it does not, a ``ProgressBar`` shows its last state only.
  var replacesOutputs: Bool { get }
  /// Sends a message of a comm to the front end, if there is one.
  func send(_ message: CommMessage)
}

extension DisplaySink {
  public var replacesOutputs: Bool { true }
  public func send(_ message: CommMessage) {}
}

/// The one place where ``display(_:)`` writes to.
public enum DisplayOutput {
  /// Standard output until something else is put in its place. May be read and set from any thread.
  public static var sink: any DisplaySink {
    get { current.withLock { $0 } }
    set { current.withLock { $0 = newValue } }
  }

  private static let current = Mutex<any DisplaySink>(PlainTextSink())
}

/// Prints the plain text of every value: what a program outside any notebook does.
public struct PlainTextSink: DisplaySink {
  public init() {}

  public func show(_ bundle: MIMEBundle, identifier: String?) { print(bundle.text) }
  public func update(_ bundle: MIMEBundle, identifier: String) { print(bundle.text) }
  public func clear(wait: Bool) {}
  public var replacesOutputs: Bool { false }
}
