/// A regular expression that the whole text matches.
///
/// ```swift
/// let date = try Pattern(#"\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])"#)
/// try await model.generate("The war ended on ", using: Greedy().checked(by: date))
/// ```
/// The dialect is the regular part of ECMAScript's with the flag `u`: `.` (all but line ends), classes with ranges, negation and escapes,
/// `\d \w \s` (ASCII digits and letters) and their negations, `\n \r \t \f \v \0 \xHH \uHHHH \u{H…}`, general categories `\p{L}`, groups
/// `(…)`, `(?:…)`, `(?<name>…)`, `|`, `* + ? {m} {m,} {m,n}`, also lazy, which changes no text. `^` and `$` may stand at the ends and mean
/// nothing more, since the whole text matches. Refused by name: looking ahead and back, references back, borders of words, possessive
/// repetitions, flags.
///
/// It is compiled to an automaton over bytes that becomes deterministic where texts go, so that a step is a look into a table.
public struct Pattern: Checker {
  /// The expression.
  public let text: String
  private let grammar: CompiledGrammar

  /// - Throws: ``GrammarError``: column, what is wrong and what is allowed.
  public init(_ text: String) throws(GrammarError) {
    var rules = GrammarRules()
    _ = rules.define("root", as: try PatternParser.whole(text))
    do { grammar = try CompiledGrammar(rules) } catch { throw error.of("pattern") }
    self.text = text
  }

  public func begin() -> GrammarState { grammar.begin() }

  public static func == (left: Pattern, right: Pattern) -> Bool { left.text == right.text }

  public var description: String { "Pattern(\"\(text)\")" }
}
