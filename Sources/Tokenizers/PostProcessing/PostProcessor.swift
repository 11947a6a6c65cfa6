/// What is done to a text's tokens at the end: special tokens around them, white space taken off their offsets.
struct PostProcessor: Sendable, Equatable {
  /// A place in a template.
  enum Slot: Sendable, Equatable {
    /// The tokens of a text, 0 or 1.
    case text(Int, typeID: Int)
    case special(ids: [Int], typeID: Int)
  }

  /// Whether white space is taken off the offsets, and whether the first token keeps a space that the pre-tokenizer has written.
  struct OffsetTrimming: Sendable, Equatable {
    var keepsPrefixSpace: Bool
  }

  /// The order of texts and special tokens; nil for texts alone, one after the other.
  var single: [Slot]?
  var pair: [Slot]?
  var trimming: [OffsetTrimming] = []

  func specialTokenCount(isPair: Bool) -> Int {
    (isPair ? pair : single)?.reduce(0) { count, slot in
      if case .special(let ids, _) = slot { count + ids.count } else { count }
    } ?? 0
  }

  /// Puts texts and special tokens in order.
  func process(_ texts: [Encoding], addsSpecialTokens: Bool) -> Encoding {
    let slots = (texts.count == 2 ? pair : single) ?? texts.indices.map { .text($0, typeID: $0) }
    var result: Encoding?
    for slot in slots {
      let part: Encoding
      switch slot {
      case .text(let index, let typeID):
        part = texts[index].with(typeID: typeID)
      case .special(let ids, let typeID):
        if !addsSpecialTokens { continue }
        part = Encoding(
          ids: ids, offsets: ids.map { _ in 0..<0 }, words: ids.map { _ in -1 },
          sections: [Encoding.Section(kind: .special, typeID: typeID, count: ids.count)], vocabulary: texts[0].vocabulary)
      }
      result = result?.followed(by: part) ?? part
    }
    // A template without any text is refused when it is read.
    return result ?? texts[0]
  }
}

extension Encoding {
  fileprivate func with(typeID: Int) -> Encoding {
    var copy = self
    for index in copy.sections.indices { copy.sections[index].typeID = typeID }
    copy.overflow = overflow.map { $0.with(typeID: typeID) }
    return copy
  }

  /// Both after another, and so with every combination of what overflowed.
  fileprivate func followed(by other: Encoding) -> Encoding {
    var overflows: [Encoding] = []
    for mine in overflow {
      overflows.append(mine.joined(with: other))
      for theirs in other.overflow { overflows.append(mine.joined(with: theirs)) }
    }
    for theirs in other.overflow { overflows.append(joined(with: theirs)) }
    var result = joined(with: other)
    result.overflow = overflows
    return result
  }

  private func joined(with other: Encoding) -> Encoding {
    var result = self
    result.ids += other.ids
    result.offsets += other.offsets
    result.words += other.words
    result.sections += other.sections
    result.overflow = []
    return result
  }
}
