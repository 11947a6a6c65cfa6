/// Makes one token certain at one place of the text, where it is among the candidates; elsewhere it changes nothing.
///
/// Source: transformers' `forced_bos_token_id` (place 1) and `forced_eos_token_id` (the last place).
public struct ForcedToken: Adapter, Equatable {
  public let token: Int
  public let place: Int

  /// - Parameters:
  ///   - token: a token of the vocabulary.
  ///   - place: which of the tokens that are written, from 1.
  public init(_ token: Int, at place: Int) {
    require(place >= 1, "ForcedToken(\(token), at: \(place)): the first token that is written has place 1.")
    self.token = token
    self.place = place
  }

  public func adapt(_ candidates: inout Candidates, at position: Position) {
    guard position.generated.count + 1 == place, candidates.tokens.contains(token) else { return }
    candidates.keepTokens { $0 == token }
    candidates.scores = [0]
  }

  public var description: String { "ForcedToken(\(token), at: \(place))" }
}
