/// Shows values below the cell, in the richest form that each has; in a plain program, prints them as text.
///
/// ```swift
/// display(table, tree)
/// ```
public func display(_ values: Any...) {
  for value in values { DisplayOutput.sink.show(MIMEBundle(describing: value), identifier: nil) }
}

/// A place below the cell whose content can be replaced, from this cell or a later one.
///
/// ```swift
/// let progress = DisplayHandle(showing: "0 %")
/// progress.update("50 %")
/// ```
/// In a plain program every update prints its text.
public struct DisplayHandle: Sendable {
  /// The name under which front ends know the place. No two handles share one, those of another process included.
  public let identifier: String

  /// Shows the value and remembers where.
  public init(showing value: Any) {
    identifier = "beamline-\(UInt64.random(in: .min ... .max))"
    DisplayOutput.sink.show(MIMEBundle(describing: value), identifier: identifier)
  }

  /// Shows the value in the place of the one before.
  public func update(_ value: Any) {
    DisplayOutput.sink.update(MIMEBundle(describing: value), identifier: identifier)
  }
}

/// Takes away what the cell has shown so far; with `wait`, only when the next output comes, so that nothing flickers.
///
/// In a plain program it does nothing: what was printed stays.
public func clearOutput(wait: Bool = false) {
  DisplayOutput.sink.clear(wait: wait)
}
