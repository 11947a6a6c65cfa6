extension MIMEBundle {
  /// The bundle as the wire and notebook files carry it: text as strings, bytes in base64, JSON as values, and always a `text/plain`.
  public var wireData: JSON {
    var data = JSON.Object(
      contents.map { type, content -> (String, JSON) in
        switch content {
        case .text(let text): (type, .string(text))
        case .bytes(let bytes): (type, .string(base64(bytes)))
        case .json(let value): (type, value)
        }
      })
    if data["text/plain"] == nil { data["text/plain"] = "" }
    return .object(data)
  }
}

/// Base64 with padding and without line breaks (RFC 4648, section 4).
func base64(_ bytes: [UInt8]) -> String {
  let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)
  var text: [UInt8] = []
  text.reserveCapacity((bytes.count + 2) / 3 * 4)
  for start in stride(from: 0, to: bytes.count, by: 3) {
    let count = min(3, bytes.count - start)
    let first = UInt32(bytes[start]) << 16
    let second = count > 1 ? UInt32(bytes[start + 1]) << 8 : 0
    let third = count > 2 ? UInt32(bytes[start + 2]) : 0
    let group = first | second | third
    for position in 0..<4 {
      let digit = alphabet[Int(group >> UInt32(18 - 6 * position) & 63)]
      text.append(position <= count ? digit : UInt8(ascii: "="))
    }
  }
  return String(decoding: text, as: UTF8.self)
}
