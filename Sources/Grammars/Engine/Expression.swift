/// What a rule of a grammar stands for: what all notations are translated to.
indirect enum Expression: Sendable, Hashable {
  /// Bytes one after the other; none for the empty text.
  case bytes([UInt8])
  /// One byte out of some.
  case anyByte([UInt8])
  /// One code point, in UTF-8.
  case scalar(ScalarSet)
  case sequence([Expression])
  case alternatives([Expression])
  /// At least `minimum` times, at most `maximum` times; without limit when nil.
  case repeated(Expression, minimum: Int, maximum: Int?)
  /// What matches both; neither calls rules.
  case intersection(Expression, Expression)
  /// Another rule, by its number.
  case rule(Int)

  static let empty = Expression.bytes([])
  /// What no text matches.
  static let nothing = Expression.alternatives([])
  static func text(_ text: String) -> Expression { .bytes(Array(text.utf8)) }
  static func optional(_ expression: Expression) -> Expression { .repeated(expression, minimum: 0, maximum: 1) }
}

/// Rules that call each other; a text is right when it matches the first of them.
struct GrammarRules: Sendable {
  var names: [String] = []
  var expressions: [Expression] = []

  /// A rule whose meaning is still to come.
  mutating func declare(_ name: String) -> Int {
    names.append(name)
    expressions.append(.nothing)
    return names.count - 1
  }

  mutating func define(_ name: String, as expression: Expression) -> Int {
    let rule = declare(name)
    expressions[rule] = expression
    return rule
  }
}
