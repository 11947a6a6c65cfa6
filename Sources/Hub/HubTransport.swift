import HTTP

/// Requests to the hub and to where it redirects: the token goes to the hub alone, and what the hub says of a file is not lost on the way.
///
/// For one thread, which is blocked meanwhile.
struct HubTransport {
  let cancellation: HTTPCancellation

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

  /// The head of an answer.
  struct Head {
    var status = 0
    /// By their names in small letters.
    var headers: [String: String] = [:]

    subscript(name: String) -> String? { headers[name] }
    var isRedirect: Bool { [301, 302, 303, 307, 308].contains(status) && headers["location"] != nil }
  }

  /// Performs a request and follows its redirects.
  ///
  /// - Parameter body: gets the parts of the content as they come, with the head of their answer; what it throws ends the transfer.
  /// - Returns: the last answer's head, with what redirects before it say of the file.
  /// - Throws: `HTTPError`, `CancellationError`, or what `body` throws.
  func send(_ request: Request, body: @escaping (Head, UnsafeRawBufferPointer) throws -> Void = { _, _ in }) throws -> Head {
    var address = request.address
    var earlier: [String: String] = [:]
    for _ in 0..<10 {
      let authorization = address.origin == request.address.origin ? request.token.map { [("Authorization", "Bearer \($0)")] } ?? [] : []
      var head = try perform(request, at: address, headers: request.headers + authorization, body)
      head.headers.merge(earlier) { now, _ in now }
      guard head.isRedirect, let location = head["location"] else { return head }
      guard let next = address.following(location), next.isSecure || !address.isSecure else {
        throw HTTPError.notSecure(url: address.shown, reason: "it redirects to an address that is none, or that is less secure")
      }
      if next.origin != address.origin && !request.leavesOrigin { return head }
      // What the hub says of a file stands in its redirect; only these words outlive it.
      earlier = head.headers.filter { $0.key.hasPrefix("x-linked-") || $0.key == "x-repo-commit" }
      address = next
    }
    throw HTTPError.tooManyRedirects(url: address.shown)
  }

  private func perform(
    _ request: Request, at address: WebAddress, headers: [(name: String, value: String)],
    _ body: @escaping (Head, UnsafeRawBufferPointer) throws -> Void
  ) throws -> Head {
    let exchange = Exchange(body)
    try HTTP.performBlocking(
      HTTPRequest(
        address.description, method: request.method, headers: headers + [("Accept-Encoding", "identity")],
        timeouts: .init(connection: .seconds(request.idleSeconds), idle: .seconds(request.idleSeconds)), followsRedirects: false),
      cancellation: cancellation, head: exchange.take, bytes: exchange.take)
    if let failure = exchange.failure { throw failure }
    return exchange.head
  }
}

/// One answer while it comes in, on the thread that waits for it.
private final class Exchange: @unchecked Sendable {
  var head = HubTransport.Head()
  var failure: (any Error)?
  private let body: (HubTransport.Head, UnsafeRawBufferPointer) throws -> Void

  init(_ body: @escaping (HubTransport.Head, UnsafeRawBufferPointer) throws -> Void) { self.body = body }

  func take(_ head: HTTPHead) -> Bool {
    self.head = HubTransport.Head(
      status: head.status, headers: Dictionary(head.headers.map { ($0.name.lowercased(), $0.value) }) { first, _ in first })
    return true
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

extension HTTPError {
  /// Whether another try may help.
  var isPassing: Bool {
    switch self {
    case .noHost, .noConnection, .timedOut, .broken: true
    default: false
    }
  }
}
