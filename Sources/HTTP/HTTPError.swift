/// Why there is no response. A response with an error status is a response, not one of these.
public enum HTTPError: Error, Equatable, CustomStringConvertible {
  /// libcurl is not on this machine.
  case noLibrary
  case badURL(String)
  /// A header with a line break, or without a name.
  case badHeader(name: String)
  case noHost(url: String)
  case noConnection(url: String)
  case timedOut(url: String, reason: String)
  /// The certificate, or the encryption.
  case notSecure(url: String, reason: String)
  case tooManyRedirects(url: String)
  /// More bytes than the caller takes.
  case tooLarge(url: String, limit: Int)
  case broken(url: String, reason: String)

  public var description: String {
    switch self {
    case .noLibrary: "Nothing can be fetched: the library libcurl is not on this machine; Debian and Ubuntu call its package libcurl4."
    case .badURL(let url): "«\(url)» is no address: http:// or https://, a host and a path are allowed."
    case .badHeader(let name): "The header «\(name)» cannot be sent: a header has a name, and no line breaks."
    case .noHost(let url): "\(place(url)) could not be found: no address is known under that name."
    case .noConnection(let url): "\(place(url)) did not answer: nothing listens there, or the network is down."
    case .timedOut(let url, let reason): "\(place(url)) took too long: \(reason)."
    case .notSecure(let url, let reason): "\(place(url)) is not trusted: \(reason)."
    case .tooManyRedirects(let url): "\(place(url)) led from one address to another more than 10 times."
    case .tooLarge(let url, let limit): "\(place(url)) sent more than the \(limit) bytes that are taken."
    case .broken(let url, let reason): "The connection to \(place(url)) broke: \(reason)."
    }
  }

  /// The scheme and the host: a path's query may hold a secret, and so may what stands before an «@».
  private func place(_ url: String) -> String {
    guard let scheme = url.firstRange(of: "://") else { return "The server" }
    let host = url[scheme.upperBound...].prefix { !"/?#".contains($0) }
    return String(url[..<scheme.upperBound]) + host.split(separator: "@").suffix(1).joined()
  }
}
