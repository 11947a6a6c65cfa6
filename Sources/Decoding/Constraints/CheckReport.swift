import Grammars

/// What a checker did to one text: how much of the model's probability it left at every step, and how the text ended.
public struct CheckReport: Sendable, Equatable {
  public enum Ending: String, Sendable {
    /// The checker calls the text complete.
    case complete
    /// The text reached the length limit before it was complete.
    case cutOff = "cut off"
    /// No token was possible, although the text was not complete: none of the vocabulary's would leave it right, or the model gives all
    /// of those the probability 0.
    case deadEnd = "dead end"
  }

  /// The checker as a cell writes it.
  public let checker: String
  /// One number per token of the text, from 0 to 1: the model's probability of all tokens that were allowed there.
  public let keptMasses: [Double]
  public let ending: Ending
  /// Whether the text is complete, nothing may follow, and the model has no end token to say so.
  let isClosed: Bool

  /// The product of the kept masses, from 0 to 1: the weight that turns a text drawn with local renormalisation into one of the model's
  /// own distribution.
  public var weight: Double { keptMasses.reduce(1, *) }
}
