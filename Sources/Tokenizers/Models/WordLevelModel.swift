/// A token for each whole word; every other word is unknown.
struct WordLevelModel: TokenModel {
  let tokens: TokenTable
  let unknown: Int

  var name: String { "word-level" }
  var takesRawBytes: Bool { false }
  var unknownToken: Int? { unknown }

  func tokenize(_ word: UTF8Bytes, into pieces: GrowingBuffer<Piece>, _ workspace: ModelWorkspace) {
    pieces.append(Piece(id: UInt32(tokens.id(of: word) ?? unknown), length: UInt32(word.count)))
  }
}
