import LanguageModels

/// What is known of a text that may not be finished.
public enum Verdict: String, Sendable {
  /// No continuation makes it right.
  case wrong
  /// It is not right as it stands, and can still become right.
  case open
  /// It is right as it stands, whether or not it can go on.
  case complete
}

/// A rule for texts that can judge their beginnings: a grammar, the syntax of a language, a list of choices.
///
/// ```swift
/// struct Lowercase: Checker, CheckerState {
///   var verdict = Verdict.complete
///   func begin() -> Lowercase { self }
///   mutating func accept(_ bytes: ArraySlice<UInt8>) { if !bytes.allSatisfy({ (97...122).contains($0) }) { verdict = .wrong } }
///   var description: String { "Lowercase()" }
/// }
/// try await model.generate("The ", using: Greedy().checked(by: Lowercase()))
/// ```
/// «Wrong» is a promise: no continuation would make the text right, so a search may drop it. «Complete» is what the rule says of the
/// text as it stands; a strategy may end there.
public protocol Checker: Sendable, Equatable, CustomStringConvertible {
  associatedtype State: CheckerState

  /// The state before the first byte of a text.
  func begin() -> State

  /// Whether the text that is checked begins with the prompt, as code does that a model goes on with; else it is what the model writes.
  var continuesPrompt: Bool { get }
}

extension Checker {
  public var continuesPrompt: Bool { false }
}

/// What a checker remembers of one text: a value, so that forking a hypothesis is a copy.
public protocol CheckerState: Sendable {
  var verdict: Verdict { get }

  /// Reads on. The bytes are those of one token or of several; a character may be spread over two calls.
  mutating func accept(_ bytes: ArraySlice<UInt8>)

  /// The tokens after which the text is not wrong, for a checker that knows them faster than by trying all.
  ///
  /// - Parameter isFirst: how the tokens are written, see ``TokenBytes``.
  func mask(of tokens: TokenBytes, isFirst: Bool) -> TokenMask?

  /// Why the text is wrong, in one sentence, where the checker can tell.
  var problem: String? { get }
}

extension CheckerState {
  public func mask(of tokens: TokenBytes, isFirst: Bool) -> TokenMask? { nil }
  public var problem: String? { nil }

  /// The verdict after more bytes.
  public func verdict(after bytes: ArraySlice<UInt8>) -> Verdict {
    var state = self
    state.accept(bytes)
    return state.verdict
  }

  /// The tokens after which the text is not wrong, found by trying: what begins with the same bytes is tried once.
  ///
  /// Complexity: at most a copy of the state and a step for every different beginning of a token.
  public func triedMask(of tokens: TokenBytes, isFirst: Bool) -> TokenMask {
    let trie = tokens.trie(isFirst: isFirst)
    var mask = TokenMask(count: tokens.count)
    // The states after the bytes on the way to the current node.
    var path = [self]
    var place = 0
    while place < trie.nodeCount {
      path.removeLast(path.count - Int(trie.depths[place]))
      var next = path[path.count - 1]
      next.accept([trie.bytes[place]])
      if next.verdict == .wrong {
        place = Int(trie.ends[place])
        continue
      }
      for index in trie.tokenStarts[place]..<trie.tokenStarts[place + 1] { mask.insert(Int(trie.tokens[Int(index)])) }
      path.append(next)
      place += 1
    }
    return mask
  }
}
