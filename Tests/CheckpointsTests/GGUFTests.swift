import Checkpoints
import Testing

@Suite("GGUF")
struct GGUFTests {
  @Test("Metadata of every kind is read")
  func metadata() throws {
    let file = try GGUFFile(path: fixture("blocks.gguf"))
    #expect(file.version == 3)
    #expect(file.metadata["general.architecture"] == .string("test"))
    #expect(file.metadata["test.text"] == .string("naïve ☃"))
    #expect(file.metadata["test.count"] == .integer(7))
    #expect(file.metadata["test.number"] == .number(0.5))
    #expect(file.metadata["test.flag"] == .bool(true))
    #expect(file.metadata["test.large"] == .unsigned(1 << 63 + 1))
    #expect(file.metadata["test.tokens"] == .strings(["a", "b", ""]))
    #expect(file.metadata["test.scores"] == .numbers([0.5, -1]))
    #expect(file.metadata["test.types"] == .integers([1, 2, 3]))
  }

  @Test("Every block type decodes as the gguf package decodes it")
  func blocks() throws {
    let file = try GGUFFile(path: fixture("blocks.gguf"))
    let expected = try SafetensorsFile(path: fixture("blocks.safetensors")).tensors
    #expect(file.tensors.count == 13)
    for tensor in file.tensors {
      #expect(tensor.type.rawValue == tensor.name)
      #expect(tensor.shape == [2, 512])
      let oracle = try #require(expected.first { $0.name == tensor.name }).floats()
      let found = try tensor.floats()
      // The same operations in another order: the last bit may differ.
      let worst = zip(found, oracle).map { abs($0 - $1) / max(1, abs($1)) }.max() ?? .infinity
      #expect(worst <= 1e-6, "\(tensor.name): \(worst)")
      #expect(try tensor.floats(rows: 1..<2) == Array(found[512...]))
    }
  }

  /// A header with one tensor entry and 64 bytes of data.
  private func file(
    version: UInt32 = 3, tensors: UInt64 = 1, pairs: [UInt8] = [], pairCount: UInt64 = 0, shape: [UInt64] = [4], type: UInt32 = 0,
    offset: UInt64 = 0, data: Int = 64
  ) -> [UInt8] {
    func little<Integer: FixedWidthInteger>(_ value: Integer) -> [UInt8] { withUnsafeBytes(of: value.littleEndian) { Array($0) } }
    var bytes = Array("GGUF".utf8) + little(version) + little(tensors) + little(pairCount) + pairs
    bytes += little(UInt64(1)) + Array("w".utf8) + little(UInt32(shape.count)) + shape.flatMap(little) + little(type) + little(offset)
    while bytes.count % 32 != 0 { bytes.append(0) }
    return bytes + [UInt8](repeating: 0, count: data)
  }

  private func sentence(_ bytes: [UInt8]) -> String { refusal(bytes) { _ = try GGUFFile(path: $0) } }

  @Test("A lying header is refused with a sentence")
  func refusals() {
    #expect(sentence(file()) == "accepted")
    #expect(sentence(Array("GGML0000".utf8)) == "FILE: the magic number is another; allowed: «GGUF».")
    #expect(sentence(file(version: 1)) == "FILE: the version is 1; allowed: 2 or 3, little-endian.")
    #expect(
      sentence(file(version: UInt32(3).byteSwapped)) == "FILE: the version is 3 in big-endian order; allowed: 2 or 3, little-endian.")
    #expect(
      sentence(file(tensors: .max))
        == "FILE: the file ends too early: the tensor entries needs 18446744073709551615 bytes, 104 are there.")
    #expect(
      sentence(file(pairCount: 1 << 60))
        == "FILE: the file ends too early: the metadata pairs needs 14987979559889010688 bytes, 104 are there.")
    #expect(
      sentence(file(shape: [1 << 40, 1 << 40]))
        == "FILE: tensor «w»: its shape is [1099511627776, 1099511627776]; allowed: rows of whole blocks of 1 elements, a product within 64 bits."
    )
    #expect(sentence(file(shape: [.max])) == "FILE: tensor «w»: a size is 18446744073709551615; allowed: up to 9223372036854775807.")
    #expect(sentence(file(shape: [1, 1, 1, 1, 1])) == "FILE: tensor «w»: its number of dimensions is 5; allowed: 0 to 4.")
    #expect(
      sentence(file(shape: [16], type: 2))
        == "FILE: tensor «w»: its shape is [16]; allowed: rows of whole blocks of 32 elements, a product within 64 bits.")
    #expect(sentence(file(offset: 3)) == "FILE: tensor «w»: its offset is 3; allowed: a multiple of the alignment, 32.")
    #expect(sentence(file(offset: 64)) == "FILE: the file ends too early: tensor «w» needs 80 bytes, 64 are there.")
    #expect(
      sentence(file(offset: .max - 31))
        == "FILE: the file ends too early: tensor «w» needs 18446744073709551600 bytes, 64 are there.")
    #expect(sentence(file(type: 4)).hasPrefix("FILE: tensor «w»: its type is 4; allowed: 28 (F64), 0 (F32), 1 (F16), "))
    #expect(sentence(file(tensors: 2)) != "accepted")
  }

  @Test("Metadata that lies about its length is refused with a sentence")
  func lyingMetadata() {
    func pair(type: UInt32, _ value: [UInt8]) -> [UInt8] {
      func little<Integer: FixedWidthInteger>(_ value: Integer) -> [UInt8] { withUnsafeBytes(of: value.littleEndian) { Array($0) } }
      return file(pairs: little(UInt64(1)) + Array("k".utf8) + little(type) + value, pairCount: 1)
    }
    let large = [UInt8](repeating: 0xFF, count: 8)
    #expect(
      sentence(pair(type: 8, large))
        == "FILE: the file ends too early: metadata «k» needs 18446744073709551615 bytes, 115 are there.")
    #expect(
      sentence(pair(type: 9, [0, 0, 0, 0] + large))
        == "FILE: the file ends too early: metadata «k» needs 18446744073709551615 bytes, 111 are there.")
    #expect(sentence(pair(type: 13, [])) == "FILE: the type of metadata «k» is 13; allowed: 0 to 12.")
    let nested: [UInt8] = (0..<9).flatMap { _ -> [UInt8] in [9, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0] }
    #expect(sentence(pair(type: 9, nested)) == "FILE: metadata «k» is arrays nested deeper than 8; allowed: up to 8.")
  }

  @Test("No change of bytes makes the reader trap", arguments: 0..<40)
  func fuzz(seed: Int) {
    var random = SplitMix(state: UInt64(seed))
    let original = bytes(of: fixture("blocks.gguf"))
    for _ in 0..<50 {
      withFile(mutate(original, headerBytes: 1400, &random)) { path in
        guard let file = try? GGUFFile(path: path) else { return }
        for tensor in file.tensors { _ = try? tensor.floats() }
      }
    }
  }
}
