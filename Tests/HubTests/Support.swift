import Foundation
import HTTP

@testable import Hub

/// The hub of hub_server.py on loopback, and a cache of its own. Nothing in it changes after it was made.
final class LoopbackHub: @unchecked Sendable {
  let port: Int
  let filesPort: Int
  let cache = NSTemporaryDirectory() + "beamline-hub-\(UUID().uuidString)"
  private let process = Process()
  private let input = Pipe()

  init() throws {
    process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    process.arguments = ["python3", URL(fileURLWithPath: #filePath).deletingLastPathComponent().path + "/hub_server.py"]
    let output = Pipe()
    process.standardOutput = output
    // The server ends when this pipe does, whatever becomes of the tests.
    process.standardInput = input
    try process.run()
    var line = ""
    while !line.hasSuffix("\n"), case let part = output.fileHandleForReading.availableData, !part.isEmpty {
      line += String(decoding: part, as: UTF8.self)
    }
    let ports = line.split(whereSeparator: \.isWhitespace).compactMap { Int($0) }
    (port, filesPort) = (ports.first ?? 0, ports.last ?? 0)
  }

  deinit {
    try? input.fileHandleForWriting.close()
    process.waitUntilExit()
    try? FileManager.default.removeItem(atPath: cache)
  }

  func settings(_ variables: [String: String] = [:]) throws -> HubSettings {
    var settings = try HubSettings { name in
      variables[name]
        ?? [
          "HF_HUB_CACHE": self.cache, "HF_ENDPOINT": "http://127.0.0.1:\(self.port)", "HF_HUB_DISABLE_PROGRESS_BARS": "1",
          "HOME": self.cache,
        ][name]
    }
    settings.firstPauseMilliseconds = 1
    return settings
  }

  func download(_ name: String, revision: String? = nil, _ variables: [String: String] = [:]) throws -> String {
    guard let repository = HubRepository(name, revision: revision) else { return "not a name" }
    return try repository.downloaded(settings(variables))
  }

  /// The sentence of a download that fails, with the server's port and the cache's place left out.
  func refusal(_ name: String, revision: String? = nil, _ variables: [String: String] = [:]) -> String {
    do { return "downloaded \(try download(name, revision: revision, variables))" } catch {
      return "\(error)".replacingOccurrences(of: "127.0.0.1:\(port)", with: "HUB").replacingOccurrences(of: cache, with: "CACHE")
    }
  }

  struct Request: Decodable {
    let server: String
    let method: String
    let path: String
    let range: String?
    let token: String?
  }

  @discardableResult func ask(_ path: String) throws -> String {
    var bytes: [UInt8] = []
    let address = WebAddress("http://127.0.0.1:\(port)\(path)")!
    _ = try HubTransport(cancellation: HTTPCancellation()).send(.init(address: address)) { bytes += $1 }
    return String(decoding: bytes, as: UTF8.self)
  }

  func log() throws -> [Request] {
    try ask("/_log").split(separator: "\n").map { try JSONDecoder().decode(Request.self, from: Data($0.utf8)) }
  }

  /// Forgets requests, faults and the cache.
  func reset() throws {
    try ask("/_clear")
    try? FileManager.default.removeItem(atPath: cache)
  }

  func files(_ folder: String) -> [String] { (try? FileManager.default.contentsOfDirectory(atPath: folder))?.sorted() ?? [] }
}
