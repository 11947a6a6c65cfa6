/// A regular expression as a tree.
indirect enum PatternSyntax: Equatable {
  enum Mode { case greedy, lazy, possessive }
  enum Assertion { case lineStart, lineEnd, textStart, textEnd, textEndOrLastNewline, wordBoundary, noWordBoundary }

  case set(ScalarSet)
  case sequence([PatternSyntax])
  case alternatives([PatternSyntax])
  /// `maximum` is nil when there is none.
  case repeated(PatternSyntax, minimum: Int, maximum: Int?, Mode)
  case atomic(PatternSyntax)
  case lookahead(PatternSyntax, isNegative: Bool)
  /// Only of one code point.
  case lookbehind(ScalarSet, isNegative: Bool)
  case assertion(Assertion)

  /// Whether it can match the empty string.
  var canBeEmpty: Bool {
    switch self {
    case .set: false
    case .sequence(let parts): parts.allSatisfy(\.canBeEmpty)
    case .alternatives(let parts): parts.contains(where: \.canBeEmpty)
    case .repeated(let body, let minimum, _, _): minimum == 0 || body.canBeEmpty
    case .atomic(let body): body.canBeEmpty
    case .lookahead, .lookbehind, .assertion: true
    }
  }

  /// The bytes that a match which is not empty may begin with.
  var firstBytes: Set<UInt8> {
    switch self {
    case .set(let set):
      var bytes = Set((UInt8(0)..<128).filter { set.containsASCII($0) })
      if !set.isASCII { bytes.formUnion(0xC2...0xF4) }
      return bytes
    case .sequence(let parts):
      var bytes: Set<UInt8> = []
      for part in parts {
        bytes.formUnion(part.firstBytes)
        if !part.canBeEmpty { break }
      }
      return bytes
    case .alternatives(let parts): return parts.reduce(into: []) { $0.formUnion($1.firstBytes) }
    case .repeated(let body, _, _, _), .atomic(let body): return body.firstBytes
    case .lookahead, .lookbehind, .assertion: return []
    }
  }
}

/// Why a regular expression cannot be used: what is written there, and where.
struct PatternError: Error, Equatable {
  /// «a lookbehind longer than one character»
  var problem: String
  /// From 1, in code points.
  var column: Int
}
