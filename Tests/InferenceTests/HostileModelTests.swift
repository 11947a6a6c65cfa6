import Checkpoints
import Display
import Inference
import Testing

#if canImport(Glibc)
  import Glibc
#endif

/// Models whose configuration or file was changed somewhere: a sentence or a model, never a trap, and no memory for what is not there.
@Suite("Hostile models", .serialized)
struct HostileModelTests {
  /// Repeatable random numbers (SplitMix64).
  private struct SplitMix: RandomNumberGenerator {
    var state: UInt64
    mutating func next() -> UInt64 {
      state &+= 0x9E37_79B9_7F4A_7C15
      var z = state
      z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
      z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
      return z ^ (z >> 31)
    }
  }

  private static let values: [JSON] = [
    0, -1, 1, 2, 3, 7, 65_536, 16_777_216, 2_147_483_648, .integer(.max), .integer(.min), .number(1e308), .number(-0.5), .number(1e-300),
    .null,
    true, "", "x", "gelu", [], [1, 2], [:], .number(2.5),
  ]

  /// Loads a model of any kind and lets it read three tokens. Whatever it throws has to be a sentence.
  private func use(_ path: String) -> Bool {
    do {
      let checkpoint = try Checkpoint(path: path)
      let kind = checkpoint.config["model_type"]?.stringValue ?? checkpoint.ggufMetadata["general.architecture"]?.stringValue
      switch kind {
      case "bert": _ = try BERT(checkpoint).encode([[1, 2, 3]])
      case "t5":
        let t5 = try EncoderDecoder(checkpoint)
        _ = try t5.decoder.forward([(try t5.read([[1, 2, 3]])[0], [t5.beginToken])])
      default:
        let model = try CausalTransformer(checkpoint)
        _ = try model.forward([(model.start, [1, 2, 3])])
      }
      return true
    } catch {
      let sentence = "\(error)"
      #expect(sentence.hasSuffix(".") && !sentence.contains("\n") && sentence.utf8.count < 1000, "\(sentence)")
      return false
    }
  }

  private var peakBytes: Int {
    var usage = rusage()
    getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage)
    return usage.ru_maxrss * 1024
  }

  @Test("Every setting with every kind of value", arguments: ["gpt2", "llama", "llama-untied", "bert", "bert-masked", "t5", "t5-v1_1"])
  func settings(name: String) throws {
    let before = peakBytes
    let config = try json(fixture("\(name)/config.json"))
    let folder = "/tmp/beamline-hostile-\(getpid())-\(name)"
    mkdir(folder, 0o777)
    symlink(fixture("\(name)/model.safetensors"), "\(folder)/model.safetensors")
    defer {
      for file in ["model.safetensors", "config.json"] { unlink("\(folder)/\(file)") }
      rmdir(folder)
    }
    var accepted = 0
    var tried = 0
    for (key, _) in try #require(config.objectValue) {
      for value in Self.values {
        let fields = (config.objectValue ?? [:]).map { ($0.key, $0.key == key ? value : $0.value) }
        let stream = try #require(fopen("\(folder)/config.json", "wb"))
        let text = JSON.object(JSON.Object(fields)).compactText
        fwrite(text, 1, text.utf8.count, stream)
        fclose(stream)
        tried += 1
        if use(folder) { accepted += 1 }
      }
    }
    print("\(name): \(tried) configurations, \(accepted) accepted")
    #expect(tried > 300 && accepted > 0 && accepted < tried)
    #expect(peakBytes - before < 600 << 20, "\((peakBytes - before) >> 20) MB")
  }

  @Test("Every kind of change to a GGUF file", arguments: ["llama.gguf", "gpt2.gguf", "bert.gguf", "t5-v1_1.gguf"])
  func files(name: String) throws {
    let before = peakBytes
    let original = try bytes(of: fixture(name))
    let path = "/tmp/beamline-hostile-\(getpid()).gguf"
    defer { unlink(path) }
    var random = SplitMix(state: 11)
    var accepted = 0
    for _ in 0..<400 {
      var changed = original
      for _ in 0..<Int.random(in: 1...3, using: &random) {
        // Settings and tensor entries stand in the first kilobytes.
        let place = Int.random(in: 0..<min(changed.count, 6_000), using: &random)
        switch Int.random(in: 0..<5, using: &random) {
        case 0: changed[place] = UInt8.random(in: 0...255, using: &random)
        case 1: changed[place] ^= 1 << UInt8.random(in: 0..<8, using: &random)
        case 2: changed[place] = 0xFF
        case 3: changed[place] = 0
        default: changed.removeLast(Int.random(in: 0...changed.count / 2, using: &random))
        }
        if changed.count < 8 { break }
      }
      let stream = try #require(fopen(path, "wb"))
      fwrite(changed, 1, changed.count, stream)
      fclose(stream)
      if use(path) { accepted += 1 }
    }
    print("\(name): 400 files, \(accepted) accepted")
    #expect(accepted > 0 && accepted < 400)
    #expect(peakBytes - before < 600 << 20, "\((peakBytes - before) >> 20) MB")
  }

  private func bytes(of path: String) throws -> [UInt8] {
    let stream = try #require(fopen(path, "rb"))
    defer { fclose(stream) }
    fseek(stream, 0, SEEK_END)
    let count = ftell(stream)
    rewind(stream)
    return [UInt8](unsafeUninitializedCapacity: count) { buffer, initialized in initialized = fread(buffer.baseAddress, 1, count, stream) }
  }
}
