/// What a search asks of a constraint on its texts. It is a value that travels with a hypothesis: a copy is a fork.
protocol HypothesisChecker: Sendable, CustomStringConvertible {
  /// Whether the text may end here; it may also go on.
  var isComplete: Bool { get }
  /// `[vocabulary]`: whether a token may come next; nil where only trying one can tell. For end tokens ``isComplete`` counts.
  var allowedTokens: [Bool]? { get }
  /// The state after one token more; nil where no text that is allowed goes on so.
  func reading(_ token: Int) -> (any HypothesisChecker)?
}
