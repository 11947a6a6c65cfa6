import Testing

internal import CKernels

@testable import Tensors

@Suite(.serialized) struct RandomTests {
  /// Known answers of the cipher with counter 0 and key 0, from the Random123 distribution's test vectors.
  @Test("Philox gives the published words")
  func philox() {
    var zero = RandomSource(seed: 0)
    let (a, b) = (zero.next(), zero.next())
    #expect(a == 0xE169_C58D_6627_E8D5)
    #expect(b == 0x9B00_DBD8_BC57_AC4C)
  }

  @Test("Draws are the same bytes for one thread, two threads and any level of instructions")
  func determinism() {
    func everything() -> [Float] {
      let stream = RandomSource(seed: 5)
      let x = Tensor.normal([70_001], truncation: 2, using: stream)
      return x.elements + Tensor.uniform([9_999], using: stream.child("u")).elements
        + Tensor(repeating: 1, shape: [70_003]).dropout(0.3, using: stream).elements
    }
    let expected = everything()
    let threads = ck_threads()
    for count in [1, 2, 3] {
      ck_set_threads(Int32(count))
      #expect(everything() == expected)
    }
    ck_set_threads(threads)
    for level in 0..<ck_best_level() {
      ck_set_level(level)
      #expect(everything() == expected)
    }
    ck_set_level(ck_best_level())
  }

  @Test("A million draws have the moments of their distribution")
  func moments() {
    let n = 1_000_000
    let normal = Tensor.normal([n], mean: 1, deviation: 2, using: RandomSource(seed: 1)).elements
    let mean = normal.reduce(0.0) { $0 + Double($1) } / Double(n)
    let variance = normal.reduce(0.0) { $0 + (Double($1) - mean) * (Double($1) - mean) } / Double(n)
    // Five standard errors: 2/√n and 4·√(2/n).
    #expect(abs(mean - 1) < 0.01)
    #expect(abs(variance - 4) < 0.029)
    let truncated = Tensor.normal([n], truncation: 2, using: RandomSource(seed: 2)).elements
    #expect(truncated.allSatisfy { abs($0) <= 2 })
    let kept = Tensor(repeating: 1, shape: [n]).dropout(0.1, using: RandomSource(seed: 3)).elements.count { $0 != 0 }
    #expect(abs(Double(kept) / Double(n) - 0.9) < 0.0015)
  }

  @Test("Streams of different names or numbers differ, of the same agree")
  func children() {
    let stream = RandomSource(seed: 1)
    let keys = [stream.child("a"), stream.child("b"), stream.child("a", 0), stream.child("a", 1), stream.child("a", 1, 0)].map(\.key)
    #expect(Set(keys).count == 5)
    #expect(stream.child("a", 1).key == keys[3])
    var shuffler = stream
    #expect(shuffler.permutation(of: 100).sorted() == Array(0..<100))
  }
}
