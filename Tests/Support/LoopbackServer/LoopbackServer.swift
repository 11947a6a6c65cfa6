import Glibc
import Synchronization

/// A request as the server has read it.
public struct LoopbackRequest: Sendable {
  public let method: String
  public let path: String
  /// Names in lower case.
  public let headers: [String: String]
  public let body: [UInt8]
  /// Which connection it came on, and which request of the server it is, from 0.
  public let connection: Int
  public let number: Int

  public var text: String { String(decoding: body, as: UTF8.self) }
}

/// Where an answer is written to.
public struct LoopbackReply: Sendable {
  let socket: Int32

  /// A whole response.
  public func send(_ status: Int, headers: [String: String] = [:], _ body: String = "") {
    let lines = headers.sorted { $0.key < $1.key }.map { "\($0.key): \($0.value)\r\n" }.joined()
    write("HTTP/1.1 \(status) Words\r\n\(lines)Content-Length: \(body.utf8.count)\r\n\r\n\(body)")
  }

  /// The head of a response whose body comes in chunks.
  public func begin(_ status: Int, headers: [String: String] = [:]) {
    let lines = headers.sorted { $0.key < $1.key }.map { "\($0.key): \($0.value)\r\n" }.joined()
    write("HTTP/1.1 \(status) Words\r\n\(lines)Transfer-Encoding: chunked\r\n\r\n")
  }

  /// One chunk; an empty one is the end. False when nobody reads any more.
  @discardableResult public func chunk(_ text: String) -> Bool { write("\(String(text.utf8.count, radix: 16))\r\n\(text)\r\n") }

  /// Bytes as they are.
  @discardableResult public func write(_ text: String) -> Bool {
    var bytes = Array(text.utf8)[...]
    while !bytes.isEmpty {
      let count = bytes.withUnsafeBytes { Glibc.send(socket, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL)) }
      if count <= 0 { return false }
      bytes = bytes.dropFirst(count)
    }
    return true
  }

  /// Says nothing more until the client has gone.
  public func waitForGoodbye() {
    var byte: UInt8 = 0
    while recv(socket, &byte, 1, 0) > 0 {}
  }

  /// Ends the connection in the middle.
  public func close() { shutdown(socket, Int32(SHUT_RDWR)) }
}

/// A small HTTP server of the tests' own, on 127.0.0.1.
public final class LoopbackServer: Sendable {
  public let port: Int
  private let listener: Int32
  private let answer: @Sendable (LoopbackRequest, LoopbackReply) -> Void
  private let log = Mutex((requests: [LoopbackRequest](), connections: 0))

  public var url: String { "http://127.0.0.1:\(port)" }
  public var requests: [LoopbackRequest] { log.withLock { $0.requests } }
  public var connections: Int { log.withLock { $0.connections } }

  /// Answers every request by the function, each connection on a thread of its own.
  public init(_ answer: @escaping @Sendable (LoopbackRequest, LoopbackReply) -> Void) {
    self.answer = answer
    listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
    var length = socklen_t(MemoryLayout<sockaddr_in>.size)
    let listener = listener
    withUnsafeMutablePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { pointer in
        precondition(bind(listener, pointer, length) == 0 && listen(listener, 64) == 0 && getsockname(listener, pointer, &length) == 0)
      }
    }
    port = Int(UInt16(bigEndian: address.sin_port))
    onThread { [weak self] in
      while true {
        let client = accept(listener, nil, nil)
        if client < 0 { return }
        guard let self else { return }
        onThread { self.serve(client) }
      }
    }
  }

  /// No connection is accepted any more.
  public func stop() {
    shutdown(listener, Int32(SHUT_RDWR))
    close(listener)
  }

  private func serve(_ client: Int32) {
    let connection = log.withLock { log in
      log.connections += 1
      return log.connections - 1
    }
    var pending: [UInt8] = []
    while let request = read(client, &pending, connection) { answer(request, LoopbackReply(socket: client)) }
    close(client)
  }

  private func read(_ client: Int32, _ pending: inout [UInt8], _ connection: Int) -> LoopbackRequest? {
    var chunk = [UInt8](repeating: 0, count: 1 << 16)
    func more() -> Bool {
      let count = recv(client, &chunk, chunk.count, 0)
      if count > 0 { pending += chunk[..<count] }
      return count > 0
    }
    var end = pending.firstRange(of: Array("\r\n\r\n".utf8))
    while end == nil {
      guard more() else { return nil }
      end = pending.firstRange(of: Array("\r\n\r\n".utf8))
    }
    let lines = String(decoding: pending[..<end!.lowerBound], as: UTF8.self).split(separator: "\r\n")
    pending.removeSubrange(..<end!.upperBound)
    var headers: [String: String] = [:]
    for line in lines.dropFirst() {
      let parts = line.split(separator: ":", maxSplits: 1)
      headers[parts[0].lowercased()] = parts.count > 1 ? String(parts[1].drop { $0 == " " }) : ""
    }
    let length = headers["content-length"].flatMap { Int($0) } ?? 0
    while pending.count < length { guard more() else { return nil } }
    let words = lines[0].split(separator: " ")
    let body = Array(pending.prefix(length))
    pending.removeFirst(length)
    return log.withLock { log in
      let request = LoopbackRequest(
        method: String(words[0]), path: String(words[1]), headers: headers, body: body, connection: connection, number: log.requests.count)
      log.requests.append(request)
      return request
    }
  }
}

private func onThread(_ work: @escaping @Sendable () -> Void) {
  final class Box: Sendable {
    let work: @Sendable () -> Void
    init(_ work: @escaping @Sendable () -> Void) { self.work = work }
  }
  var thread = pthread_t()
  pthread_create(
    &thread, nil,
    { argument in
      Unmanaged<Box>.fromOpaque(argument!).takeRetainedValue().work()
      return nil
    }, Unmanaged.passRetained(Box(work)).toOpaque())
  pthread_detach(thread)
}
