/// What is asked of a server.
///
/// ```swift
/// let head = try await HTTP.send(HTTPRequest("https://huggingface.co/api/models/gpt2"))
/// ```
public struct HTTPRequest: Sendable {
  /// How long to wait. A wait that is over is an error, ``HTTPError``.
  public struct Timeouts: Sendable {
    /// Until the connection stands, its encryption included.
    public var connection: Duration
    /// Without a byte in either direction; whole seconds.
    public var idle: Duration
    /// For everything together; nil for no limit.
    public var total: Duration?

    public init(connection: Duration = .seconds(20), idle: Duration = .seconds(60), total: Duration? = nil) {
      self.connection = connection
      self.idle = idle
      self.total = total
    }
  }

  /// `http://` or `https://`, with what has to be escaped escaped.
  public var url: String
  public var method: String
  /// In this order. They are never part of an error's sentence.
  public var headers: [(name: String, value: String)]
  public var body: [UInt8]?
  public var timeouts: Timeouts
  /// Whether a redirect is followed; if not, its response is the response.
  public var followsRedirects: Bool

  public init(
    _ url: String, method: String = "GET", headers: [(name: String, value: String)] = [], body: [UInt8]? = nil,
    timeouts: Timeouts = Timeouts(), followsRedirects: Bool = true
  ) {
    self.url = url
    self.method = method
    self.headers = headers
    self.body = body
    self.timeouts = timeouts
    self.followsRedirects = followsRedirects
  }
}

/// What comes before the body of a response.
public struct HTTPHead: Sendable {
  /// 200, 404, …
  public let status: Int
  /// In the order of the response.
  public let headers: [(name: String, value: String)]

  /// The first header of that name, whatever its case.
  public subscript(name: String) -> String? {
    headers.first { $0.name.lowercased() == name.lowercased() }?.value
  }

  public var isSuccess: Bool { (200..<300).contains(status) }
}

/// A whole response.
public struct HTTPResponse: Sendable {
  public let head: HTTPHead
  public let body: [UInt8]
  /// Where it came from, after redirects.
  public let url: String

  public var status: Int { head.status }
}
