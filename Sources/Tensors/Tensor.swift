/// An array of 32-bit floats in any number of dimensions, which remembers how it was made where a gradient is wanted.
///
/// ```swift
/// let x = Tensor([1, 2, 3], requiresGradient: true)
/// let y = (x * x).sum()
/// y.backward()
/// y.item              // 14
/// x.gradient          // [2.0, 4.0, 6.0]
/// ```
/// Elements lie row by row, the last dimension fastest. A tensor does not change; operations make new ones. Only parameters, which an
/// optimizer owns, change in place.
public final class Tensor {
  /// Sizes from the slowest to the fastest dimension; empty for a single number.
  public let shape: [Int]
  package let storage: Storage
  /// How it was computed; nil for a constant, a parameter, and where no gradient is wanted.
  var node: Node?
  /// Whether ``backward()`` leaves a gradient in ``gradient``; parameters turn it off while they are frozen.
  public package(set) var requiresGradient: Bool
  var gradientStorage: Storage?

  package init(shape: [Int], storage: Storage, requiresGradient: Bool = false) {
    precondition(shape.allSatisfy { $0 >= 0 }, "a tensor's shape has sizes of at least 0, not \(shape)")
    precondition(storage.count == shape.reduce(1, *), "\(storage.count) elements do not fill the shape \(shape)")
    self.shape = shape
    self.storage = storage
    self.requiresGradient = requiresGradient
  }

  /// A tensor with undefined content.
  package convenience init(uninitialized shape: [Int]) {
    self.init(shape: shape, storage: Storage(count: shape.reduce(1, *)))
  }

  /// A tensor of the given elements, row by row.
  ///
  /// - Parameters:
  ///   - shape: sizes whose product is the number of elements; one dimension when left out.
  ///   - requiresGradient: whether ``backward()`` of something computed from it leaves a gradient here.
  public convenience init(_ elements: [Float], shape: [Int]? = nil, requiresGradient: Bool = false) {
    let storage = Storage(count: elements.count)
    elements.withUnsafeBufferPointer { buffer in
      if let base = buffer.baseAddress { storage.pointer.update(from: base, count: buffer.count) }
    }
    self.init(shape: shape ?? [elements.count], storage: storage, requiresGradient: requiresGradient)
  }

  /// A tensor whose elements all have one value.
  public convenience init(repeating value: Float, shape: [Int], requiresGradient: Bool = false) {
    self.init(
      shape: shape, storage: Storage(count: shape.reduce(1, *), filledWith: value), requiresGradient: requiresGradient)
  }

  /// Number of elements.
  public var count: Int { storage.count }
  /// The elements, row by row.
  public var elements: [Float] { Array(UnsafeBufferPointer(start: storage.pointer, count: count)) }

  /// The only element.
  public var item: Float {
    precondition(count == 1, "a tensor of shape \(shape) has \(count) elements, `item` is for one")
    return storage.pointer[0]
  }

  /// The gradient that ``backward()`` has left, of the same shape; nil before, and where none was wanted.
  public var gradient: Tensor? { gradientStorage.map { Tensor(shape: shape, storage: $0) } }

  /// Forgets the gradient, so that the next ``backward()`` begins at zero instead of adding.
  public func clearGradient() { gradientStorage = nil }

  /// The same elements without their history: gradients stop here.
  public var detached: Tensor { Tensor(shape: shape, storage: storage) }

  /// The same elements in another shape.
  ///
  /// - Parameter shape: sizes with the same product.
  public func reshaped(to shape: [Int]) -> Tensor {
    precondition(shape.reduce(1, *) == count, "a tensor of shape \(self.shape) cannot take the shape \(shape)")
    return recorded(Tensor(shape: shape, storage: storage), from: [self]) { dy in [dy] }
  }

  package var pointer: UnsafeMutablePointer<Float> { storage.pointer }
  /// Elements of the fastest dimension.
  package var width: Int { shape.last ?? 1 }
  /// All dimensions but the fastest, as one.
  package var rows: Int { width == 0 ? 0 : count / width }
}

extension Tensor: CustomStringConvertible {
  /// Nested brackets as numpy prints them; of more than 8 elements in a dimension the middle ones are left out.
  public var description: String {
    func text(_ dimension: Int, _ offset: Int) -> String {
      guard dimension < shape.count else { return "\(pointer[offset])" }
      let stride = shape[(dimension + 1)...].reduce(1, *)
      let size = shape[dimension]
      let shown = size <= 8 ? Array(0..<size) : [0, 1, 2, -1, size - 3, size - 2, size - 1]
      let parts = shown.map { $0 < 0 ? "…" : text(dimension + 1, offset + $0 * stride) }
      return "[" + parts.joined(separator: ", ") + "]"
    }
    return text(0, 0)
  }
}
