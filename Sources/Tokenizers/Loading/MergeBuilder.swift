/// Collects the merges of a BPE model in the order of their rank.
struct MergeBuilder {
  enum Problem: Equatable {
    case notAPair
    case unknown(String)
    case shortContinuation(String)

    var reason: TokenizerError.Reason {
      switch self {
      case .notAPair: .invalid("a merge is two tokens with a space between them")
      case .unknown(let token): .notInVocabulary(token)
      case .shortContinuation(let token): .invalid("«\(token)» continues a word and does not begin with the prefix of continuations")
      }
    }
  }

  private let tokens: TokenTable
  private let prefix: [UInt8]
  private(set) var table: MergeTable
  private var rank = 0

  /// - Parameter count: how many merges are added at most.
  init(tokens: TokenTable, prefix: [UInt8], count: Int) {
    self.tokens = tokens
    self.prefix = prefix
    table = MergeTable(capacity: count)
  }

  mutating func add(_ left: String, _ right: String) -> Problem? { add(Array(left.utf8), Array(right.utf8)) }

  /// A line of `merges.txt`.
  mutating func add(line: String) -> Problem? {
    let bytes = Array(line.utf8)
    let parts = bytes.split(separator: 0x20, omittingEmptySubsequences: false)
    guard parts.count == 2 else { return .notAPair }
    return add(Array(parts[0]), Array(parts[1]))
  }

  private mutating func add(_ left: [UInt8], _ right: [UInt8]) -> Problem? {
    guard let leftID = tokens.id(of: left) else { return .unknown(String(decoding: left, as: UTF8.self)) }
    guard let rightID = tokens.id(of: right) else { return .unknown(String(decoding: right, as: UTF8.self)) }
    guard right.count >= prefix.count else { return .shortContinuation(String(decoding: right, as: UTF8.self)) }
    let merged = left + right[prefix.count...]
    guard let mergedID = tokens.id(of: merged) else { return .unknown(String(decoding: merged, as: UTF8.self)) }
    table.insert(left: leftID, right: rightID, rank: rank, merged: mergedID)
    rank += 1
    return nil
  }
}
