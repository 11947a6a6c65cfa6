/// When a beam search stops, and where its finished texts are.
public enum StoppingRule: Sendable, Equatable, CustomStringConvertible {
  /// Finished texts stay among the k and are outranked like the others; the search stops when all k have ended. The course's rule.
  case allEnded
  /// Finished texts leave the beam; the search stops when k have. transformers' `early_stopping=True`.
  case firstEnded
  /// Finished texts leave the beam; the search stops when k have, and the best unfinished one, were it to end now with the
  /// log-probability that it has, would not be among them. Longer texts that a length penalty favours are missed.
  /// transformers' `early_stopping=False`, its default.
  case heuristic
  /// Finished texts leave the beam; the search stops when k have, and no unfinished one can still come among them: its
  /// log-probability cannot grow, and of all lengths that it can reach the kindest counts. transformers' `early_stopping="never"`.
  case never

  public var description: String {
    switch self {
    case .allEnded: "until all have ended"
    case .firstEnded: "until the first have ended"
    case .heuristic: "until longer ones look worse"
    case .never: "until longer ones cannot be better"
    }
  }
}
