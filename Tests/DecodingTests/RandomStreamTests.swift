import Testing

@testable import Decoding

@Suite("Random numbers are a function of where they are used")
struct RandomStreamTests {
  @Test("Philox-4x32-10 gives the known answers of Random123")
  func knownAnswers() {
    func words(_ counter: (UInt32, UInt32, UInt32, UInt32), _ key: (UInt32, UInt32)) -> [UInt32] {
      let out = RandomStream.philox(counter: counter, key: key)
      return [out.0, out.1, out.2, out.3]
    }
    let ones = UInt32.max
    #expect(words((0, 0, 0, 0), (0, 0)) == [0x6627_E8D5, 0xE169_C58D, 0xBC57_AC4C, 0x9B00_DBD8])
    #expect(words((ones, ones, ones, ones), (ones, ones)) == [0x408F_276D, 0x41C8_3B0E, 0xA20B_C7C6, 0x6D54_51FD])
    #expect(
      words((0x243F_6A88, 0x85A3_08D3, 0x1319_8A2E, 0x0370_7344), (0xA409_3822, 0x299F_31D0))
        == [0xD16C_FE09, 0x94FD_CCEB, 0x5001_E420, 0x2412_6EA1])
  }

  @Test("Seed, prompt, sample, step and draw each change the number; asking again does not")
  func keyed() {
    let base = RandomStream(seed: 1, prompt: [1, 2], sample: 3, step: 4)
    let others = [
      RandomStream(seed: 2, prompt: [1, 2], sample: 3, step: 4), RandomStream(seed: 1, prompt: [2, 1], sample: 3, step: 4),
      RandomStream(seed: 1, prompt: [1, 2], sample: 4, step: 4), RandomStream(seed: 1, prompt: [1, 2], sample: 3, step: 5),
    ]
    let numbers = [base.uniform(), base.uniform(draw: 1)] + others.map { $0.uniform() }
    #expect(Set(numbers).count == numbers.count)
    #expect(base.uniform() == RandomStream(seed: 1, prompt: [1, 2], sample: 3, step: 4).uniform())
  }

  @Test("The numbers are uniform: mean, variance and a chi-square over 100 cells")
  func uniform() {
    let numbers = (0..<20_000).map { RandomStream(seed: 7, prompt: [], sample: $0 / 100, step: $0 % 100).uniform() }
    let mean = numbers.reduce(0, +) / 20_000
    #expect(abs(mean - 0.5) < 0.0062)  // three standard errors
    var cells = [Double](repeating: 0, count: 100)
    for number in numbers { cells[Int(number * 100)] += 1 }
    let chiSquare = cells.reduce(0) { $0 + ($1 - 200) * ($1 - 200) / 200 }
    #expect((53...161).contains(chiSquare))  // 0.01 % at either side of 99 degrees of freedom
  }
}
