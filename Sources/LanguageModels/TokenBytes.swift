import Synchronization

/// The bytes that every token of a vocabulary adds to a text: what constraints on the text are checked with.
///
/// A character may be spread over several tokens, so a token's bytes need not be UTF-8. A token without text, such as the end of a text,
/// has none. The bytes can depend on where the token stands: most tokenizers write a word's space before the word, but not before the first.
///
/// It is made once per vocabulary, when it is first asked for, and shared.
public final class TokenBytes: Sendable {
  /// What the tokens add in one place.
  private struct Table: Sendable {
    var bytes: [UInt8] = []
    /// Where the bytes of each token begin, and after the last where they end.
    var starts: [UInt32] = [0]
    let trie: TokenTrie

    init(count: Int, bytesOf: (Int) -> [UInt8]) {
      for token in 0..<count {
        bytes += bytesOf(token)
        starts.append(UInt32(bytes.count))
      }
      trie = TokenTrie(count: count) { [bytes, starts] in bytes[Int(starts[$0])..<Int(starts[$0 + 1])] }
    }
  }

  private struct Tables: Sendable {
    let first: Table
    let later: Table
  }

  /// The size of the vocabulary.
  public let count: Int
  private let bytesOf: @Sendable (_ token: Int, _ isFirst: Bool) -> [UInt8]
  private let opens: @Sendable (_ token: Int) -> Bool
  private let tables = Mutex<Tables?>(nil)

  /// - Parameters:
  ///   - count: the size of the vocabulary.
  ///   - opens: whether the token after this one is written as if it were the first, as words are after a bracket.
  ///   - bytesOf: what a token adds, as the first token of a text or as a later one; nothing for a token without text.
  public init(
    count: Int, opens: @escaping @Sendable (_ token: Int) -> Bool = { _ in false },
    bytesOf: @escaping @Sendable (_ token: Int, _ isFirst: Bool) -> [UInt8]
  ) {
    self.count = count
    self.opens = opens
    self.bytesOf = bytesOf
  }

  /// What a token adds to a text.
  public func bytes(of token: Int, isFirst: Bool) -> ArraySlice<UInt8> {
    let table = table(isFirst: isFirst)
    return table.bytes[Int(table.starts[token])..<Int(table.starts[token + 1])]
  }

  /// All tokens as a tree.
  public func trie(isFirst: Bool) -> TokenTrie { table(isFirst: isFirst).trie }

  /// Whether the token after this one is written as if it were the first.
  public func opensText(_ token: Int) -> Bool { opens(token) }

  private func table(isFirst: Bool) -> Table {
    let tables = tables.withLock { tables in
      if let tables { return tables }
      let later = Table(count: count) { bytesOf($0, false) }
      let isSame = (0..<count).allSatisfy {
        bytesOf($0, true).elementsEqual(later.bytes[Int(later.starts[$0])..<Int(later.starts[$0 + 1])])
      }
      let made = Tables(first: isSame ? later : Table(count: count) { bytesOf($0, true) }, later: later)
      tables = made
      return made
    }
    return isFirst ? tables.first : tables.later
  }
}
