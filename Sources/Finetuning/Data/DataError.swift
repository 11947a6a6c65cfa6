/// Why a file of labelled texts was refused, or a row of it left out.
public struct DataError: Error, Equatable, Sendable, CustomStringConvertible {
  /// The file, as the caller named it.
  public let file: String
  /// The line, from 1; nil where the whole file is meant.
  public let line: Int?
  /// What is wrong, with the value that was found and what is allowed.
  public let reason: String

  public init(_ file: String, line: Int? = nil, _ reason: String) {
    self.file = file
    self.line = line
    self.reason = reason
  }

  public var description: String { line.map { "\(file), line \($0): \(reason)" } ?? "\(file): \(reason)" }
}

/// What is done with a row that cannot be read.
public enum BadRows: String, Sendable {
  /// The file is refused with the first bad row's line.
  case refused
  /// The row is left out and listed in ``LabeledData/skipped``.
  case skipped
}
