/// A text, or a pair of texts, as token ids.
///
/// ```swift
/// let encoding = tokenizer.encode("hello world")
/// encoding.ids       // [101, 7592, 2088, 102]
/// encoding.tokens    // ["[CLS]", "hello", "world", "[SEP]"]
/// encoding.offsets   // [0..<0, 0..<5, 6..<11, 0..<0]
/// ```
/// All lists have one element per token.
public struct Encoding: Sendable {
  public internal(set) var ids: [Int]

  /// Which bytes of its text (UTF-8, from 0) each token stands for; empty for tokens that stand for none.
  ///
  /// They are whole code points: two tokens that share one have the same offsets.
  public internal(set) var offsets: [Range<Int>]

  /// What truncation cut off, each piece with its own special tokens; empty without truncation.
  public internal(set) var overflow: [Encoding] = []

  /// The word of its text that a token belongs to, from 0; -1 for none.
  var words: [Int32]
  /// Runs of tokens of one kind.
  var sections: [Section]
  let vocabulary: Vocabulary

  struct Section: Sendable, Equatable {
    enum Kind: Sendable, Equatable {
      case text(Int)
      case special
      case padding
    }
    var kind: Kind
    var typeID: Int
    var count: Int
  }

  /// How many tokens there are.
  public var count: Int { ids.count }

  public var tokens: [String] { ids.map { vocabulary.tokens.token($0) ?? "" } }

  /// 0 for tokens of the first text and 1 for those of the second, as far as the post-processor has it so.
  public var typeIDs: [Int] { sections.flatMap { repeatElement($0.typeID, count: $0.count) } }

  /// 1 for every token but padding.
  public var attentionMask: [Int] { sections.flatMap { repeatElement($0.kind == .padding ? 0 : 1, count: $0.count) } }

  /// 1 for tokens that the post-processor or padding has added, 0 for those of the text.
  public var specialTokensMask: [Int] {
    sections.flatMap { section -> Repeated<Int> in
      let isText = if case .text = section.kind { true } else { false }
      return repeatElement(isText ? 0 : 1, count: section.count)
    }
  }

  /// Which text a token comes from, 0 or 1; nil for special tokens and padding.
  public var textIndices: [Int?] {
    sections.flatMap { section -> Repeated<Int?> in
      let index: Int? = if case .text(let index) = section.kind { index } else { nil }
      return repeatElement(index, count: section.count)
    }
  }

  /// Which word of its text a token belongs to, from 0; nil for special tokens and padding.
  public var wordIndices: [Int?] { words.map { $0 < 0 ? nil : Int($0) } }
}

extension Encoding: Equatable {
  public static func == (left: Encoding, right: Encoding) -> Bool {
    left.ids == right.ids && left.offsets == right.offsets && left.overflow == right.overflow && left.words == right.words
      && left.sections == right.sections
  }
}

extension Encoding: CustomStringConvertible {
  /// The tokens and their number, as `[CLS] hello world [SEP] (4 tokens)`.
  public var description: String {
    "\(tokens.joined(separator: " ")) (\(count) \(count == 1 ? "token" : "tokens"))"
  }
}

extension Encoding {
  /// The same offsets counted in code points, as Python counts them.
  ///
  /// - Parameter text: the text that was encoded. Of a pair, only tokens of one text can be asked for at a time.
  public func scalarOffsets(in text: String) -> [Range<Int>] {
    var positions = [Int](repeating: 0, count: text.utf8.count + 1)
    var scalars = 0
    for (index, byte) in text.utf8.enumerated() {
      if byte & 0xC0 != 0x80 { scalars += 1 }
      positions[index] = scalars - 1
    }
    positions[text.utf8.count] = scalars
    return offsets.map { range in
      precondition(
        range.upperBound < positions.count,
        "the text is not the one that was encoded: a token ends at byte \(range.upperBound) of \(positions.count - 1)")
      return positions[range.lowerBound]..<positions[range.upperBound]
    }
  }
}
