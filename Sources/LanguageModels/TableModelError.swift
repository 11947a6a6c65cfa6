/// A table of probabilities that is none.
public enum TableModelError: Error, Equatable, CustomStringConvertible {
  case noBeginning
  case rowTwice(String)
  case wordTwice(String, context: String)
  case wordIsUnknown(String, context: String)
  case endIsUnknown(String)
  case goesOnAfterEnd(String)
  case notAWord(String)
  case notAProbability(Double, word: String, context: String)
  case doesNotAddUp(Double, context: String)

  public var description: String {
    switch self {
    case .noBeginning: "The table has no row for the beginning; its key is \"\"."
    case .rowTwice(let context): "The table has two rows after \"\(context)\"; each beginning has one."
    case .wordTwice(let word, let context): "After \"\(context)\", \"\(word)\" has two probabilities; each word has one."
    case .wordIsUnknown(let word, let context):
      "The row after \"\(context)\" is never reached: no row gives \"\(word)\" a probability."
    case .endIsUnknown(let word): "The end word \"\(word)\" has no probability in any row."
    case .goesOnAfterEnd(let context): "The row after \"\(context)\" is never reached: it goes on after the end word."
    case .notAWord(let word): "\"\(word)\" is not a word: a word has at least one character and no white space."
    case .notAProbability(let number, let word, let context):
      "After \"\(context)\", \"\(word)\" has the probability \(number); a probability is a number from 0 to 1."
    case .doesNotAddUp(let sum, let context):
      "After \"\(context)\", the probabilities add up to \(sum); they must add up to 1."
    }
  }
}
