import Foundation
import Testing

@testable import Pretrained

@Suite(.serialized) struct CheckpointLocationTests {
  @Test("A name that leads nowhere is refused with the places that were looked at")
  func missing() {
    #expect(throws: NoCheckpoint(name: "no/such/model", places: ["no/such/model"])) { try GPT("no/such/model") }
    #expect(
      NoCheckpoint(name: "a", places: ["a"]).description
        == "There is no checkpoint «a»: looked for a. Give a Hugging Face folder, a GGUF file, or the name of a model that is in the hub's cache."
    )
    #expect(throws: NoCheckpoint.self) { try CheckpointLocation("nothing/..") }
  }

  @Test("A repository's name leads to its snapshot in the hub's cache")
  func hub() throws {
    let home = FileManager.default.temporaryDirectory.appendingPathComponent("beamline-hub-\(ProcessInfo.processInfo.processIdentifier)")
    let repository = home.appendingPathComponent("hub/models--owner--name")
    try FileManager.default.createDirectory(at: repository.appendingPathComponent("snapshots/abc123"), withIntermediateDirectories: true)
    try FileManager.default.createDirectory(at: repository.appendingPathComponent("refs"), withIntermediateDirectories: true)
    try Data("abc123\n".utf8).write(to: repository.appendingPathComponent("refs/main"))
    defer { try? FileManager.default.removeItem(at: home) }
    setenv("HF_HOME", home.path, 1)
    defer { unsetenv("HF_HOME") }
    #expect(try CheckpointLocation("owner/name").path == repository.path + "/snapshots/abc123")
    #expect(throws: NoCheckpoint.self) { try CheckpointLocation("owner/other") }
  }
}
