/// A token that is found in a text before anything else is done with it.
public struct AddedToken: Sendable, Equatable {
  public var content: String
  public var id: Int
  /// Whether it is only found where no word character stands beside it.
  public var isSingleWord = false
  /// Whether it takes the white space before it along.
  public var takesSpaceBefore = false
  /// Whether it takes the white space behind it along.
  public var takesSpaceAfter = false
  /// Whether it is looked for in the normalised text, in its own normalised form.
  public var isNormalized = false
  /// Whether decoding leaves it out, and plain text may keep it from being found.
  public var isSpecial = false
}
