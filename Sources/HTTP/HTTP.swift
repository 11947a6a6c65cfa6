internal import CHTTP
internal import Glibc
internal import Synchronization

/// The one client for HTTP: downloads and servers of models use it.
///
/// The work is libcurl's, which is opened at the first request: a worker that asks for nothing loads nothing. Redirects are followed, at most
/// 10; proxies are those of the environment (`https_proxy`, `no_proxy`); certificates are checked; connections are kept for the next request.
public enum HTTP {
  /// Sends a request and hands over the response as it comes.
  ///
  /// The functions run on a thread of the transfer, one call at a time: a slow one slows the server down. Cancelling the task ends the
  /// transfer at once.
  ///
  /// - Parameters:
  ///   - head: gets the head of the last response, after redirects, before its body; false ends the transfer.
  ///   - bytes: gets the body in pieces; false ends the transfer, which is no error.
  /// - Returns: where the response came from, after redirects.
  /// - Throws: ``HTTPError``, `CancellationError`.
  @discardableResult
  public static func perform(
    _ request: HTTPRequest, head: @escaping @Sendable (HTTPHead) -> Bool, bytes: @escaping @Sendable (UnsafeRawBufferPointer) -> Bool
  ) async throws -> String {
    try Task.checkCancellation()
    try check(request)
    let transfer = try Transfer(request, head: head, bytes: bytes)
    let result = await withTaskCancellationHandler {
      await withCheckedContinuation { continuation in onThread { continuation.resume(returning: transfer.run()) } }
    } onCancel: {
      transfer.cancel()
    }
    return try transfer.place(result)
  }

  /// The same for a thread that may wait: it is blocked until the transfer is over, and the functions run on it.
  ///
  /// - Parameter cancellation: ends the transfer from another thread.
  /// - Throws: ``HTTPError``, `CancellationError`.
  @discardableResult
  public static func performBlocking(
    _ request: HTTPRequest, cancellation: HTTPCancellation, head: @escaping @Sendable (HTTPHead) -> Bool,
    bytes: @escaping @Sendable (UnsafeRawBufferPointer) -> Bool
  ) throws -> String {
    try check(request)
    let transfer = try Transfer(request, head: head, bytes: bytes)
    return try cancellation.cancelling(transfer) { try transfer.place(transfer.run()) }
  }

  /// Refuses what a server must not be sent.
  private static func check(_ request: HTTPRequest) throws(HTTPError) {
    for header in request.headers {
      let isClean = (header.name + header.value).utf8.allSatisfy { $0 >= 32 || $0 == 9 }
      guard isClean, !header.name.isEmpty, !header.name.utf8.contains(58) else { throw .badHeader(name: header.name) }
    }
    guard request.url.utf8.allSatisfy({ $0 > 32 && $0 != 127 }) else { throw .badURL(request.url) }
  }

  /// Sends a request and collects the response.
  ///
  /// - Parameter limit: how many bytes of a body are taken.
  /// - Throws: ``HTTPError``, `CancellationError`.
  public static func send(_ request: HTTPRequest, limit: Int = 64 << 20) async throws -> HTTPResponse {
    let received = Mutex((head: HTTPHead?.none, body: [UInt8](), isTooLarge: false))
    let url = try await perform(request) { head in
      received.withLock { $0.head = head }
      return true
    } bytes: { bytes in
      received.withLock { received in
        received.isTooLarge = received.body.count + bytes.count > limit
        if !received.isTooLarge { received.body += bytes }
        return !received.isTooLarge
      }
    }
    let (head, body, isTooLarge) = received.withLock { $0 }
    if isTooLarge { throw HTTPError.tooLarge(url: request.url, limit: limit) }
    guard let head else { throw HTTPError.broken(url: request.url, reason: "it ended before the response") }
    return HTTPResponse(head: head, body: body, url: url)
  }
}

/// Runs the work on a thread of its own: waiting for a server must not hold one of the few threads that tasks share.
private func onThread(_ work: @escaping @Sendable () -> Void) {
  final class Box: Sendable {
    let work: @Sendable () -> Void
    init(_ work: @escaping @Sendable () -> Void) { self.work = work }
  }
  var attributes = pthread_attr_t()
  pthread_attr_init(&attributes)
  pthread_attr_setdetachstate(&attributes, Int32(PTHREAD_CREATE_DETACHED))
  defer { pthread_attr_destroy(&attributes) }
  var thread = pthread_t()
  let box = Unmanaged.passRetained(Box(work))
  let status = pthread_create(
    &thread, &attributes,
    { argument in
      Unmanaged<Box>.fromOpaque(argument!).takeRetainedValue().work()
      return nil
    }, box.toOpaque())
  if status != 0 {
    box.release()
    work()
  }
}
