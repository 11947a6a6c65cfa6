import HTTP
import LoopbackServer
import Synchronization
import Testing

@Suite("The client for HTTP")
struct HTTPTests {
  @Test("A response has a status, headers and a body; the request arrives as it was written")
  func example() async throws {
    let server = LoopbackServer { request, reply in
      let question = request.headers["x-question"] ?? ""
      reply.send(200, headers: ["X-Answer": "42"], "\(request.method) \(request.path) \(question) \(request.text)")
    }
    defer { server.stop() }
    let get = try await HTTP.send(HTTPRequest(server.url + "/a?b=c", headers: [("X-Question", "why")]))
    #expect(get.status == 200 && get.head.isSuccess)
    #expect(get.head["x-answer"] == "42")
    #expect(String(decoding: get.body, as: UTF8.self) == "GET /a?b=c why ")
    let post = try await HTTP.send(HTTPRequest(server.url + "/p", method: "POST", body: Array("ö".utf8)))
    #expect(String(decoding: post.body, as: UTF8.self) == "POST /p  ö")
    #expect(server.requests[1].headers["content-length"] == "2")
  }

  @Test("An error status is a response")
  func status() async throws {
    let server = LoopbackServer { _, reply in reply.send(429, headers: ["Retry-After": "3"], "slow down") }
    defer { server.stop() }
    let response = try await HTTP.send(HTTPRequest(server.url))
    #expect(response.status == 429 && response.head["retry-after"] == "3")
  }

  @Test("Redirects are followed to the last head; the authorization stays with the first host")
  func redirects() async throws {
    let target = LoopbackServer { request, reply in reply.send(200, request.headers["authorization"] ?? "none") }
    let server = LoopbackServer { _, reply in
      reply.send(302, headers: ["Location": "http://localhost:\(target.port)/there"], "elsewhere")
    }
    defer {
      server.stop()
      target.stop()
    }
    let response = try await HTTP.send(HTTPRequest(server.url, headers: [("Authorization", "Bearer secret")]))
    #expect(response.status == 200)
    #expect(String(decoding: response.body, as: UTF8.self) == "none")
    #expect(response.url == "http://localhost:\(target.port)/there")
    let loop = LoopbackServer { _, reply in reply.send(302, headers: ["Location": "/again"]) }
    defer { loop.stop() }
    await #expect(throws: HTTPError.tooManyRedirects(url: loop.url)) { try await HTTP.send(HTTPRequest(loop.url)) }
  }

  @Test("A body in chunks is handed over in pieces, after its head, and a caller may stop it")
  func pieces() async throws {
    let server = LoopbackServer { _, reply in
      reply.begin(200)
      var isRead = true
      // For ever, or until the client has gone.
      while isRead { isRead = reply.chunk("0123456789") }
    }
    defer { server.stop() }
    let received = Mutex((head: 0, bytes: 0))
    try await HTTP.perform(HTTPRequest(server.url)) { head in
      received.withLock { $0.head = head.status }
      return true
    } bytes: { bytes in
      received.withLock {
        $0.bytes += bytes.count
        return $0.bytes < 100_000
      }
    }
    #expect(received.withLock { $0.head } == 200)
    #expect(received.withLock { $0.bytes } >= 100_000)
    await #expect(throws: HTTPError.tooLarge(url: server.url, limit: 50)) { try await HTTP.send(HTTPRequest(server.url), limit: 50) }
  }

  @Test("Cancelling the task ends the transfer at once")
  func cancellation() async throws {
    let (arrived, arrival) = AsyncStream<Void>.makeStream()
    let server = LoopbackServer { _, reply in
      arrival.yield()
      reply.waitForGoodbye()
      arrival.finish()
    }
    defer { server.stop() }
    let task = Task { try await HTTP.send(HTTPRequest(server.url)) }
    var iterator = arrived.makeAsyncIterator()
    _ = await iterator.next()
    task.cancel()
    await #expect(throws: CancellationError.self) { try await task.value }
    #expect(await iterator.next() == nil, "the server saw the connection end")
  }

  @Test("Connections are kept for the next request")
  func keepAlive() async throws {
    let server = LoopbackServer { _, reply in reply.send(200, "ok") }
    defer { server.stop() }
    for _ in 0..<20 { _ = try await HTTP.send(HTTPRequest(server.url)) }
    // Tests that run beside this one take connections out of the same pool: most requests find theirs again, not all.
    #expect(server.requests.count == 20)
    #expect(server.connections < 20)
  }

  @Test("Failures are one sentence each, without what is secret")
  func sentences() async throws {
    func sentence(_ request: HTTPRequest) async -> String {
      do {
        _ = try await HTTP.send(request)
        return "no error"
      } catch { return "\(error)" }
    }
    let closed = LoopbackServer { _, _ in }
    closed.stop()
    #expect(
      await sentence(HTTPRequest("\(closed.url)/v1?key=secret"))
        == "\(closed.url) did not answer: nothing listens there, or the network is down.")
    #expect(
      await sentence(HTTPRequest("http://user:secret@nowhere.invalid/v1"))
        == "http://nowhere.invalid could not be found: no address is known under that name.")
    #expect(
      await sentence(HTTPRequest("file:///etc/passwd"))
        == "«file:///etc/passwd» is no address: http:// or https://, a host and a path are allowed.")
    #expect(
      await sentence(HTTPRequest("http://127.0.0.1", headers: [("X-Key", "secret\r\nHost: elsewhere")]))
        == "The header «X-Key» cannot be sent: a header has a name, and no line breaks.")
    let silent = LoopbackServer { _, reply in reply.waitForGoodbye() }
    defer { silent.stop() }
    let impatient = HTTPRequest(silent.url, timeouts: .init(total: .milliseconds(50)))
    #expect(await sentence(impatient).hasPrefix("\(silent.url) took too long: "))
    let broken = LoopbackServer { _, reply in
      reply.write("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf")
      reply.close()
    }
    defer { broken.stop() }
    #expect(await sentence(HTTPRequest(broken.url)).hasPrefix("The connection to \(broken.url) broke: "))
  }
}
