/// The tokens of a tokenizer, those of its model and the added ones.
final class Vocabulary: Sendable {
  let tokens: TokenTable
  let added: [AddedToken]
  /// The ids that decoding may leave out.
  let special: Set<Int>

  init(model: TokenTable, added: [AddedToken]) {
    var tokens = model
    for token in added { tokens.insert(token.content, id: token.id) }
    self.tokens = tokens
    self.added = added
    special = Set(added.filter(\.isSpecial).map(\.id))
  }
}
