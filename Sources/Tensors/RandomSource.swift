internal import CTraining

/// A source of random numbers whose every draw is a function of the seed and the draw's number.
///
/// ```swift
/// var stream = RandomSource(seed: 7)
/// stream.next()                             // the same on every machine
/// let dropout = stream.child("dropout", 3)  // a stream of its own, however much the first one has drawn
/// ```
/// Philox4x32-10 (Salmon et al. 2011): a block cipher in counter mode. Arrays of draws are shared out among threads and are the same
/// bytes for any number of them.
public struct RandomSource: RandomNumberGenerator, Sendable {
  /// The cipher's key.
  public let key: UInt64
  private var drawn: UInt64 = 0

  public init(seed: UInt64) { key = seed }

  /// A stream for a purpose: streams of different names or numbers are unrelated, streams of the same are the same.
  public func child(_ name: String, _ numbers: Int...) -> RandomSource {
    // FNV-1a over the name, then a 64-bit finalizer (SplitMix64) for each number: a key for every path.
    var hash: UInt64 = 0xCBF2_9CE4_8422_2325
    for byte in name.utf8 { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01B3 }
    var key = Self.mixed(self.key ^ Self.mixed(hash))
    for number in numbers { key = Self.mixed(key ^ Self.mixed(UInt64(bitPattern: Int64(number)) &+ 0x9E37_79B9_7F4A_7C15)) }
    return RandomSource(seed: key)
  }

  private static func mixed(_ value: UInt64) -> UInt64 {
    var z = value &+ 0x9E37_79B9_7F4A_7C15
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    return z ^ (z >> 31)
  }

  /// The next 64 bits.
  public mutating func next() -> UInt64 {
    var words: (UInt32, UInt32, UInt32, UInt32) = (0, 0, 0, 0)
    withUnsafeMutableBytes(of: &words) { ct_random_words(key, drawn / 2 * 4, 4, $0.bindMemory(to: UInt32.self).baseAddress!) }
    let isFirstHalf = drawn % 2 == 0
    drawn += 1
    return isFirstHalf ? UInt64(words.0) | UInt64(words.1) << 32 : UInt64(words.2) | UInt64(words.3) << 32
  }

  /// A permutation of `0..<count` (Fisher and Yates).
  public mutating func permutation(of count: Int) -> [Int] { Array(0..<count).shuffled(using: &self) }
}

extension Tensor {
  /// Independent draws, uniform in `[low, high)`.
  public static func uniform(_ shape: [Int], from low: Float = 0, to high: Float = 1, using stream: RandomSource) -> Tensor {
    let tensor = Tensor(uninitialized: shape)
    ct_random_uniform(stream.key, low, high, tensor.count, tensor.pointer)
    return tensor
  }

  /// Independent draws from a normal distribution.
  ///
  /// - Parameter truncation: draws further than so many deviations from the mean are drawn again; nil: none are.
  public static func normal(
    _ shape: [Int], mean: Float = 0, deviation: Float = 1, truncation: Float? = nil, using stream: RandomSource
  ) -> Tensor {
    let tensor = Tensor(uninitialized: shape)
    ct_random_normal(stream.key, mean, deviation, truncation ?? 0, tensor.count, tensor.pointer)
    return tensor
  }

  /// Each element dropped with a probability, the others divided by the probability of staying (Srivastava et al. 2014).
  ///
  /// - Parameters:
  ///   - probability: in `0..<1`; 0 changes nothing.
  ///   - stream: decides which; the same stream drops the same elements.
  public func dropout(_ probability: Float, using stream: RandomSource) -> Tensor {
    precondition((0..<1).contains(probability), "dropout takes a probability in 0..<1, not \(probability)")
    if probability == 0 { return self }
    let output = Tensor(uninitialized: shape)
    ct_dropout(stream.key, probability, pointer, count, output.pointer)
    return recorded(output, from: [self]) { dy in
      let dx = Storage(count: dy.count)
      ct_dropout(stream.key, probability, dy.pointer, dy.count, dx.pointer)
      return [dx]
    }
  }
}
