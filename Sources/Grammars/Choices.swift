/// Exactly one of a few texts.
///
/// ```swift
/// try await model.generate("Is Paris in France?", using: Greedy().checked(by: Choices("yes", "no")))
/// ```
public struct Choices: Checker {
  public let texts: [String]
  private let grammar: CompiledGrammar

  /// - Parameter texts: at least one; the order means nothing.
  public init(_ texts: String...) { self.init(texts) }

  /// - Parameter texts: at least one; the order means nothing.
  public init(_ texts: [String]) {
    guard !texts.isEmpty else { fatalError("Choices(): at least one text is given.") }
    self.texts = texts
    var rules = GrammarRules()
    _ = rules.define("root", as: .alternatives(texts.map(Expression.text)))
    do { grammar = try CompiledGrammar(rules) } catch { fatalError("\(error.of("Choices"))") }
  }

  public func begin() -> GrammarState { grammar.begin() }

  public static func == (left: Choices, right: Choices) -> Bool { left.texts == right.texts }

  /// «Choices("yes", "no")»; of many texts the first three.
  public var description: String {
    let shown = texts.prefix(3).map { "\"\($0)\"" } + (texts.count > 3 ? ["… \(texts.count - 3) more"] : [])
    return "Choices(\(shown.joined(separator: ", ")))"
  }
}
