/// An address that begins with `http://` or `https://`.
struct WebAddress: Equatable, Sendable, CustomStringConvertible {
  /// `https://huggingface.co`: to whom a token may be shown.
  let origin: String
  /// From the slash on.
  let path: String

  init?(_ text: String) {
    let lowered = text.prefix(8).lowercased()
    guard let scheme = ["https://", "http://"].first(where: { lowered.hasPrefix($0) }),
      text.utf8.allSatisfy({ $0 > 32 && $0 < 127 })
    else { return nil }
    let rest = text.dropFirst(scheme.count)
    let end = rest.firstIndex { "/?#".contains($0) } ?? rest.endIndex
    guard end > rest.startIndex, !rest[..<end].contains("@") else { return nil }
    origin = scheme + rest[..<end].lowercased()
    path = String(rest[end...])
  }

  /// Where a redirect leads: a whole address, or one on the same server.
  func following(_ location: String) -> WebAddress? {
    if location.contains("://") { return WebAddress(location) }
    if location.hasPrefix("//") { return WebAddress(origin.prefix { $0 != "/" } + location) }
    if location.hasPrefix("/") { return WebAddress(origin + location) }
    let folder = path.prefix { $0 != "?" }.split(separator: "/", omittingEmptySubsequences: false).dropLast().joined(separator: "/")
    return WebAddress(origin + folder + "/" + location)
  }

  static func + (address: WebAddress, path: String) -> WebAddress {
    // A path of our own making, percent-encoded, on an address that was one before.
    WebAddress(address.description + path) ?? address
  }

  /// Without its query, which may hold a signature.
  var shown: String { origin + path.prefix { $0 != "?" } }
  var host: String { String(origin.split(separator: "/").last ?? "") }
  var isSecure: Bool { origin.hasPrefix("https:") }
  var description: String { origin + path }
}

extension String {
  /// As it may stand in the path of an address.
  ///
  /// - Parameter keepsSlashes: whether a slash stays one.
  func percentEncoded(keepsSlashes: Bool) -> String {
    var result = ""
    for byte in utf8 {
      let scalar = Unicode.Scalar(byte)
      switch byte {
      case 0x30...0x39, 0x41...0x5A, 0x61...0x7A: result.unicodeScalars.append(scalar)
      case UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"), UInt8(ascii: "~"): result.unicodeScalars.append(scalar)
      case UInt8(ascii: "/") where keepsSlashes: result.unicodeScalars.append(scalar)
      default:
        let digits = Array("0123456789ABCDEF")
        result += "%\(digits[Int(byte >> 4)])\(digits[Int(byte & 15)])"
      }
    }
    return result
  }
}
