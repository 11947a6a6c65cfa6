extension JSON {
  /// Why a text is not JSON, and where.
  public struct ParsingError: Error, Sendable, Equatable, CustomStringConvertible {
    public enum Reason: Sendable, Equatable {
      /// What may stand there, and what stands there (nil at the end of the text).
      case expected(String, found: String?)
      /// More than `JSON.maximumDepth` arrays and objects inside one another.
      case tooDeep(limit: Int)
      /// A number whose magnitude no `Double` holds.
      case numberOutOfRange(String)
      /// The string that begins at the position has bytes that are not UTF-8.
      case notUTF8
    }

    public var reason: Reason
    /// From 1.
    public var line: Int
    /// From 1, in code points.
    public var column: Int
    /// From 0: how many bytes come before.
    public var byte: Int

    public var description: String { "line \(line), column \(column) (byte \(byte)): \(reason.sentence)" }
  }
}

extension JSON.ParsingError.Reason {
  var sentence: String {
    switch self {
    case .expected(let what, let found?): "expected \(what), found \(found)"
    case .expected(let what, nil): "expected \(what), found the end of the text"
    case .tooDeep(let limit): "more than \(limit) arrays and objects inside one another"
    case .numberOutOfRange(let number): "the number \(number) is too large for 64-bit floating point"
    case .notUTF8: "expected a string in UTF-8, found a byte sequence that is not UTF-8 in the string that begins here"
    }
  }
}
