/// Tokens and their ids, both ways. Tokens are compared byte for byte: «é» in one code point and in two are different tokens.
struct TokenTable: Sendable {
  /// Ids from here on are refused: tables are arrays, and no vocabulary comes near.
  static let idLimit = 1 << 22

  private struct Span: Sendable {
    var start: UInt32
    /// `.max` where the id has no token.
    var count: UInt32
  }

  private var arena: [UInt8] = []
  private var spans: [Span] = []
  /// Id + 1 of the token whose hash leads here; 0 where there is none. A power of two long, at most half full.
  private var slots: [UInt32]
  /// How many different tokens there are.
  private(set) var count = 0

  init(capacity: Int = 16) {
    var size = 32
    while size < capacity * 2 { size *= 2 }
    slots = Array(repeating: 0, count: size)
  }

  /// One more than the highest id.
  var idCount: Int { spans.count }

  /// Adds a token, or gives a token another id. The id must be below ``idLimit``.
  mutating func insert(_ token: UTF8Bytes, id: Int) {
    if spans.count <= id { spans.append(contentsOf: repeatElement(Span(start: 0, count: .max), count: id + 1 - spans.count)) }
    spans[id] = Span(start: UInt32(arena.count), count: UInt32(token.count))
    arena.append(contentsOf: token)
    let slot = find(token)
    if slots[slot] == 0 { count += 1 }
    slots[slot] = UInt32(id + 1)
    if count * 2 > slots.count { grow() }
  }

  mutating func insert(_ token: String, id: Int) {
    var token = token
    token.withUTF8 { insert($0, id: id) }
  }

  private mutating func grow() {
    let ids = slots.filter { $0 != 0 }
    slots = Array(repeating: 0, count: slots.count * 2)
    for id in ids {
      let slot = withBytes(of: Int(id) - 1) { find($0!) }
      slots[slot] = id
    }
  }

  /// The slot of a token, or the free one where it belongs.
  private func find(_ token: UTF8Bytes) -> Int {
    let mask = slots.count - 1
    var slot = Int(truncatingIfNeeded: hash(of: token)) & mask
    while slots[slot] != 0, !isToken(Int(slots[slot]) - 1, equalTo: token) { slot = (slot + 1) & mask }
    return slot
  }

  private func isToken(_ id: Int, equalTo token: UTF8Bytes) -> Bool {
    let span = spans[id]
    guard span.count == UInt32(token.count) else { return false }
    return arena.withUnsafeBufferPointer { arena in
      for index in 0..<token.count where arena[Int(span.start) + index] != token[index] { return false }
      return true
    }
  }

  func id(of token: UTF8Bytes) -> Int? {
    let id = slots[find(token)]
    return id == 0 ? nil : Int(id) - 1
  }

  func id(of token: String) -> Int? {
    var token = token
    return token.withUTF8 { id(of: $0) }
  }

  func id(of token: [UInt8]) -> Int? { token.withUnsafeBufferPointer { id(of: $0) } }

  /// Whether an id has a token.
  func contains(_ id: Int) -> Bool { spans.indices.contains(id) && spans[id].count != .max }

  /// Lends the bytes of a token; nil when the id has none.
  func withBytes<Result>(of id: Int, _ body: (UTF8Bytes?) -> Result) -> Result {
    guard contains(id) else { return body(nil) }
    let span = spans[id]
    return arena.withUnsafeBufferPointer { body(UTF8Bytes(rebasing: $0[Int(span.start)..<Int(span.start + span.count)])) }
  }

  func token(_ id: Int) -> String? {
    withBytes(of: id) { bytes in bytes.map { String(decoding: $0, as: UTF8.self) } }
  }
}

/// A hash of bytes for tables that live in memory: fast, with no promise against those who look for collisions.
@inline(__always)
func hash(of bytes: UTF8Bytes) -> UInt64 {
  var hash = UInt64(bytes.count) &* 0x9E37_79B9_7F4A_7C15
  guard let base = bytes.baseAddress else { return hash }
  let raw = UnsafeRawPointer(base)
  var position = 0
  while position + 8 <= bytes.count {
    hash = mix(hash ^ raw.loadUnaligned(fromByteOffset: position, as: UInt64.self))
    position += 8
  }
  var rest: UInt64 = 0
  while position < bytes.count {
    rest = rest << 8 | UInt64(base[position])
    position += 1
  }
  return mix(hash ^ rest)
}

@inline(__always)
func mix(_ value: UInt64) -> UInt64 {
  let product = value.multipliedFullWidth(by: 0xA076_1D64_78BD_642F)
  return product.high ^ product.low ^ value >> 32
}
