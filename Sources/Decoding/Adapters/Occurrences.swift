/// Which tokens of the text a penalty looks at.
public enum Occurrences: Sendable, Equatable, CustomStringConvertible {
  /// What was written after the prompt.
  case generated
  /// Prompt and what was written.
  case all
  /// The last so many tokens, of the prompt too; llama.cpp's `penalty_last_n`.
  case last(Int)

  func tokens(at position: Position) -> ArraySlice<Int> {
    switch self {
    case .generated: position.generated[...]
    case .all: position.tokens[...]
    case .last(let count): position.tokens.suffix(max(0, count))
    }
  }

  public var description: String {
    switch self {
    case .generated: "generated"
    case .all: "all"
    case .last(let count): "last(\(count))"
    }
  }
}
