import Checkpoints
import Foundation
import Testing

@testable import Layers
@testable import Tensors

/// Logits, loss and gradients of transformers: see make_fixtures.py.
private struct Expected: Decodable {
  let ids: [[Int]]
  let segments: [[Int]]?
  let decoder: [[Int]]?
  let logits: [Float]
  let targets: [Int32]
  let loss: Float
  /// The length of a gradient, and its product with cos 0, cos 1, cos 2, …
  let gradients: [String: [Double]]
  /// The distance of torch's gradients under autocast from those, as a part of their length.
  let bfloat16Error: Double
}

private let fixtures = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appendingPathComponent("Fixtures").path
private let families = ["gpt2", "llama", "bert-mlm", "bert-classifier", "t5-v1.0", "t5-v1.1"]

@Suite struct CheckpointTests {
  private func load(_ name: String) throws -> (Network, Expected, TokenBatch, TokenBatch?) {
    let network = try Network(checkpoint: Checkpoint(path: "\(fixtures)/\(name)"))
    let data = try Data(contentsOf: URL(fileURLWithPath: "\(fixtures)/\(name)/expected.json"))
    let expected = try JSONDecoder().decode(Expected.self, from: data)
    return (network, expected, TokenBatch(expected.ids, segments: expected.segments), expected.decoder.map { TokenBatch($0) })
  }

  @Test("Logits of padded batches agree with transformers", arguments: families)
  func logits(_ name: String) throws {
    let (network, expected, batch, decoder) = try load(name)
    let logits = try withoutGradients { () throws(ModelError) in try network(batch, decoder: decoder) }
    var real = logits.elements
    if name != "bert-classifier" {
      let tokens = decoder ?? batch
      let width = logits.width
      let all = real
      real = []
      for row in 0..<tokens.count {
        let first = row * tokens.time * width
        real += all[first..<first + tokens.lengths[row] * width]
      }
    }
    #expect(real.count == expected.logits.count)
    let worst = zip(real, expected.logits).map { abs($0 - $1) }.max() ?? .infinity
    #expect(worst < 2e-5, "largest difference \(worst)")
  }

  @Test("Loss and every gradient agree with torch", arguments: families)
  func gradients(_ name: String) throws {
    let (network, expected, batch, decoder) = try load(name)
    let loss = try network.loss(batch, decoder: decoder, targets: expected.targets)
    #expect(abs(loss.item - expected.loss) < 1e-5)
    loss.backward()
    let names = try #require(network.names)
    // The table that writes weights writes their gradients as well.
    let twins = try network.parameters.map { parameter in
      let twin = Parameter(name: parameter.name, Tensor(repeating: 0, shape: parameter.shape))
      twin.values = try #require(parameter.gradient)
      return twin
    }
    let tensors = names.tensors(twins)
    #expect(Set(tensors.map(\.name)) == Set(expected.gradients.keys))
    for tensor in tensors {
      let expected = try #require(expected.gradients[tensor.name])
      let length = tensor.elements.reduce(0.0) { $0 + Double($1) * Double($1) }.squareRoot()
      let product = tensor.elements.enumerated().reduce(0.0) { $0 + Double($1.element) * cos(Double($1.offset)) }
      let tolerance = 1e-4 * expected[0] + 1e-7
      #expect(abs(length - expected[0]) < tolerance && abs(product - expected[1]) < tolerance, "\(tensor.name)")
    }
  }

  @Test("In bfloat16, loss and gradients are about as near to single precision as torch's autocast is", arguments: families)
  func bfloat16(_ name: String) throws {
    let (network, expected, batch, decoder) = try load(name)
    func gradients(_ precision: MatrixPrecision) throws -> [Double] {
      network.precision = precision
      network.parameters.clearGradients()
      let loss = try network.loss(batch, decoder: decoder, targets: expected.targets)
      #expect(abs(loss.item - expected.loss) < (precision == .float32 ? 1e-5 : 0.01 * expected.loss))
      loss.backward()
      return network.parameters.flatMap { $0.gradient?.map(Double.init) ?? [] }
    }
    let (exact, rounded) = (try gradients(.float32), try gradients(.bfloat16))
    let distance = zip(exact, rounded).reduce(0) { $0 + ($1.0 - $1.1) * ($1.0 - $1.1) }.squareRoot()
    let length = exact.reduce(0) { $0 + $1 * $1 }.squareRoot()
    #expect(distance > 0 && distance / length < 1.25 * expected.bfloat16Error, "\(distance / length), torch \(expected.bfloat16Error)")
  }

  @Test("What is saved is what was loaded, name by name", arguments: families)
  func saving(_ name: String) throws {
    let (network, _, _, _) = try load(name)
    let folder = NSTemporaryDirectory() + "layers-\(name)-\(ProcessInfo.processInfo.processIdentifier)"
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(atPath: folder) }
    try network.save(to: folder)
    let (original, copy) = (try Checkpoint(path: "\(fixtures)/\(name)"), try Checkpoint(path: folder))
    #expect(copy.names == original.names)
    for name in original.names { #expect(try original.tensor(name)?.floats() == copy.tensor(name)?.floats(), "\(name)") }
    #expect(copy.config == original.config)
  }

  @Test("A checkpoint that does not fit is refused with its tensor's name")
  func refusals() throws {
    let body = try Checkpoint(path: "\(fixtures)/bert-mlm")
    let error = #expect(throws: CheckpointError.self) { try Network(checkpoint: body, bertHead: .classifier(labels: 2)) }
    #expect(error?.reason == .missing(tensor: "bert.pooler.dense.weight"))
    let network = try Network(checkpoint: body, bertHead: .classifier(labels: 2), newWeightsSeed: 1)
    #expect(network.parameter("linear2.weight")?.shape == [2, 24])
  }
}
