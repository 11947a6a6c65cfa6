internal import COpenSSL

/// SHA-256, by which the cache knows its entries.
struct Digest: Hashable, Sendable, CustomStringConvertible {
  static let size = 32

  let bytes: [UInt8]

  init(of content: some Sequence<UInt8>) {
    let content = Array(content)
    var digest = [UInt8](repeating: 0, count: Digest.size)
    EVP_Digest(content, content.count, &digest, nil, EVP_sha256(), nil)
    bytes = digest
  }

  /// 64 lower-case hexadecimal digits.
  var description: String {
    let digits = Array("0123456789abcdef".utf8)
    return String(decoding: bytes.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }, as: UTF8.self)
  }
}
