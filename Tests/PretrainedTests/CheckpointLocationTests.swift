import Foundation
import Hub
import Testing

@testable import Pretrained

@Suite(.serialized) struct CheckpointLocationTests {
  @Test("A name that can lead nowhere is refused")
  func missing() {
    #expect(throws: NoCheckpoint(name: "no/such/model", revision: nil)) { try GPT("no/such/model") }
    #expect(
      NoCheckpoint(name: "./a", revision: nil).description
        == "There is no checkpoint «./a»: no such file or folder, and no repository of the hub is called so. Give a Hugging Face folder, a GGUF file, or a model of the hub as «owner/name» or «owner/name/file.gguf»."
    )
    #expect(throws: NoCheckpoint.self) { try CheckpointLocation("nothing/..") }
  }

  @Test("A repository's name leads to its snapshot in the hub's cache")
  func hub() throws {
    let home = FileManager.default.temporaryDirectory.appendingPathComponent("beamline-hub-\(ProcessInfo.processInfo.processIdentifier)")
    let repository = home.appendingPathComponent("hub/models--owner--name")
    try FileManager.default.createDirectory(
      at: repository.appendingPathComponent("snapshots/\(String(repeating: "ab", count: 20))"), withIntermediateDirectories: true)
    try FileManager.default.createDirectory(at: repository.appendingPathComponent("refs"), withIntermediateDirectories: true)
    let commit = String(repeating: "ab", count: 20)
    try Data("\(commit)\n".utf8).write(to: repository.appendingPathComponent("refs/main"))
    for file in ["config.json", "tokenizer.json", "model.safetensors"] {
      try Data().write(to: repository.appendingPathComponent("snapshots/\(commit)/\(file)"))
    }
    defer { try? FileManager.default.removeItem(at: home) }
    setenv("HF_HOME", home.path, 1)
    setenv("HF_HUB_OFFLINE", "1", 1)
    defer {
      unsetenv("HF_HOME")
      unsetenv("HF_HUB_OFFLINE")
    }
    #expect(try CheckpointLocation("owner/name").path == repository.path + "/snapshots/\(commit)")
    #expect(throws: HubError("owner/other", .offline(missing: "revision «main»", setting: "HF_HUB_OFFLINE"))) {
      try CheckpointLocation("owner/other")
    }
  }
}
