/// Where a Python text stands: between or inside its tokens, in which blocks and brackets, and where in the grammar.
///
/// A value; blocks and brackets are lists that copies share.
public struct PythonState: CheckerState {
  enum Mode: Sendable, Hashable {
    /// At the beginning of a line, counting white space.
    case indentation(column: Int, alternative: Int, continued: Int)
    /// Between tokens.
    case between
    /// After a backslash, before its line break.
    case continuation
    case comment
    /// In a word; the node of the tree of keywords, or −1 for one that is none.
    case word(node: Int16, isAfterNumber: Bool)
    case sign(node: Int16)
    case number(PythonNumber)
    case quoted(PythonQuote)
    /// In the text of a format string, or of a format specification in it.
    case formatted(PythonFormat)
  }

  /// What is open around the current place.
  enum Frame: Sendable, Hashable {
    case bracket
    case format(quote: UInt8, isTriple: Bool, isRaw: Bool)
    case field
    case specification
  }

  struct Indent: Sendable, Hashable {
    var column: Int
    /// With tabs counted as one column: both have to agree, else the order of blocks would depend on the width of tabs.
    var alternative: Int
  }

  var mode = Mode.indentation(column: 0, alternative: 0, continued: 0)
  var indents: SharedList<Indent>?
  var frames: SharedList<Frame>?
  var place: PythonPlace
  /// Whether the line has tokens, so that its end is one.
  var hasTokens = false
  var isAfterCarriageReturn = false
  /// The last line break was escaped, and nothing has come since.
  var isContinued = false
  /// The last byte of the number was «_».
  var hasUnderscore = false
  /// A code point of which bytes are missing, and how many.
  var partial: UInt32 = 0
  var missing = 0
  private var line = 1
  private(set) var refusal: PythonRefusal?

  init(_ place: PythonPlace) { self.place = place }

  public var problem: String? { refusal.map { "line \(line): \($0.sentence)" } }

  var isWrong: Bool { refusal != nil }

  public var verdict: Verdict { isWrong ? .wrong : isComplete ? .complete : .open }

  public mutating func accept(_ bytes: ArraySlice<UInt8>) { for byte in bytes where !isWrong { accept(byte) } }

  mutating func accept(_ byte: UInt8) {
    if isAfterCarriageReturn {
      isAfterCarriageReturn = false
      if byte == 10 { return }
    }
    if byte == 13 { isAfterCarriageReturn = true }
    let byte = byte == 13 ? 10 : byte
    isContinued = false
    read(byte)
    if byte == 10, refusal == nil { line += 1 }
  }

  mutating func refuse(_ sentence: StaticString) { if refusal == nil { refusal = .text(sentence) } }
  mutating func refuse(_ reason: PythonRefusal) { if refusal == nil { refusal = reason } }

  /// A whole token has been read.
  mutating func emit(_ token: UInt8) {
    guard !isWrong else { return }
    let before = place
    place.accept(token)
    hasTokens = token != PythonTokens.newline && token != PythonTokens.indent && token != PythonTokens.dedent
    if place.isDead { refuse(.token(token, after: before)) }
  }

  /// Whether one of some tokens may come next.
  mutating func expect(_ tokens: PythonTokenSet, _ found: StaticString) {
    if !isWrong, place.allowed.intersection(tokens).isEmpty { refuse(.found(found, after: place)) }
  }

  /// The same for a token that may become a longer one.
  mutating func expect(_ tokens: PythonTokenSet, token: UInt8) {
    if !isWrong, place.allowed.intersection(tokens).isEmpty { refuse(.token(token, after: place)) }
  }

  /// Whether the text would be a program if it ended here.
  private var isComplete: Bool {
    var state = self
    return state.endText()
  }

  private mutating func endText() -> Bool {
    guard missing == 0, !isContinued else { return false }
    switch mode {
    case .indentation, .between, .comment: break
    case .continuation, .formatted: return false
    case .word, .sign: endToken()
    case .number(let number): endNumber(number)
    case .quoted(let quote):
      guard quote.isEmptyText else { return false }
      endQuoted(quote)
    }
    guard !isWrong, frames == nil else { return false }
    if hasTokens { emit(PythonTokens.newline) }
    while indents != nil, !isWrong {
      indents = indents?.rest
      emit(PythonTokens.dedent)
    }
    emit(PythonTokens.end)
    return !isWrong && place.isComplete
  }
}

/// A list that copies share; its first element is the innermost.
final class SharedList<Element: Sendable>: Sendable {
  let first: Element
  let rest: SharedList?

  init(_ first: Element, before rest: SharedList?) {
    self.first = first
    self.rest = rest
  }
}

/// Why a text is no program: made into a sentence only when someone asks, because masks refuse most of a vocabulary.
enum PythonRefusal: Sendable {
  case text(StaticString)
  case byte(UInt8)
  case scalar(Unicode.Scalar)
  case token(UInt8, after: PythonPlace)
  case found(StaticString, after: PythonPlace)

  var sentence: String {
    switch self {
    case .text(let text): "\(text)"
    case .byte(let byte): "\(ByteNames.name(byte)) is no part of a program outside texts and comments."
    case .scalar(let scalar): "«\(scalar)» cannot be part of a name."
    case .token(let token, let place):
      Self.sentence(token == PythonTokens.end ? "the end" : "«\(PythonTokens.names[Int(token)])»", place.allowed)
    case .found(let text, let place): Self.sentence("\(text)", place.allowed)
    }
  }

  private static func sentence(_ found: String, _ allowed: PythonTokenSet) -> String {
    let names = allowed.tokens.map { "«\(PythonTokens.names[Int($0)])»" }
    let shown = names.prefix(12).joined(separator: ", ") + (names.count > 12 ? " and \(names.count - 12) more" : "")
    return "\(found) cannot stand here; allowed are \(shown)."
  }
}
