/// A grammar in GBNF, the notation of llama.cpp.
///
/// ```swift
/// let list = try GBNF(#"""
///   root ::= (item "\n")+
///   item ::= "- " [^\n]{1,40}     # a line of a list
///   """#)
/// try await model.generate("Things to buy:\n", using: Greedy().checked(by: list))
/// ```
/// The whole dialect, but for tokens such as `<think>`: literals, classes with ranges and negation, `.`, the escapes `\n \r \t \\ \" \[ \]
/// \xHH \uHHHH \UHHHHHHHH`, groups, `|`, `* + ? {m} {m,} {m,n}`, comments, rules in any order with `root` as the whole text.
/// A rule that begins with itself is refused: it has no end to read from left to right. A character may be spread over several tokens.
///
/// Complexity: a step is one look into a table for every byte that was read at the same place before, else it follows the rules that
/// are open there. A mask is found once for every place.
///
/// Source: `grammars/README.md` of llama.cpp.
public struct GBNF: Checker {
  /// The notation.
  public let text: String
  private let grammar: CompiledGrammar

  /// - Throws: ``GrammarError``: line, column, what is wrong and what is allowed.
  public init(_ text: String) throws(GrammarError) {
    var parser = GBNFParser(text)
    let rules = try parser.parse()
    do { grammar = try CompiledGrammar(rules) } catch { throw error.of("GBNF") }
    self.text = text
  }

  public func begin() -> GrammarState { grammar.begin() }

  public static func == (left: GBNF, right: GBNF) -> Bool { left.text == right.text }

  /// «GBNF of 2 rules»
  public var description: String {
    let count = grammar.automaton.starts.count
    return "GBNF of \(count) \(count == 1 ? "rule" : "rules")"
  }
}
