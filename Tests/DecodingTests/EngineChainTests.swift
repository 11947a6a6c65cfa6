import Display
import Glibc
import LanguageModels
import Testing

@testable import Decoding

/// What a fixture of make_engine_chains.py has: one engine, its settings, and what became of the logits.
@Suite("Presets give what the engines give")
struct EngineChainTests {
  private static let fixture: JSON = {
    let path = #filePath[..<#filePath.lastIndex(of: "/")!] + "/Fixtures/engine-chains.json"
    let stream = fopen(String(path), "rb")!
    defer { fclose(stream) }
    fseek(stream, 0, SEEK_END)
    let count = ftell(stream)
    rewind(stream)
    return try! JSON(parsing: [UInt8](unsafeUninitializedCapacity: count) { $1 = fread($0.baseAddress, 1, count, stream) })
  }()

  private func strategy(_ engine: String, _ settings: JSON) -> Sampling {
    func number(_ name: String, _ otherwise: Double) -> Double { settings[name]?.doubleValue ?? otherwise }
    func count(_ name: String, _ otherwise: Int) -> Int { settings[name]?.intValue ?? otherwise }
    if engine == "transformers" {
      return .transformers(
        temperature: number("temperature", 1), topK: count("top_k", 50), topP: number("top_p", 1), minP: number("min_p", 0),
        typicalP: number("typical_p", 1), epsilonCutoff: number("epsilon_cutoff", 0), etaCutoff: number("eta_cutoff", 0),
        repetitionPenalty: number("repetition_penalty", 1), noRepeatNGramSize: count("no_repeat_ngram_size", 0))
    }
    return .llamaCpp(
      temperature: number("temperature", 0.8), topK: count("top_k", 40), topP: number("top_p", 0.95), minP: number("min_p", 0.05),
      typicalP: number("typical", 1), topNSigma: number("top_n_sigma", -1), xtcProbability: number("xtc_probability", 0),
      xtcThreshold: number("xtc_threshold", 0.1), repeatPenalty: number("repeat", 1), frequencyPenalty: number("frequency", 0),
      presencePenalty: number("presence", 0), repeatLastN: count("last_n", 64))
  }

  @Test("The same logits, the same settings, the same probabilities")
  func agreement() throws {
    let cases = try #require(Self.fixture["cases"]?.arrayValue)
    #expect(cases.count == 69)
    for (index, item) in cases.enumerated() {
      let engine = try #require(item["engine"]?.stringValue)
      let strategy = strategy(engine, item["settings"]!)
      let logits = item["logits"]!.arrayValue!.map { Float($0.doubleValue!) }
      let expected = item["probabilities"]!.arrayValue!.map { $0.doubleValue! }
      let position = Position(
        prompt: item["prompt"]!.arrayValue!.map { $0.intValue! }, generated: item["generated"]!.arrayValue!.map { $0.intValue! })
      var chain = AdapterChain(adapters: strategy.adapters)
      let next = try NextToken(Logits(vocabularySize: logits.count, values: logits), row: 0, afterTokens: 0)
      let candidates = try chain.candidates(next, at: position)
      var found = [Double](repeating: 0, count: logits.count)
      for (token, probability) in zip(candidates.tokens, candidates.probabilities) { found[token] = probability }
      #expect(close(found, expected, within: 2e-6), "case \(index): \(engine), \(strategy)")
    }
  }

  @Test("A preset is the chain that it prints; what is off leaves nothing")
  func drawing() {
    #expect("\(Sampling.transformers())" == "Sampling { TopK(50) }")
    #expect("\(Sampling.llamaCpp())" == "Sampling { TopK(40); TopP(0.95); MinP(0.05); Temperature(0.8) }")
    #expect("\(Sampling.vLLM())" == "Sampling")
    #expect("\(Sampling.cTranslate2())" == "Sampling { TopK(1) }")
    #expect(
      "\(Sampling.vLLM(temperature: 0.7, topP: 0.9, topK: 20, minP: 0.1, presencePenalty: 1, frequencyPenalty: 0.5, repetitionPenalty: 1.1))"
        == "Sampling { RepetitionPenalty(1.1); FrequencyPenalty(0.5); PresencePenalty(1.0); Temperature(0.7); MinP(0.1); TopK(20); TopP(0.9) }"
    )
    #expect(
      "\(Sampling.llamaCpp(repeatPenalty: 1.2, presencePenalty: 0.5))"
        == "Sampling { RepetitionPenalty(1.2, in: .last(64)); PresencePenalty(0.5, in: .last(64)); TopK(40); TopP(0.95); MinP(0.05); Temperature(0.8) }"
    )
  }

  @Test("The differential example: where the temperature stands decides")
  func order() throws {
    func probabilities(_ strategy: Sampling) throws -> [Double] {
      try Distribution([0.1, 0.2, 0.3, 0.4]).adapted { for adapter in strategy.adapters { adapter } }.probabilities
    }
    let first = [0, 0.274804, 0.336565, 0.388631]
    let last = [0, 0, 0.464102, 0.535898]
    #expect(close(try probabilities(.transformers(temperature: 2, topP: 0.7)), first))
    #expect(close(try probabilities(.vLLM(temperature: 2, topP: 0.7)), first))
    #expect(close(try probabilities(.cTranslate2(topK: 0, topP: 0.7, temperature: 2)), first))
    #expect(close(try probabilities(.llamaCpp(temperature: 2, topP: 0.7, minP: 0)), last))
  }
}
