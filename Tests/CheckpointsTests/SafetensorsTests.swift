import Checkpoints
import Testing

@Suite("Safetensors")
struct SafetensorsTests {
  @Test("Three floats are read back")
  func smallExample() throws {
    let header = #"{"a":{"dtype":"F32","shape":[3],"data_offsets":[0,12]}}"#
    var file = safetensors(header, data: 0)
    for value: Float in [1, -2, 0.5] { withUnsafeBytes(of: value) { file += $0 } }
    try withFile(file) { path in
      let tensors = try SafetensorsFile(path: path).tensors
      #expect(tensors.map(\.name) == ["a"])
      #expect(try tensors[0].floats() == [1, -2, 0.5])
    }
  }

  @Test("Every plain type decodes as torch converts it to float32")
  func plainTypes() throws {
    let stored = try SafetensorsFile(path: fixture("types.safetensors")).tensors
    let expected = try SafetensorsFile(path: fixture("types-expected.safetensors")).tensors
    #expect(stored.count == 12)
    for tensor in stored {
      let oracle = try #require(expected.first { $0.name == tensor.name })
      #expect(tensor.shape == oracle.shape)
      #expect(try tensor.floats().map(\.bitPattern) == oracle.floats().map(\.bitPattern), "\(tensor.name)")
    }
  }

  @Test("What is written is read back, in float32 exactly and in bfloat16 rounded to even")
  func roundTrip() throws {
    var random = SplitMix(state: 1)
    let values = (0..<60).map { _ in Float.random(in: -3...3, using: &random) }
    try withFile([]) { path in
      try SafetensorsFile.write([("b", [3, 20], values), ("a", [], [2]), ("empty", [0, 4], [])], to: path)
      let file = try SafetensorsFile(path: path)
      #expect(file.metadata == ["format": "pt"])
      let byName = Dictionary(uniqueKeysWithValues: file.tensors.map { ($0.name, $0) })
      #expect(byName["b"]?.shape == [3, 20])
      #expect(try byName["b"]?.floats() == values)
      #expect(try byName["b"]?.floats(rows: 1..<2) == Array(values[20..<40]))
      #expect(try byName["a"]?.floats() == [2])
      #expect(byName["empty"]?.count == 0)
      // 1 + 2⁻⁸ lies midway between two bfloat16 numbers and goes to the even one below, 1 + 3·2⁻⁸ to the even one above.
      try SafetensorsFile.write([("x", [4], [1.003_906_25, 1.011_718_75, -0.0, .infinity])], as: .bfloat16, to: path)
      #expect(try SafetensorsFile(path: path).tensors[0].floats() == [1, 1.015625, 0, .infinity])
    }
  }

  @Test(
    "A lying header is refused with a sentence",
    arguments: [
      (
        #"{ "#, 0,
        "FILE: the header is not JSON (line 1, column 3 (byte 2): expected a key in double quotes, found the end of the text); allowed: a JSON object."
      ),
      (#"[]"#, 0, "FILE: the header is an array; allowed: a JSON object."),
      (#"{"a":1}"#, 0, "FILE: tensor «a»: its entry is 1; allowed: an object with dtype, shape and data_offsets."),
      (
        #"{"a":{"dtype":"Q4_0","shape":[],"data_offsets":[0,0]}}"#, 0,
        "FILE: tensor «a»: dtype is \"Q4_0\"; allowed: F64, F32, F16, BF16, I64, I32, I16, I8, U64, U32, U16, U8, BOOL."
      ),
      (#"{"a":{"dtype":"F32","shape":[-1],"data_offsets":[0,0]}}"#, 0, "FILE: tensor «a»: shape is [-1]; allowed: integers from 0."),
      (#"{"a":{"dtype":"F32","shape":[1.5],"data_offsets":[0,6]}}"#, 6, "FILE: tensor «a»: shape is [1.5]; allowed: integers from 0."),
      (
        #"{"a":{"dtype":"F32","shape":[4294967296,4294967296],"data_offsets":[0,0]}}"#, 0,
        "FILE: tensor «a»: shape is [4294967296,4294967296]; allowed: a product within 64 bits."
      ),
      (
        #"{"a":{"dtype":"F32","shape":[0,4294967296,4294967296],"data_offsets":[0,0]}}"#, 0,
        "FILE: tensor «a»: shape is [0,4294967296,4294967296]; allowed: a product within 64 bits."
      ),
      (
        #"{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,4]}}"#, 4,
        "FILE: tensor «a»: data_offsets is [0,4]; allowed: 8 bytes for F32 of shape [2]."
      ),
      (
        #"{"a":{"dtype":"F32","shape":[1],"data_offsets":[4,0]}}"#, 4,
        "FILE: tensor «a»: data_offsets is [4,0]; allowed: two increasing integers from 0."
      ),
      (
        #"{"a":{"dtype":"F32","shape":[250000000000],"data_offsets":[0,1000000000000]}}"#, 4,
        "FILE: the file ends too early: tensor «a» needs 1000000000000 bytes, 4 are there."
      ),
      (
        #"{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},"b":{"dtype":"F32","shape":[2],"data_offsets":[4,12]}}"#, 12,
        "FILE: tensors «a» and «b» overlap; every byte may belong to one tensor."
      ),
      (
        #"{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}"#, 8,
        "FILE: the data is 4 bytes of tensors in 8 bytes of data; allowed: tensors without gaps between or after them."
      ),
    ])
  func refusals(header: String, data: Int, sentence: String) {
    #expect(refusal(safetensors(header, data: data)) { _ = try SafetensorsFile(path: $0) } == sentence)
  }

  @Test("A header length beyond the file or beyond the format is refused before anything is read")
  func headerLength() {
    func sentence(_ declared: UInt64) -> String {
      refusal(safetensors("{}", data: 0, declared: declared)) { _ = try SafetensorsFile(path: $0) }
    }
    #expect(sentence(3) == "FILE: the file ends too early: the header needs 3 bytes, 2 are there.")
    #expect(sentence(.max) == "FILE: the header's length is 18446744073709551615; allowed: 2 to 100000000 bytes.")
    #expect(sentence(0) == "FILE: the header's length is 0; allowed: 2 to 100000000 bytes.")
    #expect(
      refusal([1, 2]) { _ = try SafetensorsFile(path: $0) }
        == "FILE: the file ends too early: the header's length needs 8 bytes, 2 are there.")
    #expect(
      refusal([]) { _ = try SafetensorsFile(path: $0) } == "FILE: the file ends too early: the header's length needs 8 bytes, 0 are there.")
  }

  @Test("No change of bytes makes the reader trap", arguments: 0..<40)
  func fuzz(seed: Int) {
    var random = SplitMix(state: UInt64(seed))
    let original = bytes(of: fixture("types.safetensors"))
    for _ in 0..<50 {
      let mutated = mutate(original, headerBytes: 1200, &random)
      withFile(mutated) { path in
        guard let file = try? SafetensorsFile(path: path) else { return }
        for tensor in file.tensors { _ = try? tensor.floats() }
      }
    }
  }
}

/// The bytes with a few changed, removed or repeated, most of them in the header.
func mutate(_ bytes: [UInt8], headerBytes: Int, _ random: inout SplitMix) -> [UInt8] {
  var bytes = bytes
  for _ in 0..<Int.random(in: 1...4, using: &random) {
    let place = Int.random(in: 0..<min(bytes.count, headerBytes), using: &random)
    switch Int.random(in: 0..<6, using: &random) {
    case 0: bytes[place] = UInt8.random(in: 0...255, using: &random)
    case 1: bytes[place] ^= 1 << UInt8.random(in: 0..<8, using: &random)
    case 2: bytes[place] = 0xFF
    case 3: bytes[place] = UInt8(ascii: "9")
    case 4: bytes.removeSubrange(place..<min(bytes.count, place + Int.random(in: 1...8, using: &random)))
    default: bytes.removeLast(Int.random(in: 0...bytes.count / 2, using: &random))
    }
    if bytes.isEmpty { return [0] }
  }
  return bytes
}
