import LanguageModels

/// How far one step of a search by steps goes.
public enum StepUnit: Sendable, Equatable, CustomStringConvertible {
  /// So many tokens.
  case tokens(Int)
  /// To the end of a line.
  case line
  /// To a full stop, a question mark or an exclamation mark, and quotation marks or brackets after it; or to the end of a line.
  case sentence

  /// Whether a step ends after its last token.
  func ends(_ tokens: ArraySlice<Int>, _ vocabulary: any Vocabulary) -> Bool {
    switch self {
    case .tokens(let count): return tokens.count >= count
    case .line: return vocabulary.text(of: Array(tokens)).unicodeScalars.contains("\n")
    case .sentence:
      let scalars = vocabulary.text(of: Array(tokens)).unicodeScalars
      if scalars.contains("\n") { return true }
      let end = scalars.reversed().drop { $0.properties.isWhitespace || "\"'”’)]»".unicodeScalars.contains($0) }
      guard let last = end.first else { return false }
      return ".!?…".unicodeScalars.contains(last)
    }
  }

  var refusal: String? {
    if case .tokens(let count) = self, count < 1 { return "StepUnit.tokens(\(count)): a step has at least 1 token." }
    return nil
  }

  public var description: String {
    switch self {
    case .tokens(1): "token"
    case .tokens(let count): "\(count) tokens"
    case .line: "line"
    case .sentence: "sentence"
    }
  }
}
