/// Random numbers that are a function of where they are used, not of what was drawn before.
///
/// ```swift
/// RandomStream(seed: 7, prompt: prompt, sample: 3, step: 12).uniform()
/// ```
/// A draw is keyed by (seed, prompt, sample, step), so that neither the size of a batch, nor its order, nor the number of samples
/// changes it. The generator is Philox-4x32-10: the seed is its key, the rest its counter.
///
/// Source: Salmon, Moraes, Dror and Shaw 2011, «Parallel random numbers: as easy as 1, 2, 3», with their constants.
public struct RandomStream: Sendable {
  private let seed: UInt64
  private let prompt: UInt64
  private var sample: UInt32
  private let step: UInt32

  /// - Parameters:
  ///   - prompt: the tokens of the prompt, of which a 64-bit hash is used.
  ///   - sample: the number of the sample, below 2³².
  ///   - step: the number of the token in the sample, below 2²⁴.
  public init(seed: UInt64, prompt: [Int], sample: Int, step: Int) {
    self.seed = seed
    self.prompt = RandomStream.hash(prompt)
    self.sample = UInt32(truncatingIfNeeded: sample)
    self.step = UInt32(truncatingIfNeeded: step) << 8
  }

  /// A number from 0, included, to 1, excluded, in steps of 2⁻⁵³; the same one whenever it is asked for.
  ///
  /// - Parameter draw: which of the numbers of this step, 0 ... 255; the choice of the token is number 0.
  public func uniform(draw: Int = 0) -> Double {
    let words = RandomStream.philox(
      counter: (
        UInt32(truncatingIfNeeded: prompt), UInt32(truncatingIfNeeded: prompt >> 32), sample, step | UInt32(truncatingIfNeeded: draw & 255)
      ),
      key: (UInt32(truncatingIfNeeded: seed), UInt32(truncatingIfNeeded: seed >> 32)))
    return Double((UInt64(words.0) << 32 | UInt64(words.1)) >> 11) * 0x1p-53
  }

  /// The same place with another sample's number.
  func at(sample: Int) -> RandomStream {
    var stream = self
    stream.sample = UInt32(truncatingIfNeeded: sample)
    return stream
  }

  /// FNV-1a over the tokens' 64-bit numbers.
  private static func hash(_ tokens: [Int]) -> UInt64 {
    tokens.reduce(0xCBF2_9CE4_8422_2325) { hash, token in
      (0..<8).reduce(hash) { ($0 ^ UInt64(UInt8(truncatingIfNeeded: token >> (8 * $1)))) &* 0x100_0000_01B3 }
    }
  }

  /// Ten rounds of Philox-4x32.
  static func philox(
    counter: (UInt32, UInt32, UInt32, UInt32), key: (UInt32, UInt32)
  ) -> (UInt32, UInt32, UInt32, UInt32) {
    var counter = counter
    var key = key
    for _ in 0..<10 {
      let first = counter.0.multipliedFullWidth(by: 0xD251_1F53)
      let second = counter.2.multipliedFullWidth(by: 0xCD9E_8D57)
      counter = (second.high ^ counter.1 ^ key.0, second.low, first.high ^ counter.3 ^ key.1, first.low)
      key = (key.0 &+ 0x9E37_79B9, key.1 &+ 0xBB67_AE85)
    }
    return counter
  }
}
