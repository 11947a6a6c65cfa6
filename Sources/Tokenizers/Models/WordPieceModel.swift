/// WordPiece: the longest token that a word begins with, then the longest that continues it, and so on.
///
/// A word that cannot be written so, or that is too long, is one unknown token. Source: Schuster, Nakajima 2012; BERT.
struct WordPieceModel: TokenModel {
  let tokens: TokenTable
  private let unknown: Int
  private let maximumCharacters: Int
  private let beginnings: ByteTrie
  private let continuations: ByteTrie

  var name: String { "WordPiece" }
  var takesRawBytes: Bool { false }
  var unknownToken: Int? { unknown }

  init(tokens: TokenTable, unknown: Int, continuationPrefix: [UInt8], maximumCharacters: Int) {
    self.tokens = tokens
    self.unknown = unknown
    self.maximumCharacters = maximumCharacters
    var beginnings: [(bytes: [UInt8], value: Int)] = []
    var continuations: [(bytes: [UInt8], value: Int)] = []
    for id in 0..<tokens.idCount {
      guard let bytes = tokens.withBytes(of: id, { $0.map(Array.init) }), tokens.id(of: bytes) == id, !bytes.isEmpty else { continue }
      beginnings.append((bytes, id))
      if bytes.starts(with: continuationPrefix), bytes.count > continuationPrefix.count {
        continuations.append((Array(bytes[continuationPrefix.count...]), id))
      }
    }
    self.beginnings = ByteTrie(beginnings)
    self.continuations = ByteTrie(continuations)
  }

  func tokenize(_ word: UTF8Bytes, into pieces: GrowingBuffer<Piece>, _ workspace: ModelWorkspace) {
    let start = pieces.count
    if !isTooLong(word) {
      var position = 0
      while position < word.count {
        guard let longest = (position == 0 ? beginnings : continuations).longestPrefix(of: word, from: position) else { break }
        pieces.append(Piece(id: UInt32(longest.value), length: UInt32(longest.end - position)))
        position = longest.end
      }
      if position == word.count { return }
    }
    pieces.removeLast(pieces.count - start)
    pieces.append(Piece(id: UInt32(unknown), length: UInt32(word.count)))
  }

  private func isTooLong(_ word: UTF8Bytes) -> Bool {
    if word.count <= maximumCharacters { return false }
    var characters = 0
    for byte in word where byte & 0xC0 != 0x80 {
      characters += 1
      if characters > maximumCharacters { return true }
    }
    return false
  }
}
