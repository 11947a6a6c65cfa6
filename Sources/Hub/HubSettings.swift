#if canImport(Glibc)
  internal import Glibc
#else
  internal import Darwin
#endif

/// Where models come from and where they are kept, as the variables of `huggingface_hub` say.
///
/// | | |
/// |---|---|
/// | `HF_HUB_CACHE`, else `HF_HOME`/hub, else `~/.cache/huggingface/hub` | the cache |
/// | `HF_ENDPOINT` | the server, `https://huggingface.co` |
/// | `HF_TOKEN`, else the file `HF_TOKEN_PATH` or `HF_HOME`/token | who asks; sent to the endpoint alone |
/// | `HF_HUB_OFFLINE`, `TRANSFORMERS_OFFLINE` | the cache alone |
/// | `HF_HUB_DOWNLOAD_TIMEOUT`, `HF_HUB_ETAG_TIMEOUT` | seconds without a byte, 10 |
/// | `HF_HUB_DISABLE_PROGRESS_BARS` | downloads in silence |
struct HubSettings: Sendable {
  var cache: String
  var endpoint: WebAddress
  /// Never part of a message.
  var token: String?
  /// The variable that forbids downloads.
  var offline: String?
  var downloadSeconds: Int
  var requestSeconds: Int
  var showsProgress: Bool
  /// Before the second try of a request; every further one waits twice as long.
  var firstPauseMilliseconds = 1000

  /// - Parameter variables: the value of an environment variable.
  /// - Throws: ``HubError`` for a variable whose value cannot be used.
  init(variables: (String) -> String? = HubSettings.environment) throws {
    func value(_ names: String...) -> String? { names.lazy.compactMap(variables).first { !$0.isEmpty } }
    func isOn(_ name: String) -> Bool { ["1", "on", "yes", "true"].contains(value(name)?.lowercased() ?? "") }
    func seconds(_ name: String) throws -> Int {
      guard let text = value(name) else { return 10 }
      guard let number = Int(text), (1...86_400).contains(number) else {
        throw HubError(name, .setting(found: text, allowed: "1 to 86400 seconds"))
      }
      return number
    }
    let home = value("HF_HOME") ?? (value("XDG_CACHE_HOME") ?? (value("HOME") ?? "") + "/.cache") + "/huggingface"
    func expanded(_ path: String) -> String { path.hasPrefix("~/") ? (value("HOME") ?? "~") + path.dropFirst() : path }
    cache = expanded(value("HF_HUB_CACHE", "HUGGINGFACE_HUB_CACHE") ?? home + "/hub")
    let address = value("HF_ENDPOINT") ?? "https://huggingface.co"
    guard let endpoint = WebAddress(address.hasSuffix("/") ? String(address.dropLast()) : address) else {
      throw HubError("HF_ENDPOINT", .setting(found: address, allowed: "an address that begins with https:// or http://"))
    }
    self.endpoint = endpoint
    offline = ["HF_HUB_OFFLINE", "TRANSFORMERS_OFFLINE"].first(where: isOn)
    downloadSeconds = try seconds("HF_HUB_DOWNLOAD_TIMEOUT")
    requestSeconds = try seconds("HF_HUB_ETAG_TIMEOUT")
    showsProgress = !isOn("HF_HUB_DISABLE_PROGRESS_BARS")
    let file = expanded(value("HF_TOKEN_PATH") ?? home + "/token")
    let found = isOn("HF_HUB_DISABLE_IMPLICIT_TOKEN") ? nil : value("HF_TOKEN", "HUGGING_FACE_HUB_TOKEN") ?? Files.text(file)
    if let token = found?.trimmed, !token.isEmpty {
      // It becomes a line of a request: nothing in it may end the line.
      guard token.utf8.allSatisfy({ $0 > 32 && $0 < 127 }) else {
        throw HubError("HF_TOKEN", .setting(found: "…", allowed: "letters, digits and signs of ASCII"))
      }
      self.token = token
    }
  }

  static func environment(_ name: String) -> String? { getenv(name).map { String(cString: $0) } }
}

extension String {
  /// Without white space at its ends.
  var trimmed: String {
    let body = drop { $0.isWhitespace }
    return String(body.reversed().drop { $0.isWhitespace }.reversed())
  }
}
