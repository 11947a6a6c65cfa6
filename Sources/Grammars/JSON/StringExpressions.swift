/// Texts as JSON writes them between quotes.
enum StringExpressions {
  private static let special = ScalarSet([0...0x1F, 0x22...0x22, 0x5C...0x5C])
  private static let short: [UInt32: String] = [
    0x22: "\\\"", 0x5C: "\\\\", 0x08: "\\b", 0x0C: "\\f", 0x0A: "\\n", 0x0D: "\\r", 0x09: "\\t",
  ]

  /// One character, in any way that JSON has to write it; an escape gives a whole character, never half of one.
  static let anyCharacter: Expression = {
    let hex = Expression.anyByte(Array("0123456789abcdefABCDEF".utf8))
    let notD = Expression.anyByte(Array("0123456789abcefABCEF".utf8))
    let d = Expression.anyByte(Array("dD".utf8))
    func set(_ digits: String) -> Expression { .anyByte(Array(digits.utf8)) }
    let pair = Expression.sequence([d, set("89abAB"), hex, hex, .text("\\u"), d, set("cdefCDEF"), hex, hex])
    let unit = Expression.alternatives([.sequence([notD, hex, hex, hex]), .sequence([d, set("01234567"), hex, hex]), pair])
    return .alternatives([
      .scalar(special.complement),
      .sequence([.text("\\"), .alternatives([.anyByte(Array("\"\\/bfnrt".utf8)), .sequence([.text("u"), unit])])]),
    ])
  }()

  /// A set of characters, each written in the one way that Python's `json.dumps(…, ensure_ascii=False)` has.
  static func canonical(_ set: ScalarSet) -> Expression {
    var parts: [Expression] = [.scalar(set.subtracting(special))]
    for range in set.intersection(special).ranges {
      for value in range { parts.append(.text(short[value] ?? "\\u00" + String(value >> 4, radix: 16) + String(value & 15, radix: 16))) }
    }
    return .alternatives(parts)
  }

  /// An expression over characters, with each character as JSON writes it.
  static func canonical(_ expression: Expression) -> Expression {
    switch expression {
    case .scalar(let set): canonical(set)
    case .bytes(let bytes): canonical(String(decoding: bytes, as: UTF8.self))
    case .anyByte(let bytes): canonical(ScalarSet(bytes.map { UInt32($0)...UInt32($0) }))
    case .sequence(let parts): .sequence(parts.map(canonical))
    case .alternatives(let parts): .alternatives(parts.map(canonical))
    case .repeated(let part, let minimum, let maximum): .repeated(canonical(part), minimum: minimum, maximum: maximum)
    case .intersection(let left, let right): .intersection(canonical(left), canonical(right))
    case .rule: expression
    }
  }

  static func canonical(_ text: String) -> Expression {
    .sequence(text.unicodeScalars.map { canonical(ScalarSet([$0.value...$0.value])) })
  }

  static let canonicalCharacter = canonical(ScalarSet.all)

  /// Every text but a few.
  static func anything(but texts: [String]) -> Expression { anything(but: texts.map { Array($0.unicodeScalars.map(\.value))[...] }) }

  private static func anything(but texts: [ArraySlice<UInt32>]) -> Expression {
    var next: [UInt32: [ArraySlice<UInt32>]] = [:]
    for text in texts { if let first = text.first { next[first, default: []].append(text.dropFirst()) } }
    let heads = next.keys.sorted()
    let others = ScalarSet(heads.map { $0...$0 }).complement
    var parts: [Expression] = [.sequence([canonical(others), .repeated(canonicalCharacter, minimum: 0, maximum: nil)])]
    if !texts.contains(where: \.isEmpty) { parts.append(.empty) }
    for head in heads { parts.append(.sequence([canonical(ScalarSet([head...head])), anything(but: next[head]!)])) }
    return .alternatives(parts)
  }

  /// The formats that are checked, as regular expressions over the whole text.
  ///
  /// Source: RFC 3339 (dates and times), RFC 4122 (UUID), RFC 2673 (IPv4), RFC 4291 (IPv6), RFC 1123 (host names); `email` and `uri` are the
  /// common part of their RFCs.
  static let formats: [String: String] = {
    let leapYear = #"(?:\d\d(?:0[48]|[2468][048]|[13579][26])|(?:0[48]|[2468][048]|[13579][26])00)"#
    // The year 0 has no place in Python's dates.
    let year = #"(?:000[1-9]|00[1-9]\d|0[1-9]\d\d|[1-9]\d{3})"#
    let day = #"(?:(?:0[13578]|1[02])-(?:0[1-9]|[12]\d|3[01])|(?:0[469]|11)-(?:0[1-9]|[12]\d|30)|02-(?:0[1-9]|1\d|2[0-8]))"#
    let fullDate = "(?:\(year)-\(day)|\(leapYear)-02-29)"
    let time = #"(?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d(?:\.\d{1,6})?(?:Z|[+-](?:[01]\d|2[0-3]):[0-5]\d)"#
    let byte = #"(?:25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)"#
    let hex = "[0-9a-fA-F]{1,4}"
    let label = "[a-zA-Z0-9](?:[a-zA-Z0-9-]{0,60}[a-zA-Z0-9])?"
    let shortened = (0...7).map { before in
      let head = before == 0 ? "" : "\(hex)(?::\(hex)){\(before - 1)}"
      let after = 7 - before
      return "\(head)::" + (after == 0 ? "" : "(?:\(hex)(?::\(hex)){0,\(after - 1)})?")
    }
    return [
      "date": fullDate, "time": time, "date-time": "\(fullDate)T\(time)",
      "duration":
        #"P(?:\d+W|(?:\d+Y(?:\d+M(?:\d+D)?)?|\d+M(?:\d+D)?|\d+D)(?:T(?:\d+H(?:\d+M(?:\d+S)?)?|\d+M(?:\d+S)?|\d+S))?|T(?:\d+H(?:\d+M(?:\d+S)?)?|\d+M(?:\d+S)?|\d+S))"#,
      "uuid": "[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}",
      "ipv4": "\(byte)(?:\\.\(byte)){3}", "ipv6": "(?:\(hex)(?::\(hex)){7}|\(shortened.joined(separator: "|")))",
      "hostname": "\(label)(?:\\.\(label)){0,3}",
      "email": "[a-zA-Z0-9_+-]+(?:\\.[a-zA-Z0-9_+-]+)*@\(label)(?:\\.\(label))+",
      "uri":
        #"[a-zA-Z][a-zA-Z0-9+.-]*:(?://[a-zA-Z0-9.-]+(?::\d+)?(?:/[a-zA-Z0-9._~!$&'()*+,;=:@-]*)*|[a-zA-Z0-9._~@/-]+)(?:\?[a-zA-Z0-9._~!$&'()*+,;=:@/?-]*)?(?:#[a-zA-Z0-9._~!$&'()*+,;=:@/?-]*)?"#,
    ]
  }()
}
