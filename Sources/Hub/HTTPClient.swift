internal import CHub

#if canImport(Glibc)
  internal import Glibc
#else
  internal import Darwin
#endif

/// What a server says before the content.
struct HTTPHead: Sendable {
  var status = 0
  /// By their names in small letters.
  var headers: [String: String] = [:]

  subscript(name: String) -> String? { headers[name] }
  var isRedirect: Bool { [301, 302, 303, 307, 308].contains(status) && headers["location"] != nil }
}

/// Why there is no answer.
struct HTTPFailure: Error, Equatable {
  let host: String
  let words: String
  /// Whether another try may help.
  let isPassing: Bool
}

/// Requests over libcurl, which every Swift toolchain on Linux needs for its own Foundation: loaded when the first request is made.
///
/// For one thread at a time; connections are kept for the next request.
final class HTTPClient {
  private let client: OpaquePointer
  private let shouldStop: @Sendable () -> Bool

  /// - Parameter shouldStop: asked ten times a second while a request runs.
  /// - Throws: ``HubError`` when there is no libcurl.
  init(shouldStop: @escaping @Sendable () -> Bool) throws {
    var words = [CChar](repeating: 0, count: 256)
    guard let client = ch_client_make(&words, words.count) else { throw HubError("hub", .noClient(text(words))) }
    self.client = client
    self.shouldStop = shouldStop
  }

  deinit { ch_client_free(client) }

  struct Request {
    var method = "GET"
    var address: WebAddress
    var headers: [(name: String, value: String)] = []
    /// Sent as `Authorization: Bearer …` to the origin of the address, and to no other that a redirect leads to.
    var token: String?
    var idleSeconds = 10
    /// Whether a redirect to another server is followed.
    var leavesOrigin = true
  }

  /// Performs a request and follows its redirects.
  ///
  /// - Parameter body: gets the parts of the content as they come, with the head of their answer; what it throws ends the transfer.
  /// - Returns: the last answer's head, with the headers of the redirects before it where it lacks them.
  /// - Throws: ``HTTPFailure``, `CancellationError`, or what `body` throws.
  func send(_ request: Request, body: @escaping (HTTPHead, UnsafeRawBufferPointer) throws -> Void = { _, _ in }) throws -> HTTPHead {
    var address = request.address
    var earlier: [String: String] = [:]
    for _ in 0..<10 {
      let isHome = address.origin == request.address.origin
      let authorization = request.token.flatMap { isHome ? [("Authorization", "Bearer \($0)")] : nil } ?? []
      let head = try perform(request, at: address, headers: request.headers + authorization, body)
      let merged = HTTPHead(status: head.status, headers: head.headers.merging(earlier) { now, _ in now })
      guard head.isRedirect, let location = head["location"] else { return merged }
      guard let next = address.following(location), next.isSecure || !address.isSecure else {
        throw HTTPFailure(host: address.host, words: "it redirects to an address that is none, or that is less secure", isPassing: false)
      }
      if next.origin != address.origin && !request.leavesOrigin { return merged }
      // What the hub says of a file stands in its redirect; only these words outlive it.
      earlier = merged.headers.filter { $0.key.hasPrefix("x-linked-") || $0.key == "x-repo-commit" }
      address = next
    }
    throw HTTPFailure(host: address.host, words: "it redirects in a circle", isPassing: false)
  }

  private func perform(
    _ request: Request, at address: WebAddress, headers: [(name: String, value: String)],
    _ body: @escaping (HTTPHead, UnsafeRawBufferPointer) throws -> Void
  ) throws -> HTTPHead {
    let exchange = Exchange(body: body, shouldStop: shouldStop)
    let lines = headers + [("User-Agent", "beamline"), ("Accept-Encoding", "identity")]
    var words = [CChar](repeating: 0, count: 512)
    let copies = lines.map { strdup("\($0.name): \($0.value)") }
    defer { copies.forEach { free($0) } }
    let outcome = copies.map { UnsafePointer($0) }.withUnsafeBufferPointer { lines in
      request.method.withCString { method in
        address.description.withCString { url in
          var call = ch_request()
          call.method = method
          call.url = url
          call.headers = lines.baseAddress
          call.header_count = Int32(lines.count)
          call.connect_milliseconds = request.idleSeconds * 1000
          call.idle_seconds = request.idleSeconds
          call.context = Unmanaged.passUnretained(exchange).toOpaque()
          call.on_header = { Exchange.at($0).take(line: UnsafeRawBufferPointer(start: $1, count: $2)) }
          call.on_body = { Exchange.at($0).take(UnsafeRawBufferPointer(start: $1, count: $2)) }
          call.should_stop = { Exchange.at($0).shouldStop() }
          return withExtendedLifetime(exchange) { ch_perform(client, &call, &words, words.count) }
        }
      }
    }
    if let failure = exchange.failure { throw failure }
    func failure(_ sentence: String, isPassing: Bool) -> HTTPFailure {
      let detail = text(words)
      return HTTPFailure(host: address.host, words: detail.isEmpty ? sentence : "\(sentence) (\(detail))", isPassing: isPassing)
    }
    switch outcome {
    case ch_done: return exchange.head
    case ch_stopped: throw CancellationError()
    case ch_unreachable: throw failure("there is no connection", isPassing: true)
    case ch_timed_out: throw failure("nothing came for \(request.idleSeconds) seconds", isPassing: true)
    case ch_broken: throw failure("the connection ended too early", isPassing: true)
    case ch_insecure: throw failure("the connection is not secure", isPassing: false)
    default: throw failure("the request failed", isPassing: false)
    }
  }
}

/// One answer while it comes in.
private final class Exchange {
  var head = HTTPHead()
  var failure: (any Error)?
  let shouldStop: () -> Bool
  private let body: (HTTPHead, UnsafeRawBufferPointer) throws -> Void

  init(body: @escaping (HTTPHead, UnsafeRawBufferPointer) throws -> Void, shouldStop: @escaping () -> Bool) {
    self.body = body
    self.shouldStop = shouldStop
  }

  static func at(_ context: UnsafeMutableRawPointer?) -> Exchange { Unmanaged<Exchange>.fromOpaque(context!).takeUnretainedValue() }

  func take(line: UnsafeRawBufferPointer) {
    let line = String(decoding: line, as: UTF8.self).trimmed
    if line.hasPrefix("HTTP/") {
      head = HTTPHead(status: line.split(separator: " ").dropFirst().first.flatMap { Int($0) } ?? 0)
    } else if let colon = line.firstIndex(of: ":") {
      head.headers[line[..<colon].lowercased()] = String(line[line.index(after: colon)...]).trimmed
    }
  }

  func take(_ bytes: UnsafeRawBufferPointer) -> Bool {
    do {
      try body(head, bytes)
      return true
    } catch {
      failure = error
      return false
    }
  }
}

private func text(_ words: [CChar]) -> String { String(decoding: words.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self) }
