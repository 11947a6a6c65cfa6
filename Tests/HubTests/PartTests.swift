import Foundation
import Testing

@testable import Hub

@Suite struct PartTests {
  @Test("Names of repositories, and texts that are none")
  func names() {
    #expect(HubRepository("gpt2")?.name == "gpt2")
    #expect(HubRepository("owner/name-1.5")?.file == nil)
    #expect(HubRepository("owner/name/x.Q4_0.gguf")?.file == "x.Q4_0.gguf")
    for text in [
      "", "/", "a/", "/a", "a/..", "../a", "a/b/c", "a/b/c/d.gguf", "a b/c", "a/b\n", "model.gguf", "owner/model.gguf", ".hidden/a",
      "a--b/c", "ä/b",
    ] {
      #expect(HubRepository(text) == nil, "\(text)")
    }
    #expect(HubRepository("a/b", revision: "refs/pr/1")?.revision == "refs/pr/1")
    #expect(HubRepository("a/b", revision: "../x") == nil)
    #expect(HubRepository("a/b", revision: "x y") == nil)
  }

  @Test("The variables of huggingface_hub")
  func settings() throws {
    func settings(_ variables: [String: String]) throws -> HubSettings { try HubSettings { variables[$0] } }
    #expect(try settings(["HOME": "/home/me"]).cache == "/home/me/.cache/huggingface/hub")
    #expect(try settings(["HOME": "/home/me", "XDG_CACHE_HOME": "/c"]).cache == "/c/huggingface/hub")
    #expect(try settings(["HF_HOME": "/hf", "HOME": "/home/me"]).cache == "/hf/hub")
    #expect(try settings(["HF_HOME": "/hf", "HF_HUB_CACHE": "~/cache", "HOME": "/home/me"]).cache == "/home/me/cache")
    #expect(try settings([:]).endpoint.description == "https://huggingface.co")
    #expect(try settings(["HF_ENDPOINT": "https://mirror.example/hf/"]).endpoint.description == "https://mirror.example/hf")
    #expect(try settings(["TRANSFORMERS_OFFLINE": "True"]).offline == "TRANSFORMERS_OFFLINE")
    #expect(try settings(["HF_HUB_OFFLINE": "0"]).offline == nil)
    #expect(try settings(["HF_TOKEN": "hf_a", "HF_HUB_DISABLE_IMPLICIT_TOKEN": "1"]).token == nil)
    #expect(throws: HubError("HF_TOKEN", .setting(found: "…", allowed: "letters, digits and signs of ASCII"))) {
      try settings(["HF_TOKEN": "hf_a\r\nX-Evil: 1"])
    }
    #expect(throws: HubError.self) { try settings(["HF_ENDPOINT": "ftp://x"]) }
    #expect(throws: HubError.self) { try settings(["HF_HUB_DOWNLOAD_TIMEOUT": "soon"]) }
    let home = NSTemporaryDirectory() + "hub-\(UUID().uuidString)"
    try FileManager.default.createDirectory(atPath: home, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(atPath: home) }
    try Data("hf_file\n".utf8).write(to: URL(fileURLWithPath: home + "/token"))
    #expect(try settings(["HF_HOME": home]).token == "hf_file")
    #expect(try settings(["HF_HOME": home, "HF_TOKEN": "hf_variable"]).token == "hf_variable")
  }

  @Test("Addresses, and where redirects lead")
  func addresses() throws {
    let address = try #require(WebAddress("https://Hub.example:8080/a/b?c=d"))
    #expect(address.origin == "https://hub.example:8080" && address.path == "/a/b?c=d" && address.host == "hub.example:8080")
    #expect(address.following("/x")?.description == "https://hub.example:8080/x")
    #expect(address.following("x?y")?.description == "https://hub.example:8080/a/x?y")
    #expect(address.following("//cdn.example/x")?.description == "https://cdn.example/x")
    #expect(address.following("http://cdn.example/x")?.isSecure == false)
    for text in ["ftp://a", "https://", "https:///x", "https://me:password@a/", "https://a b/", "file:///etc/passwd"] {
      #expect(WebAddress(text) == nil, "\(text)")
    }
    #expect("refs/pr 1".percentEncoded(keepsSlashes: false) == "refs%2Fpr%201")
    #expect("a/ü".percentEncoded(keepsSlashes: true) == "a/%C3%BC")
  }

  @Test(
    "Checksums of FIPS 180-4's examples and git's names for contents",
    arguments: [
      ("", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855", "e69de29bb2d1d6434b8b29ae775ad8c2e48c5391"),
      ("abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad", "f2ba8f84ab5c1bce84a7b441cb1959cfc7093b7f"),
      (
        String(repeating: "a", count: 1_000_000), "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0",
        "de1fbf0c2f34f67f01f355f31ed0cf7319643c5e"
      ),
    ])
  func checksums(content: String, sha256: String, git: String) throws {
    let path = NSTemporaryDirectory() + "sum-\(UUID().uuidString)"
    try Data(content.utf8).write(to: URL(fileURLWithPath: path))
    defer { try? FileManager.default.removeItem(atPath: path) }
    #expect(Checksum.hexadecimal(ofFile: path, isSHA256: true) == sha256)
    #expect(Checksum.hexadecimal(ofFile: path, isSHA256: false) == git)
  }

  @Test("Numbers of bytes for people")
  func bytes() {
    #expect(
      [Bytes(999), Bytes(1500), Bytes(1_250_000), Bytes(2_000_000_000)].map(\.description) == ["999 bytes", "2 kB", "1.3 MB", "2.0 GB"])
  }

  @Test(
    "An index leads to files beside it alone",
    arguments: ["../x.safetensors", "/etc/passwd", "a/b.safetensors", "x.bin", ".safetensors", ""])
  func shards(name: String) throws {
    let path = NSTemporaryDirectory() + "index-\(UUID().uuidString)"
    try JSONSerialization.data(withJSONObject: ["weight_map": ["a": name]]).write(to: URL(fileURLWithPath: path))
    defer { try? FileManager.default.removeItem(atPath: path) }
    #expect(throws: HubError.self) { try HubFiles.shards(ofIndex: path) }
  }
}
