import Checkpoints
import Foundation
import Testing

@testable import Layers
@testable import Tensors

/// A folder that is there as long as the test runs.
private final class Folder {
  let path = NSTemporaryDirectory() + "layers-\(UUID().uuidString)"
  deinit { try? FileManager.default.removeItem(atPath: path) }
}

/// One small architecture of every kind that transformers has a class for.
private let presets: [String: @Sendable () throws -> Architecture] = [
  "gpt2": { try .gpt2(vocabularySize: 61, context: 24, width: 24, layers: 2, heads: 3, dropout: 0) },
  "gpt2-classifier": {
    try .gpt2(
      vocabularySize: 61, context: 24, width: 24, layers: 1, heads: 3, innerWidth: 40, activation: .relu, dropout: 0,
      classifier: ClassifierHead(labels: 3, pooling: .lastToken))
  },
  "llama": {
    try .llama(vocabularySize: 61, width: 32, layers: 2, heads: 4, keyValueHeads: 2, headWidth: 12, innerWidth: 40, rotaryBase: 5_000)
  },
  "llama-untied": {
    try .llama(vocabularySize: 61, width: 32, layers: 1, heads: 4, keyValueHeads: 4, innerWidth: 40, hasTiedHead: false)
  },
  "bert": { try .bert(.maskedLanguage, vocabularySize: 61, context: 24, width: 24, layers: 2, heads: 3, innerWidth: 40, dropout: 0) },
  "bert-pretraining": {
    try .bert(.pretraining, vocabularySize: 61, context: 24, width: 24, layers: 1, heads: 3, innerWidth: 40, dropout: 0)
  },
  "bert-classifier": {
    try .bert(.classifier(labels: 3), vocabularySize: 61, context: 24, width: 24, layers: 1, heads: 3, innerWidth: 40, dropout: 0)
  },
  "t5": {
    try .t5(
      vocabularySize: 61, width: 24, headWidth: 8, encoderLayers: 2, heads: 3, innerWidth: 40, buckets: 8, maximumDistance: 20, dropout: 0)
  },
  "t5-gated": {
    try .t5(
      vocabularySize: 61, width: 24, headWidth: 8, encoderLayers: 1, decoderLayers: 2, heads: 3, innerWidth: 40, activation: .geluTanh,
      isGated: true, hasTiedHead: false, buckets: 8, maximumDistance: 20, dropout: 0)
  },
]

private let inputs = [[5, 6, 7, 8, 9, 10, 11], [12, 13, 14], [60, 59, 58, 57, 56, 55, 54, 53, 52]]
private let outputs = [[0, 21, 22], [0, 23, 24, 25, 26], [0]]

/// Three steps of training, so that what is saved is not what was drawn.
private func trained(_ name: String) throws -> Network {
  let network = try presets[name]!().initialized(seed: 7)
  let (batch, decoder) = (TokenBatch(inputs), name.hasPrefix("t5") ? TokenBatch(outputs) : nil)
  let optimizer = AdamW(network.parameters)
  for _ in 0..<3 {
    let rows = try network(batch, decoder: decoder).rows
    try network.loss(batch, decoder: decoder, targets: (0..<rows).map { Int32($0 % 3) }).backward()
    optimizer.step(learningRate: 1e-2)
  }
  return network
}

private func logits(_ network: Network, _ name: String) throws -> [Float] {
  try withoutGradients { try network(TokenBatch(inputs), decoder: name.hasPrefix("t5") ? TokenBatch(outputs) : nil).elements }
}

@Suite struct SavingTests {
  @Test("What was trained here is loaded again as it was, by name and configuration", arguments: presets.keys.sorted())
  func again(_ name: String) throws {
    let (network, folder) = (try trained(name), Folder())
    try network.save(to: folder.path)
    let head: ClassifierHead? = name == "gpt2-classifier" ? ClassifierHead(labels: 3, pooling: .lastToken) : nil
    let copy = try Network(checkpoint: Checkpoint(path: folder.path), classifier: head)
    #expect(try logits(copy, name) == logits(network, name))
    #expect(copy.architecture.description == network.architecture.description)
    try copy.save(to: folder.path)
    #expect(try Network(checkpoint: Checkpoint(path: folder.path), classifier: head).config == copy.config)
  }

  /// `BEAMLINE_PYTHON` names a Python that has transformers.
  @Test(
    "transformers reads back what was trained here, with the same logits",
    .enabled(if: ProcessInfo.processInfo.environment["BEAMLINE_PYTHON"] != nil))
  func transformers() throws {
    let folder = Folder()
    try FileManager.default.createDirectory(atPath: folder.path, withIntermediateDirectories: true)
    for name in presets.keys.sorted() {
      let network = try trained(name)
      try network.save(to: "\(folder.path)/\(name)")
      let expected: [String: Any] = [
        "inputs": inputs, "outputs": name.hasPrefix("t5") ? outputs : [], "logits": try logits(network, name).map(Double.init),
      ]
      try JSONSerialization.data(withJSONObject: expected).write(to: URL(fileURLWithPath: "\(folder.path)/\(name)/expected.json"))
    }
    let process = Process()
    process.executableURL = URL(fileURLWithPath: ProcessInfo.processInfo.environment["BEAMLINE_PYTHON"]!)
    process.arguments =
      [URL(fileURLWithPath: #filePath).deletingLastPathComponent().path + "/read_back.py"]
      + presets.keys.sorted().map { "\(folder.path)/\($0)" }
    try process.run()
    process.waitUntilExit()
    #expect(process.terminationStatus == 0)
  }

  @Test("The tokenizer and the settings of generation go with the weights")
  func companions() throws {
    let (source, target) = (Folder(), Folder())
    try trained("gpt2").save(to: source.path)
    for file in ["tokenizer.json", "generation_config.json"] {
      try Data("{\"\(file)\": 1}".utf8).write(to: URL(fileURLWithPath: "\(source.path)/\(file)"))
    }
    try Network(checkpoint: Checkpoint(path: source.path)).save(to: target.path, as: .bfloat16)
    #expect(
      try FileManager.default.contentsOfDirectory(atPath: target.path).sorted()
        == ["config.json", "generation_config.json", "model.safetensors", "tokenizer.json"])
    #expect(try String(contentsOfFile: target.path + "/tokenizer.json", encoding: .utf8) == "{\"tokenizer.json\": 1}")
    #expect(try Checkpoint(path: target.path).config["dtype"]?.stringValue == "bfloat16")
  }

  /// Learned positions, post-norm, a classifier of means: nothing that transformers has.
  private func own(width: Int = 16, layers: Int = 2) throws -> Architecture {
    try Architecture("Mine", vocabularySize: 30, context: 12, width: width) {
      TokenEmbedding()
      PositionEmbedding()
      Repeated(layers) {
        Residual { SelfAttention(heads: 2) }
        LayerNorm()
        Residual { FeedForward(expansion: 2) }
        LayerNorm()
      }
      Pooling(.mean)
      Linear(3)
    }
  }

  @Test("Layers of one's own are saved by their paths, and loaded into the same architecture")
  func ownLayers() throws {
    let (architecture, folder) = (try own(), Folder())
    let network = architecture.initialized(seed: 3)
    try network.save(to: folder.path)
    let copy = try architecture.loaded(from: folder.path)
    let batch = TokenBatch([[1, 2, 3], [4, 5, 6, 7]])
    #expect(try network(batch).elements == copy(batch).elements)
    func sentence(_ body: () throws -> Any) -> String {
      do { return "accepted: \(try body())" } catch { return "\(error)".replacingOccurrences(of: folder.path, with: "FOLDER") }
    }
    #expect(
      sentence { try own(width: 18).loaded(from: folder.path) }
        == "FOLDER/model.safetensors: tensor «tokens.weight» has shape [30, 16]; expected: [30, 18].")
    #expect(sentence { try own(layers: 3).loaded(from: folder.path) } == "FOLDER: tensor «layers.2.attention.query.weight» is missing.")
    #expect(
      sentence { try own(layers: 1).loaded(from: folder.path) }
        == "FOLDER: tensor «layers.1.attention.key.bias»: its layer is not in this architecture; allowed: the architecture that was saved.")
    #expect(
      sentence { try Network(checkpoint: Checkpoint(path: folder.path)) }
        == "FOLDER/config.json: setting «model_type» is «beamline»; allowed: gpt2, llama, bert or t5; layers of your own are loaded by their architecture's loaded(from:)."
    )
    try trained("gpt2").save(to: folder.path)
    #expect(
      sentence { try architecture.loaded(from: folder.path) }
        == "FOLDER/config.json: setting «model_type» is \"gpt2\"; allowed: \"beamline\"; Network(checkpoint:) loads models of transformers."
    )
    #expect(sentence { try network.save(to: "/dev/null/x") } == "/dev/null/x: cannot be made: Not a directory.")
  }
}
