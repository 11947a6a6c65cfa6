import Display
import Inference
import Testing

#if canImport(Glibc)
  import Glibc
#endif

/// The folder that make_real.py wrote; nil where nobody set it.
let realModels = getenv("BEAMLINE_REAL_MODELS").map { String(cString: $0) }

@Suite("Real files", .serialized, .enabled(if: realModels != nil, "set BEAMLINE_REAL_MODELS to the folder that make_real.py wrote"))
struct RealModelTests {
  func expected(_ name: String) throws -> JSON { try #require(try json("\(realModels ?? "")/real.json")[name]) }

  @Test("GPT-2's shape: 600 tokens in two passes, logits against float64, 64 greedy tokens")
  func gpt2() throws {
    let expected = try expected("gpt2")
    let model = try CausalTransformer(path: expected["path"]!.stringValue!)
    let prompt = expected["prompt"]!.integers
    let error = distance(try model.forward([(model.start, prompt)]).logits, expected["logits"]!.numbers)
    print("GPT-2 124M, 600 tokens: largest error of a logit against float64 \(error)")
    #expect(error < 5e-5)
    #expect(try model.greedy(Array(prompt.prefix(32)), 64) == expected["greedy"]!.integers)
  }

  @Test("MiniLM: sentence vectors and similarities against float64")
  func miniLM() throws {
    let expected = try expected("minilm")
    let model = try BERT(path: expected["path"]!.stringValue!)
    let texts = expected["tokens"]!.arrayValue!.map(\.integers)
    let means = try model.encode(texts).map(\.unitMean)
    for (index, mean) in means.enumerated() { #expect(distance(mean, expected["means"]![index]!.numbers) < 1e-5) }
    let cosines = means.flatMap { a in means.map { b in zip(a, b).reduce(0) { $0 + $1.0 * $1.1 } } }
    let error = distance(cosines, expected["cosines"]!.numbers)
    print("MiniLM: similarities \(cosines.prefix(4)), largest error \(error)")
    #expect(error < 1e-5)
    // The guitar is nearer to the instrument than to either sentence about shares.
    #expect(cosines[1] > 0.5 && cosines[1] > 4 * cosines[2] && cosines[1] > 4 * cosines[3])
  }

  @Test("flan-t5-small translates «The house is wonderful.»")
  func flan() throws {
    let expected = try expected("flan")
    let model = try EncoderDecoder(path: expected["path"]!.stringValue!)
    let source = try model.read([expected["source"]!.integers])[0]
    let greedy = expected["greedy"]!.integers
    #expect(try model.decoder.greedy([model.beginToken], greedy.count - 1, from: source) == Array(greedy.dropFirst()))
    #expect(expected["text"]?.stringValue == "Das Haus ist wunderbar.")
    let rows = try model.decoder.forward([(source, Array(greedy.dropLast()))]).logits
    let error = distance(rows, expected["logits"]!.numbers)
    print("flan-t5-small: largest error of a logit against float64 \(error)")
    #expect(error < 2e-4)
  }

  @Test("SmolLM2 answers a question from its own blocks, and agrees with transformers in float32")
  func smolLM2() throws {
    let expected = try expected("smollm2")
    let path = expected["path"]!.stringValue!
    let prompt = expected["prompt"]!.integers
    let exact = try CausalTransformer(path: path, precision: .float32)
    let error = distance(try exact.forward([(exact.start, prompt)]).logits, expected["logits"]!.numbers)
    print("SmolLM2: largest error of a logit against transformers in float32 \(error)")
    #expect(error < 1e-3)
    let continuation = expected["greedy"]!.integers
    #expect(try exact.greedy(prompt, continuation.count) == continuation)
    let pieces = expected["pieces"]!.arrayValue!.map { $0.stringValue ?? "" }
    let stored = try CausalTransformer(path: path, precision: .asStored)
    let tokens = try stored.greedy(prompt, 30).prefix { !stored.endTokens.contains($0) }
    let answer = tokens.map { pieces[$0] }.joined()
    print("SmolLM2 on its own blocks: «\(answer)»; llama.cpp: «\(expected["answer"]?.stringValue ?? "")»")
    #expect(answer.contains("Paris"))
  }
}
