/// A grammar that cannot be used: one sentence that says where, what, and what is allowed.
public struct GrammarError: Error, Equatable, CustomStringConvertible {
  public enum Reason: Sendable, Equatable {
    /// What is wrong with the notation, as a sentence.
    case notation(String)
    /// Rules of which each begins with the next, and the last with the first.
    case leftRecursion([String])
    /// No text is right.
    case matchesNothing
    /// The rules need more states than this, mostly because of repetitions with large counts.
    case tooLarge(states: Int)
  }

  public let reason: Reason
  /// Where in the notation, counted from 1; nil where the whole is meant.
  public let line: Int?
  public let column: Int?
  /// What the notation is called: «GBNF», «pattern», «JSON Schema».
  public var notation: String

  init(_ reason: Reason, notation: String = "grammar", line: Int? = nil, column: Int? = nil) {
    self.reason = reason
    self.notation = notation
    self.line = line
    self.column = column
  }

  func of(_ notation: String) -> GrammarError {
    var error = self
    error.notation = notation
    return error
  }

  public var description: String {
    let place = line.map { line in ", line \(line)" + (column.map { ", column \($0)" } ?? "") } ?? ""
    switch reason {
    case .notation(let sentence): return "\(notation)\(place): \(sentence)"
    case .leftRecursion(let rules):
      let names = rules.map { "«\($0)»" }
      return "\(notation): the rule \(names[0]) begins with itself (\(names.joined(separator: " → "))); "
        + "write the repetition after what it repeats, as in «list ::= item (\",\" item)*»."
    case .matchesNothing: return "\(notation): no text matches; every rule that is needed must be able to end."
    case .tooLarge(let states):
      return "\(notation): the rules need more than \(states) states; use smaller counts in repetitions and lengths."
    }
  }
}
