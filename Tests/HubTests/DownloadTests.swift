import Display
import Foundation
import Synchronization
import Testing

@testable import Hub

private let commit = String(repeating: "c", count: 40)

/// Downloads from a server on loopback: hub_server.py says what each repository does.
@Suite(.serialized) struct DownloadTests {
  /// One server for all: each test begins with an empty cache.
  private static let shared = Result { try LoopbackHub() }
  private let hub: LoopbackHub

  init() throws {
    hub = try Self.shared.get()
    try hub.reset()
  }

  private func weights(_ folder: String) throws -> [UInt8] {
    Array(try Data(contentsOf: URL(fileURLWithPath: folder + "/model.safetensors")))
  }

  @Test("A model lies in the cache as huggingface_hub lays it, and only the files that are needed")
  func layout() throws {
    let folder = try hub.download("test/plain")
    let repository = hub.cache + "/models--test--plain"
    #expect(folder == "\(repository)/snapshots/\(commit)")
    #expect(hub.files(folder) == ["config.json", "generation_config.json", "model.safetensors", "tokenizer.json", "vocab.txt"])
    #expect(try String(contentsOfFile: repository + "/refs/main", encoding: .utf8) == commit)
    for file in hub.files(folder) {
      let target = try FileManager.default.destinationOfSymbolicLink(atPath: "\(folder)/\(file)")
      let tag = try #require(target.split(separator: "/").last)
      #expect(target == "../../blobs/\(tag)")
      #expect(Checksum.hexadecimal(ofFile: "\(folder)/\(file)", isSHA256: tag.count == 64) == String(tag))
    }
    #expect(hub.files(repository + "/blobs").count == 5)
    #expect(try weights(folder).count == 300_000)
    #expect(hub.files(hub.cache + "/.locks/models--test--plain").count == 5)
  }

  /// `BEAMLINE_PYTHON` names a Python that has huggingface_hub.
  @Test(
    "huggingface_hub finds what was downloaded here, and the reverse",
    .enabled(if: ProcessInfo.processInfo.environment["BEAMLINE_PYTHON"] != nil))
  func peer() throws {
    let folder = try hub.download("test/plain")
    let theirs = hub.cache + "-theirs"
    defer { try? FileManager.default.removeItem(atPath: theirs) }
    let process = Process()
    process.executableURL = URL(fileURLWithPath: ProcessInfo.processInfo.environment["BEAMLINE_PYTHON"]!)
    process.arguments = [
      URL(fileURLWithPath: #filePath).deletingLastPathComponent().path + "/hf_agree.py", "http://127.0.0.1:\(hub.port)", hub.cache, theirs,
      folder,
    ]
    try process.run()
    process.waitUntilExit()
    #expect(process.terminationStatus == 0)
    #expect(
      try hub.download("test/plain", ["HF_HUB_CACHE": theirs, "HF_HUB_OFFLINE": "1"])
        == "\(theirs)/models--test--plain/snapshots/\(commit)")
  }

  @Test("What is in the cache is asked for no more, with the network or without")
  func cached() throws {
    let folder = try hub.download("test/plain")
    try hub.ask("/_clear")
    #expect(try hub.download("test/plain") == folder)
    #expect(try hub.download("test/plain", ["HF_HUB_OFFLINE": "1"]) == folder)
    #expect(try hub.download("test/plain", revision: commit) == folder)
    #expect(try hub.log().isEmpty)
  }

  @Test("A part that is missing is fetched alone")
  func missingPart() throws {
    let folder = try hub.download("test/plain")
    try FileManager.default.removeItem(atPath: folder + "/tokenizer.json")
    try FileManager.default.removeItem(atPath: folder + "/vocab.txt")
    try hub.ask("/_clear")
    #expect(try hub.download("test/plain") == folder)
    // Their contents are still there: nothing is fetched but what they are called.
    #expect(try hub.log().map(\.method) == ["GET", "HEAD", "HEAD"])
  }

  @Test("Weights in parts, a tag, and one file of many")
  func kinds() throws {
    let sharded = try hub.download("test/sharded", revision: "v1.0")
    #expect(hub.files(sharded).filter { $0.hasPrefix("model") }.count == 3)
    #expect(try String(contentsOfFile: hub.cache + "/models--test--sharded/refs/v1.0", encoding: .utf8) == commit)
    let gguf = try hub.download("test/ggufs/a.Q4_0.gguf")
    #expect(gguf == "\(hub.cache)/models--test--ggufs/snapshots/\(commit)/a.Q4_0.gguf")
    #expect(hub.files(hub.cache + "/models--test--ggufs/blobs").count == 1)
  }

  @Test("The token is shown to the hub, and to no server that it redirects to")
  func token() throws {
    let folder = try hub.download("test/secret", ["HF_TOKEN": " hf_right\n"])
    #expect(try weights(folder).count == 300_000)
    let log = try hub.log()
    #expect(log.contains { $0.server == "files" && $0.path.hasSuffix("/signed") })
    for request in log { #expect(request.token == (request.server == "hub" ? "Bearer hf_right" : nil)) }
    try hub.reset()
    _ = try hub.download("test/moved", ["HF_TOKEN": "hf_any"])
    #expect(try hub.log().allSatisfy { $0.token == ($0.server == "hub" ? "Bearer hf_any" : nil) })
  }

  @Test("A connection that ends early is taken up where it ended")
  func resume() throws {
    let whole = try weights(try hub.download("test/plain"))
    let folder = try hub.download("test/cut")
    #expect(try weights(folder) == whole)
    let ranges = try hub.log().filter { $0.path.hasPrefix("/cut/model.safetensors") }.map(\.range)
    #expect(ranges == [nil, "bytes=80000-", "bytes=160000-", "bytes=240000-"])
  }

  @Test("A server that is busy is asked again")
  func busy() throws {
    #expect(try weights(try hub.download("test/busy")).count == 300_000)
    #expect(try weights(try hub.download("test/hasty")).count == 300_000)
    #expect(hub.refusal("test/down") == "test/down: the server answered 503 to http://HUB/api/models/test/down/revision/main.")
    #expect(try hub.log().filter { $0.path.contains("/test/down/") }.count == 5)
  }

  @Test("A partial file of an earlier try is gone on with, or thrown away when it is not of this file")
  func partial() throws {
    let whole = try weights(try hub.download("test/plain"))
    let tag = try #require(hub.files(hub.cache + "/models--test--plain/blobs").first { $0.count == 64 })
    for (name, beginning, ranges) in [
      ("plain", Array(whole[..<1000]), ["bytes=1000-"]), ("whole", Array(whole[..<1000]), ["bytes=1000-"]),
      ("plain", [UInt8](repeating: 1, count: 1000), ["bytes=1000-", nil]), ("plain", whole + [0], [nil]), ("plain", whole, []),
    ] {
      try hub.reset()
      let blobs = hub.cache + "/models--test--\(name)/blobs"
      try FileManager.default.createDirectory(atPath: blobs, withIntermediateDirectories: true)
      try Data(beginning).write(to: URL(fileURLWithPath: "\(blobs)/\(tag).incomplete"))
      #expect(try weights(try hub.download("test/\(name)")) == whole)
      #expect(try hub.log().filter { $0.server == "files" }.map(\.range) == ranges)
      #expect(!hub.files(blobs).contains { $0.hasSuffix(".incomplete") })
    }
  }

  @Test("Bytes that are not those that were promised are thrown away")
  func spoiled() throws {
    let small = hub.refusal("test/spoiled-small")
    #expect(small.hasPrefix("test/spoiled-small: what was downloaded of «config.json» has the checksum "))
    #expect(small.hasSuffix(" as the hub says; it was thrown away."))
    #expect(hub.refusal("test/spoiled").hasPrefix("test/spoiled: what was downloaded of «model.safetensors» has the checksum "))
    #expect(!hub.files(hub.cache + "/models--test--spoiled/blobs").contains { $0.count >= 64 })
    #expect(!hub.files(hub.cache + "/models--test--spoiled").contains("refs"))
  }

  /// Waits until a partial file of the slow server's weights has grown to what it sends first.
  private func partialFile() async throws -> String {
    let blobs = hub.cache + "/models--test--slow/blobs"
    while true {
      if let name = hub.files(blobs).first(where: { $0.count > 64 }), Files.size("\(blobs)/\(name)") == 65_536 { return "\(blobs)/\(name)" }
      await Task.yield()
    }
  }

  /// Runs a download on a thread of its own: it blocks, and tasks must not.
  private func start(_ name: String) -> AsyncStream<Result<String, any Error>> {
    let hub = hub
    let (stream, continuation) = AsyncStream<Result<String, any Error>>.makeStream()
    Thread.detachNewThread { continuation.yield(Result { try hub.download(name) }) }
    return stream
  }

  @Test("An interrupt stops a download at once and keeps what is there", .timeLimit(.minutes(1)))
  func interrupting() async throws {
    let isAsked = Mutex(false)
    Interruption.setSource { isAsked.withLock { $0 } }
    defer { Interruption.setSource { false } }
    let download = start("test/slow")
    let partial = try await partialFile()
    isAsked.withLock { $0 = true }
    for await outcome in download {
      #expect(throws: CancellationError.self) { try outcome.get() }
      break
    }
    isAsked.withLock { $0 = false }
    #expect(Files.size(partial) == 65_536)
    try hub.ask("/_go")
    #expect(try weights(try hub.download("test/slow")).count == 300_000)
    #expect(try hub.log().filter { $0.server == "files" }.map(\.range) == [nil, "bytes=65536-"])
  }

  @Test("Two who want the same model download it once", .timeLimit(.minutes(1)))
  func together() async throws {
    let first = start("test/slow")
    _ = try await partialFile()
    let second = start("test/slow")
    // The second has asked for what the weights are, and not for the small files, which are there.
    while try hub.log().filter({ $0.method == "HEAD" }).count < 6 { await Task.yield() }
    try hub.ask("/_go")
    var folders: Set<String> = []
    for download in [first, second] {
      for await outcome in download {
        folders.insert(try outcome.get())
        break
      }
    }
    #expect(folders.count == 1)
    #expect(try hub.log().filter { $0.server == "files" }.count == 1)
  }

  @Test("What cannot be had is refused with a sentence")
  func refusals() throws {
    #expect(
      hub.refusal("test/gone") == "test/gone: HUB has no such repository, or it is private; set HF_TOKEN if it is yours.")
    #expect(
      hub.refusal("test/gone", ["HF_TOKEN": "hf_any"])
        == "test/gone: HUB has no such repository, or it is private and HF_TOKEN does not open it.")
    #expect(hub.refusal("test/secret") == "test/secret: HUB has no such repository, or it is private; set HF_TOKEN if it is yours.")
    #expect(
      hub.refusal("test/secret", ["HF_TOKEN": "hf_wrong"])
        == "test/secret: HUB does not accept the token in HF_TOKEN or the token file.")
    #expect(
      hub.refusal("test/gated", ["HF_TOKEN": "hf_any"])
        == "test/gated: access is granted on request: ask for it at HUB/test/gated with the account of your HF_TOKEN.")
    #expect(hub.refusal("test/plain", revision: "v9") == "test/plain: the repository has no revision «v9».")
    #expect(hub.refusal("test/ggufs/c.gguf") == "test/ggufs: the repository has no file «c.gguf» at revision «main».")
    #expect(hub.refusal("test/ggufs") == "test/ggufs: it holds 2 GGUF files; name the one that is wanted, «test/ggufs/a.Q4_0.gguf».")
    #expect(
      hub.refusal("test/pickles")
        == "test/pickles: it holds no weights as safetensors (model.safetensors, or parts that model.safetensors.index.json lists).")
    #expect(hub.refusal("test/strange") == "test/strange: HUB does not answer like a hub; check HF_ENDPOINT.")
    #expect(
      hub.refusal("test/plain", ["HF_HUB_OFFLINE": "yes"])
        == "test/plain: revision «main» is not in the hub's cache, and HF_HUB_OFFLINE forbids downloads.")
    #expect(
      hub.refusal("test/plain", ["HF_ENDPOINT": "http://127.0.0.1:1"])
        == "test/plain: http://127.0.0.1:1 did not answer: nothing listens there, or the network is down.")
    #expect(hub.refusal("test/plain", ["HF_HUB_CACHE": "/dev/null/x"]) == "/dev/null/x: cannot be written: Not a directory.")
  }

  @Test("A full disk is told with both numbers")
  func diskFull() {
    let error = HubError("model.safetensors", .diskFull(needed: 269_000_000, available: 1_234_567))
    #expect("\(error)" == "model.safetensors: the disk is full: 269 MB are needed, 1.2 MB are free.")
  }
}
