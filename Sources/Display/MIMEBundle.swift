/// One value in several forms, of which a front end draws the richest that it knows.
///
/// ```swift
/// MIMEBundle(text: "3 rows", html: "<table>…</table>")
/// ```
/// `text/plain` is always there: it is what a terminal, a search and a screen reader get.
public struct MIMEBundle: Sendable, Equatable {
  /// The content of one MIME type.
  public enum Content: Sendable, Equatable {
    /// Text as it is: HTML, Markdown, SVG, plain text.
    case text(String)
    /// Bytes that the wire carries in base64: PNG.
    case bytes([UInt8])
    /// A value of `application/json`: it goes out as a value, never as a string.
    case json(JSON)
  }

  /// MIME type → content.
  public var contents: [String: Content]
  /// MIME type → metadata, as a notebook's `metadata` field of an output has them.
  public var metadata: [String: JSON]

  public init(text: String, html: String? = nil, markdown: String? = nil, svg: String? = nil, png: [UInt8]? = nil, json: JSON? = nil) {
    var contents: [String: Content] = ["text/plain": .text(text)]
    if let html { contents["text/html"] = .text(html) }
    if let markdown { contents["text/markdown"] = .text(markdown) }
    if let svg { contents["image/svg+xml"] = .text(svg) }
    if let png { contents["image/png"] = .bytes(png) }
    if let json { contents["application/json"] = .json(json) }
    self.contents = contents
    metadata = [:]
  }

  /// The plain text.
  public var text: String {
    if case .text(let text)? = contents["text/plain"] { return text }
    return ""
  }
}
