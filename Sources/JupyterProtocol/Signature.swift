import COpenSSL

/// Signs messages and checks signatures: HMAC with SHA-256 over the four JSON frames, in lower-case hexadecimal.
///
/// An empty key means that nothing is signed and everything is accepted.
public struct Signer: Sendable {
  private let key: [UInt8]

  public init(key: String) { self.key = Array(key.utf8) }

  public var isSigning: Bool { !key.isEmpty }

  /// The signature of frames exactly as they are sent; empty without a key.
  public func signature(of frames: some Collection<[UInt8]>) -> [UInt8] {
    if key.isEmpty { return [] }
    let text = Array(frames.joined())
    var digest = [UInt8](repeating: 0, count: Int(EVP_MAX_MD_SIZE))
    var length: UInt32 = 0
    HMAC(EVP_sha256(), key, Int32(key.count), text, text.count, &digest, &length)
    let digits = Array("0123456789abcdef".utf8)
    return digest.prefix(Int(length)).flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }
  }

  /// Whether a signature belongs to the frames; takes the same time wherever the first difference is.
  public func accepts(_ signature: [UInt8], of frames: some Collection<[UInt8]>) -> Bool {
    if key.isEmpty { return true }
    let expected = self.signature(of: frames)
    return expected.count == signature.count && CRYPTO_memcmp(expected, signature, expected.count) == 0
  }
}

/// The signatures of the last messages, so that a message that somebody recorded and sends again is not obeyed.
///
/// Keeps the last `capacity` of them: memory is bounded however long a kernel lives.
public struct SignatureHistory: Sendable {
  private let capacity: Int
  private var seen: Set<[UInt8]> = []
  private var ring: [[UInt8]] = []
  private var oldest = 0

  public init(capacity: Int = 65_536) {
    precondition(capacity > 0, "a signature history holds at least one signature, not \(capacity)")
    self.capacity = capacity
  }

  /// Remembers a signature; false when it had been there before. An empty one, of an unsigned message, is always new.
  public mutating func insert(_ signature: [UInt8]) -> Bool {
    if signature.isEmpty { return true }
    guard seen.insert(signature).inserted else { return false }
    if ring.count < capacity {
      ring.append(signature)
    } else {
      seen.remove(ring[oldest])
      ring[oldest] = signature
      oldest = (oldest + 1) % capacity
    }
    return true
  }
}
