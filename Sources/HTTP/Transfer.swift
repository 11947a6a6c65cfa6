internal import CHTTP
internal import Synchronization

/// One request on its way.
final class Transfer: Sendable {
  private struct State {
    var lines: [String] = []
    var hasHead = false
  }

  // The C object is safe to cancel from any thread; everything else of it happens in `run`.
  private nonisolated(unsafe) let handle: OpaquePointer
  private let request: HTTPRequest
  private let head: @Sendable (HTTPHead) -> Bool
  private let bytes: @Sendable (UnsafeRawBufferPointer) -> Bool
  private let state = Mutex(State())

  init(_ request: HTTPRequest, head: @escaping @Sendable (HTTPHead) -> Bool, bytes: @escaping @Sendable (UnsafeRawBufferPointer) -> Bool)
    throws(HTTPError)
  {
    guard let handle = beamline_transfer_make() else { throw .noLibrary }
    self.handle = handle
    self.request = request
    self.head = head
    self.bytes = bytes
  }

  deinit { beamline_transfer_free(handle) }

  func cancel() { beamline_transfer_cancel(handle) }

  /// Blocks until it is over.
  func run() -> beamline_http_result {
    var result = beamline_http_result()
    let headers = request.headers.map { $0.value.isEmpty ? "\($0.name);" : "\($0.name): \($0.value)" }
    withCStrings([request.url, request.method] + headers) { texts in
      (request.body ?? []).withUnsafeBytes { body in
        texts.withUnsafeBufferPointer { texts in
          var asked = beamline_http_request()
          asked.url = texts[0]
          asked.method = texts[1]
          asked.headers = texts.baseAddress! + 2
          // An empty body is one: a POST without content.
          if request.body != nil { asked.body = body.baseAddress ?? UnsafeRawPointer(texts.baseAddress!) }
          asked.body_length = body.count
          asked.connect_milliseconds = milliseconds(request.timeouts.connection)
          asked.idle_seconds = max(1, milliseconds(request.timeouts.idle) / 1_000)
          asked.total_milliseconds = request.timeouts.total.map { max(1, milliseconds($0)) } ?? 0
          asked.stays = !request.followsRedirects
          asked.context = Unmanaged.passUnretained(self).toOpaque()
          asked.header = { context, line, length in
            Unmanaged<Transfer>.fromOpaque(context!).takeUnretainedValue().take(line: UnsafeRawBufferPointer(start: line, count: length))
          }
          asked.bytes = { context, bytes, length in
            Unmanaged<Transfer>.fromOpaque(context!).takeUnretainedValue().take(UnsafeRawBufferPointer(start: bytes, count: length))
          }
          beamline_transfer_run(handle, &asked, &result)
        }
      }
    }
    // A response without a body has said nothing yet.
    if result.end == beamline_http_done, !giveHead() { result.end = beamline_http_stopped }
    return result
  }

  private func take(line: UnsafeRawBufferPointer) -> Bool {
    let text = String(decoding: line, as: UTF8.self)
    state.withLock { state in
      // Every redirect and every «100 Continue» has a head of its own; the last one counts.
      if text.hasPrefix("HTTP/") { state.lines = [] }
      state.lines.append(text)
    }
    return true
  }

  private func take(_ piece: UnsafeRawBufferPointer) -> Bool { giveHead() && bytes(piece) }

  private func giveHead() -> Bool {
    let lines = state.withLock { state in
      defer { state.hasHead = true }
      return state.hasHead ? nil : state.lines
    }
    guard let lines else { return true }
    return head(HTTPHead(lines))
  }

  /// Where the response came from.
  func place(_ result: beamline_http_result) throws -> String {
    let reason = text(of: result.message)
    switch result.end {
    case beamline_http_done, beamline_http_stopped: return text(of: result.url)
    case beamline_http_cancelled: throw CancellationError()
    case beamline_http_bad_url: throw HTTPError.badURL(request.url)
    case beamline_http_no_host: throw HTTPError.noHost(url: request.url)
    case beamline_http_no_connection: throw HTTPError.noConnection(url: request.url)
    case beamline_http_timed_out: throw HTTPError.timedOut(url: request.url, reason: reason)
    case beamline_http_not_secure: throw HTTPError.notSecure(url: request.url, reason: reason)
    case beamline_http_too_many_redirects: throw HTTPError.tooManyRedirects(url: request.url)
    default: throw HTTPError.broken(url: request.url, reason: reason)
    }
  }
}

extension HTTPHead {
  /// From the lines of a head, the status line first.
  init(_ lines: [String]) {
    status = lines.first?.split(separator: " ", maxSplits: 2).dropFirst().first.flatMap { Int($0) } ?? 0
    headers = lines.dropFirst().compactMap { line in
      guard let colon = line.utf8.firstIndex(of: 58) else { return nil }
      let value = line[line.index(after: colon)...].drop { $0 == " " || $0 == "\t" }
      return (name: String(line[..<colon]), value: String(value.prefix { $0 != "\r" && $0 != "\n" && $0 != "\r\n" }))
    }
  }
}

private func milliseconds(_ duration: Duration) -> Int {
  Int(duration.components.seconds) * 1_000 + Int(duration.components.attoseconds / 1_000_000_000_000_000)
}

/// The text in a C array of characters.
private func text<Characters>(of characters: Characters) -> String {
  withUnsafeBytes(of: characters) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
}

/// The texts as C strings, ended by a null pointer.
private func withCStrings(_ texts: [String], _ body: ([UnsafePointer<CChar>?]) -> Void) {
  func next(_ rest: ArraySlice<String>, _ pointers: [UnsafePointer<CChar>?]) {
    guard let first = rest.first else { return body(pointers + [nil]) }
    first.withCString { next(rest.dropFirst(), pointers + [$0]) }
  }
  next(texts[...], [])
}
