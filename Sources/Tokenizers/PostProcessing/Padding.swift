/// How texts of a batch are made equally long.
///
/// ```swift
/// tokenizer.encode(batch: texts, padding: Padding(.longest, with: tokenizer.specialTokens.padding!))
/// ```
public struct Padding: Sendable, Equatable {
  public enum Length: Sendable, Equatable {
    /// That of the longest text of the batch.
    case longest
    case fixed(Int)
  }

  public enum Side: String, Sendable, CaseIterable {
    case left = "Left"
    case right = "Right"
  }

  public var length: Length
  /// The length is rounded up to a multiple of this; 1 for none.
  public var multiple: Int
  /// The id that is filled in.
  public var id: Int
  public var typeID: Int
  /// Where it is filled in.
  public var side: Side

  public init(_ length: Length = .longest, with id: Int, typeID: Int = 0, multiple: Int = 1, side: Side = .right) {
    precondition(multiple >= 1, "padding to a multiple of \(multiple): it is 1 or more")
    if case .fixed(let length) = length { precondition(length >= 0, "padding to \(length) tokens: the length is 0 or more") }
    self.length = length
    self.id = id
    self.typeID = typeID
    self.multiple = multiple
    self.side = side
  }

  func apply(to encodings: [Encoding]) -> [Encoding] {
    var target: Int
    switch length {
    case .longest: target = encodings.map(\.count).max() ?? 0
    case .fixed(let length): target = length
    }
    target = (target + multiple - 1) / multiple * multiple
    return encodings.map { $0.padded(to: target, self) }
  }
}

extension Encoding {
  fileprivate func padded(to length: Int, _ padding: Padding) -> Encoding {
    var result = self
    result.overflow = overflow.map { $0.padded(to: length, padding) }
    let missing = length - count
    if missing <= 0 { return result }
    let index = padding.side == .left ? 0 : count
    result.ids.insert(contentsOf: repeatElement(padding.id, count: missing), at: index)
    result.offsets.insert(contentsOf: repeatElement(0..<0, count: missing), at: index)
    result.words.insert(contentsOf: repeatElement(-1, count: missing), at: index)
    let section = Section(kind: .padding, typeID: padding.typeID, count: missing)
    result.sections.insert(section, at: padding.side == .left ? 0 : result.sections.count)
    return result
  }
}
