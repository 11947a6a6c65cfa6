/// The tokens of a tokenizer, those of its model and the added ones.
final class Vocabulary: Sendable {
  let tokens: TokenTable
  let added: [AddedToken]
  /// For each id whether decoding may leave it out.
  private let isSpecial: [Bool]

  init(model: TokenTable, added: [AddedToken]) {
    var tokens = model
    for token in added { tokens.insert(token.content, id: token.id) }
    self.tokens = tokens
    self.added = added
    var isSpecial = [Bool](repeating: false, count: tokens.idCount)
    for token in added where token.isSpecial { isSpecial[token.id] = true }
    self.isSpecial = isSpecial
  }

  func isSpecial(_ id: Int) -> Bool { isSpecial.indices.contains(id) && isSpecial[id] }
}
