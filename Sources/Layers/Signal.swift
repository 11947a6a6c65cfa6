/// What flows from one layer to the next, as far as it is known before there are numbers.
public struct Signal: Sendable {
  /// The form of the values.
  public enum Form: Sendable, Equatable {
    /// Numbers of tokens, `[batch, time]`: the input.
    case tokens
    /// A vector for every token, `[batch, time, width]`.
    case sequence(width: Int)
    /// A vector for every sequence, `[batch, width]`.
    case pooled(width: Int)
  }

  /// Where attention learns of positions, other than by vectors that were added.
  enum Positions: Sendable {
    case none
    case rotary(base: Float)
    case relative(heads: Int)
  }

  public var form: Form
  var positions = Positions.none
  /// The width of the encoder's output, where there is one to attend to.
  var memoryWidth: Int?

  /// The shape as the printout of a model shows it.
  var shapeText: String {
    switch form {
    case .tokens: "[batch, time]"
    case .sequence(let width): "[batch, time, \(width)]"
    case .pooled(let width): "[batch, \(width)]"
    }
  }
}
