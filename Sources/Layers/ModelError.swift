/// Why an architecture, a batch or a checkpoint does not fit: the place and one sentence.
public struct ModelError: Error, Equatable, CustomStringConvertible {
  /// The path of the layer, `layers.0.attention`, or what was being done.
  public let place: String
  /// What is wrong, with the value that was found and what is allowed.
  public let reason: String

  public init(_ place: String, _ reason: String) {
    self.place = place
    self.reason = reason
  }

  public var description: String { "\(place): \(reason)" }
}
