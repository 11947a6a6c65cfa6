import LanguageModels

/// Where the tokens come from that a speculative strategy proposes to its model.
public enum Draft: Sendable, CustomStringConvertible {
  /// A smaller model with the same vocabulary.
  case model(any LanguageModel)
  /// The text itself: where its last tokens, at most so many, have occurred before, what followed them there follows again.
  ///
  /// Source: Saxena 2023, «Prompt lookup decoding»; transformers' `prompt_lookup_num_tokens`.
  case lookup(longest: Int = 3)

  public var description: String {
    switch self {
    case .model(let model): "\(model)"
    case .lookup(let longest): "lookup of \(longest) tokens"
    }
  }

  var refusal: String? {
    if case .lookup(let longest) = self, longest < 1 { return "Draft.lookup(longest: \(longest)): at least 1 token is looked up." }
    return nil
  }

  /// What followed the longest end of the text that occurred before; of several places the last.
  ///
  /// Complexity: O(longest · length of the text).
  static func lookUp(in text: [Int], longest: Int, count: Int) -> [Int] {
    for length in stride(from: min(longest, text.count - 1), through: 1, by: -1) {
      let end = text.suffix(length)
      var start = text.count - length - 1
      while start >= 0 {
        if text[start..<start + length].elementsEqual(end) { return Array(text[(start + length)...].prefix(count)) }
        start -= 1
      }
    }
    return []
  }
}
