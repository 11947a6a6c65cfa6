import Grammars
import LanguageModels

/// A strategy that can be told to write only what a checker does not call wrong.
///
/// ```swift
/// Greedy().checked(by: Choices("yes", "no"))
/// Sampling { TopP(0.9) }.checked(by: JSONSchema("…"))
/// BeamSearch(width: 4).checked(by: PythonSyntax())
/// ```
/// At every step the tokens that would make the text wrong lose their probability, and the others share it in proportion: the
/// distribution is renormalised locally. The mask comes before the adapters, so that cut-offs such as top-k and top-p count only what is
/// allowed and never leave nothing (transformers and vLLM mask before, too). Local renormalisation is not the model's distribution on the
/// condition that the whole text is right: see ``Generation/constraintReport``.
public protocol CheckableStrategy: Strategy {
  /// What the texts are checked by; nil when everything is allowed.
  var checker: AnyChecker? { get set }
}

extension CheckableStrategy {
  /// The same strategy, whose texts the checker never calls wrong.
  ///
  /// A text ends with an end token only where the checker calls it complete. Where no token is possible, the text ends there, as a dead
  /// end, and is kept; see ``CheckReport/Ending``.
  public func checked(by checker: some Checker) -> Self {
    var strategy = self
    strategy.checker = AnyChecker(checker)
    return strategy
  }

  /// «Greedy, checked by Choices("yes", "no")»
  func described(_ name: String) -> String { name + (checker.map { ", checked by \($0)" } ?? "") }
}

/// Any checker, equal to another when both are of one type and equal.
public struct AnyChecker: Sendable, Equatable, CustomStringConvertible {
  public let checker: any Checker

  public init(_ checker: any Checker) { self.checker = checker }

  public static func == (left: AnyChecker, right: AnyChecker) -> Bool {
    func isEqual<C: Checker>(_ checker: C) -> Bool { checker == right.checker as? C }
    return isEqual(left.checker)
  }

  public var description: String { "\(checker)" }
}
