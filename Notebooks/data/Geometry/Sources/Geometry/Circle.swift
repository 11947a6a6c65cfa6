/// A circle, for the notebook that shows how a package is brought in.
public struct Circle {
  public var radius: Double

  /// - Parameter radius: not negative.
  public init(radius: Double) {
    precondition(radius >= 0, "a circle has no negative radius")
    self.radius = radius
  }

  public var area: Double { Double.pi * radius * radius }
}
