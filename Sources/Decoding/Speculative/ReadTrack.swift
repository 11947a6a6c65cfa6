import LanguageModels

/// What a model has read of a text, when some of what it read may be taken back.
struct ReadTrack {
  private(set) var state: ModelState
  /// The tokens of the text that the state does not know, from the first on.
  private(set) var unread: [Int]

  init(_ state: ModelState, unread: [Int]) {
    self.state = state
    self.unread = unread
  }

  mutating func append(_ token: Int) { unread.append(token) }

  /// Hears that the model has read all that was unread and the tokens after it.
  ///
  /// - Parameters:
  ///   - state: after all of them.
  ///   - drafted: what was read beyond the text.
  ///   - accepted: how many of the drafted tokens the text goes on with.
  mutating func hasRead(_ state: ModelState, drafted: ArraySlice<Int>, accepted: Int, model: any LanguageModel) {
    if let kept = accepted == drafted.count ? state : model.state(state, droppingLast: drafted.count - accepted) {
      self.state = kept
      unread = []
    } else {
      // The model cannot take tokens back: it reads the right ones again from where it was.
      unread += drafted.prefix(accepted)
    }
  }
}
