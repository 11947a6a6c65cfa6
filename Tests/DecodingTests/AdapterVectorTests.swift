import LanguageModels
import Testing

@testable import Decoding

/// Vectors from the test suites of transformers and llama.cpp, as `decoding.md` of the project's design lists them.
@Suite("Adapters agree with the vectors of other engines")
struct AdapterVectorTests {
  private func kept(_ probabilities: [Double], @AdapterBuilder _ adapters: () -> [any Adapter]) throws -> [Int] {
    let result = try Distribution(probabilities).adapted(adapters).probabilities
    return result.indices.filter { result[$0] > 0 }
  }

  private func adapted(_ probabilities: [Double], @AdapterBuilder _ adapters: () -> [any Adapter]) throws -> [Double] {
    try Distribution(probabilities).adapted(adapters).probabilities
  }

  private let steps = [0.1, 0.2, 0.3, 0.4]

  @Test("Top-p keeps the token that crosses the mass")
  func topP() throws {
    #expect(try kept([0.3, 0.1, 0.1, 0.5]) { TopP(0.8) } == [0, 3])
    #expect(try kept([0.15, 0.3, 0.3, 0.25]) { TopP(0.8) } == [1, 2, 3])
    #expect(try close(adapted(steps) { TopP(0.7) }, [0, 0, 0.428571, 0.571429]))
    #expect(try kept(steps) { TopP(1) } == [0, 1, 2, 3])
  }

  @Test("Top-k")
  func topK() throws {
    #expect(try close(adapted(steps) { TopK(3) }, [0, 2.0 / 9, 3.0 / 9, 4.0 / 9]))
    #expect(try kept([0.25, 0.25, 0.25, 0.25]) { TopK(2) } == [0, 1])
  }

  @Test("Min-p")
  func minP() throws {
    #expect(try kept([0.9, 0.0274, 0.047, 0.0256]) { MinP(0.05) } == [0, 2])
    #expect(try kept([0.97, 0.01, 0.01, 0.01]) { MinP(0.05) } == [0])
    #expect(try kept(steps) { MinP(0.26) } == [1, 2, 3])
    #expect(try close(adapted(steps) { MinP(0.51) }, [0, 0, 3.0 / 7, 4.0 / 7]))
  }

  @Test("Typical sampling may drop the mode")
  func typical() throws {
    #expect(try kept([0.97, 0.01, 0.01, 0.01]) { Typical(0.5) } == [0])
    #expect(try kept([0.4, 0.2, 0.2, 0.2]) { Typical(0.5) } == [1, 2, 3])
  }

  @Test("Epsilon and eta")
  func cutoffs() throws {
    #expect(try kept([0.87, 0.099, 0.001, 0.03]) { EpsilonCutoff(0.1) } == [0])
    #expect(try kept([0.4, 0.299, 0.101, 0.2]) { EpsilonCutoff(0.1) } == [0, 1, 2, 3])
    #expect(try kept([0.3, 0.3, 0.4]) { EpsilonCutoff(0.9) } == [2])
    #expect(try kept([0, 0.1, 0.8, 0.1]) { EtaCutoff(0.0625) } == [1, 2, 3])
    #expect(try kept([0.01, 0.04, 0.9, 0.05]) { EtaCutoff(0.0625) } == [2])
  }

  @Test("Top-nσ")
  func topNSigma() throws {
    #expect(try close(adapted(steps) { TopNSigma(1) }, [0, 0, 0.428571, 0.571429]))
  }

  @Test("XTC takes the top choices away and leaves the least of them")
  func xtc() throws {
    #expect(try kept(steps) { XTC(threshold: 0.19, probability: 1) } == [0, 1])
    #expect(try kept(steps) { XTC(threshold: 0.35, probability: 1) } == [0, 1, 2, 3])
    #expect(throws: DecodingError.isRandom(adapter: "XTC(threshold: 0.19, probability: 0.5)")) {
      try adapted(steps) { XTC(threshold: 0.19, probability: 0.5) }
    }
  }

  @Test("The order matters: temperature before top-p, and after")
  func order() throws {
    let first = try adapted(steps) {
      Temperature(2)
      TopP(0.7)
    }
    let last = try adapted(steps) {
      TopP(0.7)
      Temperature(2)
    }
    #expect(close(first, [0, 0.274804, 0.336565, 0.388631]))
    #expect(close(last, [0, 0, 0.464102, 0.535898]))
  }

  private func after(_ generated: [Int], prompt: [Int] = [], _ probabilities: [Double], _ adapter: any Adapter) -> [Double] {
    let logits = Logits(vocabularySize: probabilities.count, values: probabilities.map { Float(log($0)) }, areLogProbabilities: true)
    var chain = AdapterChain(adapters: [adapter])
    let candidates = try! chain.candidates(NextToken(logits, row: 0, afterTokens: 0), at: Position(prompt: prompt, generated: generated))
    var result = [Double](repeating: 0, count: probabilities.count)
    for (token, probability) in zip(candidates.tokens, candidates.probabilities) { result[token] = probability }
    return result
  }

  @Test("Frequency and presence penalties of 5 and 5 after one occurrence")
  func countPenalties() {
    let equal = [Double](repeating: 0.2, count: 5)
    let logits = Logits(vocabularySize: 5, values: equal.map { Float(log($0)) })
    var chain = AdapterChain(adapters: [FrequencyPenalty(5), PresencePenalty(5)])
    let candidates = try! chain.candidates(NextToken(logits, row: 0, afterTokens: 0), at: Position(prompt: [1, 1], generated: [0]))
    #expect(close(candidates.probabilities, [0.000011, 0.249997, 0.249997, 0.249997, 0.249997]))
    #expect(close(after([0, 0], equal, FrequencyPenalty(log(2))), [0.058824, 0.235294, 0.235294, 0.235294, 0.235294]))
    #expect(close(after([0, 0], equal, PresencePenalty(log(2))), [0.111111, 0.222222, 0.222222, 0.222222, 0.222222]))
  }

  @Test("DRY")
  func dry() {
    let adapter = DRY(multiplier: 1, base: 1.1, allowedLength: 2)
    #expect(close(after([0, 1, 2, 0, 1], [0.25, 0.25, 0.25, 0.25], adapter), [0.296923, 0.296923, 0.109232, 0.296923]))
    let broken = DRY(multiplier: 1, base: 1.1, allowedLength: 2, breakers: [0])
    #expect(close(after([0, 1, 2, 0, 1], [0.25, 0.25, 0.25, 0.25], broken), [0.25, 0.25, 0.25, 0.25]))
    #expect(DRY.repetitions(in: [7, 1, 2, 3, 9, 1, 2, 3], breakers: []) == [9: 3])
    #expect(DRY.repetitions(in: [1, 1, 1], breakers: []) == [1: 2])
  }

  @Test("A repetition penalty multiplies logits below 0 and divides those above, once per token, prompt included")
  func repetition() {
    let logits = Logits(vocabularySize: 4, values: [2, -2, 2, -2])
    var chain = AdapterChain(adapters: [RepetitionPenalty(2)])
    let candidates = try! chain.candidates(NextToken(logits, row: 0, afterTokens: 0), at: Position(prompt: [0], generated: [1, 1]))
    #expect(candidates.scores == [1, -4, 2, -2])
  }

  @Test("No repeated n-gram")
  func noRepeat() {
    #expect(NoRepeatNGram.completions(of: [1, 1, 2, 1], length: 2) == [1, 2])
    #expect(NoRepeatNGram.completions(of: [0, 1, 0, 1], length: 2) == [0])
    #expect(NoRepeatNGram.completions(of: [1, 2, 5, 7, 8, 5, 1, 2], length: 3) == [5])
    #expect(NoRepeatNGram.completions(of: [1, 2], length: 1) == [1, 2])
    #expect(NoRepeatNGram.completions(of: [1], length: 2) == [])
    let equal = [1.0 / 3, 1.0 / 3, 1.0 / 3]
    #expect(close(after([2, 1], prompt: [1, 1], equal, NoRepeatNGram(2)), [1, 0, 0]))
    // With every token banned nothing is.
    #expect(close(after([0, 1, 2], equal, NoRepeatNGram(1)), equal))
  }

  @Test("A bias is added to the logit; minus infinity forbids")
  func bias() throws {
    #expect(try close(adapted([0.5, 0.25, 0.25]) { LogitBias([1: log(2), 2: -.infinity]) }, [0.5, 0.5, 0]))
    #expect(LogitBias([2: 1, 0: -1]).description == "LogitBias([0: -1.0, 2: 1.0])")
  }

  @Test("Mirostat keeps what surprises less than μ, and moves μ by the rate")
  func mirostat() throws {
    // Surprises in bits: 1, 2, 3, 3.
    var mirostat = Mirostat(target: 1.25, rate: 0.5)
    #expect(mirostat.limit == 2.5)
    #expect(try kept([0.5, 0.25, 0.125, 0.125]) { mirostat } == [0, 1])
    mirostat.accept(0, logProbability: log(2.0 / 3))
    #expect(abs(mirostat.limit - (2.5 - 0.5 * (0.584962500721156 - 1.25))) < 1e-12)
    // What is kept when everything surprises too much: the most probable token.
    #expect(try kept([0.25, 0.25, 0.25, 0.25]) { Mirostat(target: 0.5) } == [0])
  }

  @Test("An adapter that leaves nothing is named")
  func nothingLeft() {
    let error = #expect(throws: DecodingError.self) {
      try adapted(steps) { LogitBias([0: -.infinity, 1: -.infinity, 2: -.infinity, 3: -.infinity]) }
    }
    #expect(error?.description == "After 0 tokens LogitBias([0: -inf, 1: -inf, 2: -inf, 3: -inf]) left no token to choose from.")
  }
}
