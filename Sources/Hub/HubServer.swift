import Display
import HTTP

#if canImport(Glibc)
  internal import Glibc
#else
  internal import Darwin
#endif

/// The hub as a client sees it: what a repository holds, what a file is, and its content from some byte on.
struct HubServer {
  let repository: HubRepository
  let settings: HubSettings
  let transport: HubTransport

  /// What a file of a commit is.
  struct Entry: Equatable {
    let file: String
    /// The name of its content: SHA-256 of a large file, git's SHA-1 of a small one.
    let tag: String
    let size: Int?
  }

  /// The commit of the revision, and the names of its files.
  func contents() throws -> (commit: String, files: [String]) {
    let path = "/api/models/\(repository.name)/revision/\(repository.revision.percentEncoded(keepsSlashes: false))"
    var text: [UInt8] = []
    try retrying {
      text = []
      let head = try transport.send(request("GET", path)) { head, bytes in
        // A list of files is some kilobytes; a server that sends more is none.
        guard head.status == 200, text.count + bytes.count <= 64 << 20 else { return }
        text += bytes
      }
      try check(head, path, file: nil)
    }
    guard let answer = try? JSON(parsing: text), let commit = answer["sha"]?.stringValue, isCommit(commit),
      let siblings = answer["siblings"]?.arrayValue
    else { throw HubError(repository.name, .malformed("\(settings.endpoint.host) does not answer like a hub; check HF_ENDPOINT")) }
    return (commit, siblings.compactMap { $0["rfilename"]?.stringValue })
  }

  /// What a file is, without its content.
  func entry(_ file: String, of commit: String) throws -> Entry {
    let path = self.path(file, commit)
    var request = request("HEAD", path)
    // The hub's own answer has the checksum; where the content lies has not.
    request.leavesOrigin = false
    var found: HubTransport.Head?
    try retrying {
      let head = try transport.send(request)
      if !head.isRedirect { try check(head, path, file: file) }
      found = head
    }
    let head = found ?? HubTransport.Head()
    let tag =
      (head["x-linked-etag"] ?? head["etag"]).map { ($0.hasPrefix("W/") ? String($0.dropFirst(2)) : $0).filter { $0 != "\"" } } ?? ""
    guard !tag.isEmpty, tag.utf8.count <= 128, tag.utf8.allSatisfy(HubRepository.isPlain), !tag.hasPrefix(".") else {
      throw HubError(repository.name, .malformed("\(settings.endpoint.host) gives no checksum of «\(file)»; check HF_ENDPOINT"))
    }
    let size = (head["x-linked-size"] ?? (head.isRedirect ? nil : head["content-length"])).flatMap { Int($0) }.flatMap {
      $0 >= 0 ? $0 : nil
    }
    return Entry(file: file, tag: tag, size: size)
  }

  /// One try to get the content of a file from a byte on.
  func content(
    of file: String, commit: String, from start: Int, body: @escaping (HubTransport.Head, UnsafeRawBufferPointer) throws -> Void
  ) throws -> HubTransport.Head {
    var request = request("GET", path(file, commit))
    request.idleSeconds = settings.downloadSeconds
    if start > 0 { request.headers.append(("Range", "bytes=\(start)-")) }
    let head = try transport.send(request, body: body)
    if head.status != 416 || start == 0 { try check(head, path(file, commit), file: file) }
    return head
  }

  /// Tries again after what may pass: a busy server, a lost connection.
  ///
  /// - Parameter attempts: tries without progress; `body` is asked what it counts as progress by its growing result.
  func retrying(attempts: Int = 5, progress: () -> Int = { 0 }, _ body: () throws -> Void) throws {
    var (tries, reached) = (0, progress())
    while true {
      do { return try body() } catch let failure as HTTPError {
        if progress() > reached { (tries, reached) = (0, progress()) }
        tries += 1
        guard failure.isPassing, tries < attempts else {
          throw HubError(repository.name, .unreachable(failure))
        }
        try pause(milliseconds: settings.firstPauseMilliseconds << (tries - 1))
      } catch let busy as Busy {
        tries += 1
        guard tries < attempts else { throw busy.error }
        try pause(milliseconds: busy.seconds.map { min($0, 60) * 1000 } ?? settings.firstPauseMilliseconds << (tries - 1))
      }
    }
  }

  private func pause(milliseconds: Int) throws {
    for _ in 0..<max(1, milliseconds / 50) {
      if transport.cancellation.isCancelled { throw CancellationError() }
      usleep(UInt32(min(milliseconds, 50)) * 1000)
    }
  }

  /// A server that cannot answer now; `seconds` is when it wants to be asked again.
  private struct Busy: Error {
    let error: HubError
    let seconds: Int?
  }

  private func path(_ file: String, _ commit: String) -> String {
    "/\(repository.name)/resolve/\(commit)/\(file.percentEncoded(keepsSlashes: true))"
  }

  private func request(_ method: String, _ path: String) -> HubTransport.Request {
    HubTransport.Request(method: method, address: settings.endpoint + path, token: settings.token, idleSeconds: settings.requestSeconds)
  }

  /// Refuses an answer that is not the one that was asked for, in the words of the hub's `X-Error-Code`.
  private func check(_ head: HubTransport.Head, _ path: String, file: String?) throws {
    func error(_ reason: HubError.Reason) -> HubError { HubError(repository.name, reason) }
    let host = settings.endpoint.host
    switch (head.status, head["x-error-code"]) {
    case (200...299, _): return
    case (_, "GatedRepo"?): throw error(.gated(host: host, hasToken: settings.token != nil))
    case (_, "RevisionNotFound"?): throw error(.noRevision(repository.revision))
    case (_, "EntryNotFound"?): throw error(.noFile(file ?? "", revision: repository.revision))
    case (_, "RepoNotFound"?): throw error(.noRepository(host: host, hasToken: settings.token != nil))
    // Without a token the hub does not tell strangers whether a private repository exists; with one, the token is at fault.
    case (401, _): throw error(settings.token == nil ? .noRepository(host: host, hasToken: false) : .badToken(host: host))
    case (403, _): throw error(.gated(host: host, hasToken: settings.token != nil))
    case (404, _):
      throw error(file.map { .noFile($0, revision: repository.revision) } ?? .noRepository(host: host, hasToken: settings.token != nil))
    case (let status, _):
      let refusal = error(.status(status, url: (settings.endpoint + path).shown))
      if [408, 429, 500, 502, 503, 504].contains(status) { throw Busy(error: refusal, seconds: head["retry-after"].flatMap { Int($0) }) }
      throw refusal
    }
  }
}
