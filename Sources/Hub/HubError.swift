public import HTTP

/// Why a model did not come from the hub, or from its cache.
public struct HubError: Error, Equatable, CustomStringConvertible {
  /// The repository, `owner/name`, or the setting or file that is at fault.
  public let place: String
  public let reason: Reason

  public enum Reason: Equatable, Sendable {
    /// Neither the repository nor a hint of it: private repositories look the same to strangers.
    case noRepository(host: String, hasToken: Bool)
    case noRevision(String)
    case noFile(String, revision: String)
    /// Its owner grants access to who asks for it.
    case gated(host: String, hasToken: Bool)
    /// The token is not known, or has expired.
    case badToken(host: String)
    /// The repository holds nothing that can be loaded; what it holds instead.
    case nothingToLoad(String)
    /// Downloads are switched off, and the cache lacks a part.
    case offline(missing: String, setting: String)
    case unreachable(HTTPError)
    case status(Int, url: String)
    /// The server's answer is not what a hub answers.
    case malformed(String)
    case diskFull(needed: Int, available: Int)
    case checksum(file: String, found: String, expected: String)
    case size(file: String, found: Int, expected: Int)
    case unwritable(String)
    case setting(found: String, allowed: String)
    case noClient(String)
  }

  public init(_ place: String, _ reason: Reason) {
    self.place = place
    self.reason = reason
  }

  public var description: String {
    switch reason {
    case .noRepository(let host, let hasToken):
      "\(place): \(host) has no such repository, or it is private\(hasToken ? " and HF_TOKEN does not open it" : "; set HF_TOKEN if it is yours")."
    case .noRevision(let revision):
      "\(place): the repository has no revision «\(revision)»."
    case .noFile(let file, let revision):
      "\(place): the repository has no file «\(file)» at revision «\(revision)»."
    case .gated(let host, let hasToken):
      "\(place): access is granted on request: ask for it at \(host)/\(place)\(hasToken ? " with the account of your HF_TOKEN" : ", then set HF_TOKEN")."
    case .badToken(let host):
      "\(place): \(host) does not accept the token in HF_TOKEN or the token file."
    case .nothingToLoad(let words):
      "\(place): \(words)."
    case .offline(let missing, let setting):
      "\(place): \(missing) is not in the hub's cache, and \(setting) forbids downloads."
    case .unreachable(let error):
      "\(place): \(error)"
    case .status(let status, let url):
      "\(place): the server answered \(status) to \(url)."
    case .malformed(let words):
      "\(place): \(words)."
    case .diskFull(let needed, let available):
      "\(place): the disk is full: \(Bytes(needed)) are needed, \(Bytes(available)) are free."
    case .checksum(let file, let found, let expected):
      "\(place): what was downloaded of «\(file)» has the checksum \(found.prefix(12))…, not \(expected.prefix(12))… as the hub says; it was thrown away."
    case .size(let file, let found, let expected):
      "\(place): what was downloaded of «\(file)» has \(found) bytes, not \(expected) as the hub says; it was thrown away."
    case .unwritable(let words):
      "\(place): cannot be written: \(words)."
    case .setting(let found, let allowed):
      "\(place) is «\(found)»; allowed: \(allowed)."
    case .noClient(let words):
      "\(place): nothing can be downloaded: \(words)."
    }
  }
}

/// A number of bytes for people: `269 MB`.
struct Bytes: CustomStringConvertible {
  let count: Int
  init(_ count: Int) { self.count = count }

  var description: String {
    if count < 1000 { return "\(count) bytes" }
    for (unit, name) in [(1_000_000_000, "GB"), (1_000_000, "MB")] where count >= unit {
      let tenths = (count * 10 + unit / 2) / unit
      return tenths >= 100 ? "\((tenths + 5) / 10) \(name)" : "\(tenths / 10).\(tenths % 10) \(name)"
    }
    return "\((count + 500) / 1000) kB"
  }
}
