import Checkpoints
import Decoding
import Display
import Foundation
import Inference
import LanguageModels
import Layers
import Tensors
import Testing
import Tokenizers

@testable import Pretrained

/// The folder that make_agreement.py wrote.
private let folder = ProcessInfo.processInfo.environment["BEAMLINE_AGREEMENT"]

/// Models of real sizes against transformers in float64: inference, the layers that training computes with, and GGUF files.
///
/// Every text is one of a batch of different lengths (padded and masked in transformers), the longest as long as the model reads.
@Suite(.serialized, .enabled(if: folder != nil, "set BEAMLINE_AGREEMENT to the folder that make_agreement.py wrote"))
struct AgreementTests {
  struct Entry: Decodable {
    let name: String
    let kind: String
    let path: String
    let gguf: String?
    let texts: [[Int]]
    let segments: [[Int]]?
    let outputs: [[Int]]?
    let prompt: [Int]?
    let logits: [[Double]]?
    let hidden: [[Double]]?
    let masked: [[Double]]?
    let following: [[Double]]?
    let greedy: [Int]?
    let beam4: [Int]?
  }

  private func entries(_ kind: String) throws -> [Entry] {
    let data = try Data(contentsOf: URL(fileURLWithPath: "\(folder ?? "")/agreement.json"))
    return try JSONDecoder().decode([Entry].self, from: data).filter { $0.kind == kind }
  }

  /// The largest difference, told with the size of the numbers, which it is to be measured by.
  private func compare(_ what: String, _ found: [[Float]], _ expected: [[Double]], within tolerance: Double) {
    #expect(found.map(\.count) == expected.map(\.count))
    let differences = zip(found, expected).map { zip($0, $1).map { abs(Double($0) - $1) }.max() ?? .infinity }
    let largest = expected.joined().map(abs).max() ?? 0
    print(
      "\(what): largest differences \(differences.map { String(format: "%.1e", $0) }), largest value \(String(format: "%.1f", largest))")
    #expect((differences.max() ?? .infinity) < tolerance * max(1, largest), "\(what)")
  }

  /// The last row of every sequence of a padded batch.
  private func lastRows(_ tensor: Tensor, _ tokens: TokenBatch) -> [[Float]] {
    let elements = tensor.elements
    return (0..<tokens.count).map { row in
      let end = (row * tokens.time + tokens.lengths[row]) * tensor.width
      return Array(elements[end - tensor.width..<end])
    }
  }

  @Test("Decoders: logits of a batch, greedy and beam outputs")
  func decoders() async throws {
    for entry in try entries("decoder") {
      let model = try CausalTransformer(path: entry.path)
      let rows = try model.forward(entry.texts.map { (model.start, $0) }).logits
      let size = model.shape.vocabularySize
      compare(entry.name, entry.texts.indices.map { Array(rows[$0 * size..<($0 + 1) * size]) }, entry.logits!, within: 5e-6)
      let network = try Network(checkpoint: Checkpoint(path: entry.path), dropout: 0)
      // The longest alone would take a table of a thousand rows of the vocabulary for every text of the batch.
      for (index, text) in entry.texts.enumerated() where text.count < 1_100 {
        let batch = TokenBatch([text])
        let logits = try withoutGradients { try lastRows(network(batch), batch) }
        compare("\(entry.name), layers, \(text.count) tokens", logits, [entry.logits![index]], within: 5e-6)
      }
      let language = TransformerLanguageModel(model, vocabulary: NumberedVocabulary(count: size))
      let prompt = entry.prompt!
      let request = GenerationRequest(model: language, prompt: prompt)
      let greedy = try await Greedy(maximumNewTokens: 40).generate(request).best.tokens
      let beam = try await BeamSearch.transformers(width: 4, maximumNewTokens: 24).generate(request).best.tokens
      print("\(entry.name): \(greedy.count) greedy tokens and \(beam.count) of a beam of 4 are those of transformers")
      #expect(greedy == entry.greedy! && beam == entry.beam4!)
    }
  }

  @Test("Encoders: hidden states, masked words and next sentences of a batch, from folders and GGUF")
  func encoders() throws {
    for entry in try entries("encoder") {
      for path in [entry.path, entry.gguf].compactMap({ $0 }) where FileManager.default.fileExists(atPath: path) {
        let name = path.hasSuffix(".gguf") ? "\(entry.name), GGUF" : entry.name
        let model = try Inference.BERT(path: path)
        let encoded = try model.encode(entry.texts, segments: entry.segments)
        compare(name, encoded.map { Array($0[$0.count - 1]) }, entry.hidden!, within: 1e-5)
        guard let masked = entry.masked, let following = entry.following else { continue }
        let words = try entry.texts.indices.map { index in
          try #require(
            try model.maskedWordLogits(entry.texts[index], segments: entry.segments![index], at: [entry.texts[index].count / 2]))[0]
        }
        compare("\(name), masked words", words, masked, within: 1e-5)
        compare(
          "\(name), next sentence", try #require(try model.nextSentenceLogits(entry.texts, segments: entry.segments!)), following,
          within: 1e-5)
      }
      let network = try Network(checkpoint: Checkpoint(path: entry.path), bertHead: BERTHead.none, dropout: 0)
      let batch = TokenBatch(entry.texts, segments: entry.segments)
      compare("\(entry.name), layers", try withoutGradients { try lastRows(network(batch), batch) }, entry.hidden!, within: 1e-5)
    }
  }

  @Test("Encoder-decoders: logits of a batch, greedy and beam outputs, from folders and GGUF")
  func encoderDecoders() async throws {
    for entry in try entries("encoder-decoder") {
      for path in [entry.path, entry.gguf].compactMap({ $0 }) where FileManager.default.fileExists(atPath: path) {
        let name = path.hasSuffix(".gguf") ? "\(entry.name), GGUF" : entry.name
        let model = try EncoderDecoder(path: path)
        let sources = try model.read(entry.texts)
        let rows = try model.decoder.forward(zip(sources, entry.outputs!).map { ($0, $1) }).logits
        let size = model.shape.vocabularySize
        compare(name, entry.texts.indices.map { Array(rows[$0 * size..<($0 + 1) * size]) }, entry.logits!, within: 5e-6)
        let language = try TransformerLanguageModel(model, reading: entry.texts[0], vocabulary: NumberedVocabulary(count: size))
        let request = GenerationRequest(model: language, prompt: [])
        let greedy = try await Greedy(maximumNewTokens: 20).generate(request).best.tokens
        let beam = try await BeamSearch.transformers(width: 4, maximumNewTokens: 20).generate(request).best.tokens
        print("\(name): \(greedy.count) greedy tokens and \(beam.count) of a beam of 4 are those of transformers")
        // transformers puts the token that begins an output before it, and padding behind.
        #expect(greedy == Array(entry.greedy!.dropFirst()) && beam == Array(entry.beam4!.dropFirst()))
      }
      let network = try Network(checkpoint: Checkpoint(path: entry.path), dropout: 0)
      let (batch, outputs) = (TokenBatch(entry.texts), TokenBatch(entry.outputs!))
      let logits = try withoutGradients { try lastRows(network(batch, decoder: outputs), outputs) }
      compare("\(entry.name), layers", logits, entry.logits!, within: 5e-6)
    }
  }

  @Test("A GGUF file's tokenizer is the folder's")
  func tokenizers() throws {
    for entry in try entries("encoder") + entries("encoder-decoder") {
      guard let path = entry.gguf, FileManager.default.fileExists(atPath: path) else { continue }
      let (ours, theirs) = (try Tokenizer(of: Checkpoint(path: path)), try Tokenizer(folder: entry.path))
      for text in [
        "Hello, world!", "The house is wonderful. Ünïcödé, naïve café", "  two  spaces ", "日本語 emoji 😀", "mnli hypothesis: a premise: b",
      ] {
        #expect(ours.encode(text).ids == theirs.encode(text).ids, "\(entry.name): \(text)")
      }
    }
  }
}

/// Tokens without texts.
private struct NumberedVocabulary: Vocabulary {
  let count: Int
  func tokens(of text: String) throws -> [Int] { [] }
  func text(of tokens: [Int]) -> String { tokens.map(String.init).joined(separator: " ") }
  func label(of token: Int) -> String { "\(token)" }
  var labelSeparator: String { " " }
}
