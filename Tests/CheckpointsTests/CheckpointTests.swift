import Checkpoints
import Testing

#if canImport(Glibc)
  import Glibc
#endif

@Suite("Checkpoint")
struct CheckpointTests {
  @Test("A folder that transformers saved in shards is one checkpoint")
  func shards() throws {
    let checkpoint = try Checkpoint(path: fixture("sharded"))
    #expect(checkpoint.config["n_layer"]?.intValue == 2)
    #expect(checkpoint.generationConfig?["eos_token_id"]?.intValue == 0)
    #expect(checkpoint.names.count == 28)
    let embedding = try checkpoint.tensor("transformer.wte.weight", shape: [40, 16])
    #expect(try embedding.floats(rows: 3..<4).count == 16)
    #expect(Set(checkpoint.names.compactMap { checkpoint.tensor($0)?.path }).count == 3)
  }

  @Test("A tensor that is missing or has another shape is named with its file")
  func mismatch() throws {
    let folder = fixture("sharded")
    let checkpoint = try Checkpoint(path: folder)
    #expect(throws: CheckpointError(file: folder, .missing(tensor: "wte"))) { try checkpoint.tensor("wte", shape: [1]) }
    let file = checkpoint.tensor("transformer.ln_f.bias")!.path
    let error = #expect(throws: CheckpointError.self) { try checkpoint.tensor("transformer.ln_f.bias", shape: [768]) }
    #expect(error?.description == "\(file): tensor «transformer.ln_f.bias» has shape [16]; expected: [768].")
  }

  @Test("A single file is told apart by its first bytes")
  func singleFiles() throws {
    #expect(try Checkpoint(path: fixture("blocks.gguf")).isGGUF)
    #expect(try !Checkpoint(path: fixture("types.safetensors")).isGGUF)
  }

  @Test("What is no checkpoint is refused with a sentence")
  func refusals() throws {
    func sentence(_ path: String) -> String {
      do {
        _ = try Checkpoint(path: path)
        return "accepted"
      } catch { return "\(error)" }
    }
    #expect(sentence("/nowhere/model") == "/nowhere/model: cannot be opened: No such file or directory.")
    #expect(sentence("/dev/null") == "/dev/null: not a regular file.")
    let fixtures = fixture("")
    #expect(sentence(fixtures) == "\(fixtures)/config.json: cannot be opened: No such file or directory.")
  }

  @Test("An index may only name files beside it")
  func hostileIndex() throws {
    var template = Array("/tmp/beamline-test-XXXXXX".utf8CString)
    let folder = template.withUnsafeMutableBufferPointer { String(cString: mkdtemp($0.baseAddress!)) }
    let (config, index) = (folder + "/config.json", folder + "/model.safetensors.index.json")
    defer {
      unlink(config)
      unlink(index)
      rmdir(folder)
    }
    func write(_ text: String, _ path: String) {
      let stream = fopen(path, "w")!
      fputs(text, stream)
      fclose(stream)
    }
    write("{}", config)
    write(#"{"weight_map": {"w": "../../etc/x.safetensors"}}"#, index)
    let error = #expect(throws: CheckpointError.self) { try Checkpoint(path: folder) }
    #expect(
      error?.description
        == "\(index): the shard of «w» is \"../../etc/x.safetensors\"; allowed: the name of a .safetensors file in the same folder.")
  }
}
