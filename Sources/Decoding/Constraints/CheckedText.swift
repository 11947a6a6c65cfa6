internal import Glibc
import Grammars
import LanguageModels

/// A text that is being written under a checker: a value, so that forking a hypothesis is a copy.
///
/// ```swift
/// var text = try CheckedText(checker, model: model, prompt: prompt)
/// let allowed = next.restricted(to: text.mask)   // the model's distribution without what would be wrong
/// text.accept(token)
/// ```
public struct CheckedText: Sendable {
  private let checker: AnyChecker
  private var state: any CheckerState
  private let bytes: TokenBytes
  private let endTokens: [Int]
  /// Whether the next token is written as the first of a text.
  private var isFirst = true
  private var keptMasses: [Double] = []

  /// - Parameter prompt: read first by a checker that goes on with the prompt.
  /// - Throws: ``DecodingError/promptIsWrong(checker:problem:)`` when such a checker calls the prompt wrong.
  public init(_ checker: AnyChecker, model: any LanguageModel, prompt: [Int]) throws {
    self.checker = checker
    state = checker.checker.begin()
    bytes = model.vocabulary.tokenBytes
    endTokens = model.endTokens
    guard checker.checker.continuesPrompt else { return }
    for token in prompt { read(token) }
    if state.verdict == .wrong { throw DecodingError.promptIsWrong(checker: "\(checker)", problem: state.problem) }
  }

  /// Open or complete, as long as only allowed tokens are accepted.
  public var verdict: Verdict { state.verdict }

  /// The tokens that may come next: those with text after which it is not wrong, and the end tokens when it is complete.
  public var mask: TokenMask {
    var mask = state.mask(of: bytes, isFirst: isFirst) ?? state.triedMask(of: bytes, isFirst: isFirst)
    let isComplete = state.verdict == .complete
    for token in endTokens { if isComplete { mask.insert(token) } else { mask.remove(token) } }
    return mask
  }

  /// Whether a token may come next. A token without text that does not end one may not.
  public func allows(_ token: Int) -> Bool {
    if endTokens.contains(token) { return state.verdict == .complete }
    let added = bytes.bytes(of: token, isFirst: isFirst)
    return !added.isEmpty && state.verdict(after: added) != .wrong
  }

  /// Whether the text ends here without an end token: it is complete, nothing may follow, and the model has no end token.
  public var isClosed: Bool { endTokens.isEmpty && state.verdict == .complete && mask.isEmpty }

  /// Goes on by a token.
  ///
  /// - Parameter keptMass: which part of the model's probability the allowed tokens had, from 0 to 1.
  public mutating func accept(_ token: Int, keptMass: Double) {
    keptMasses.append(keptMass)
    if !endTokens.contains(token) { read(token) }
  }

  private mutating func read(_ token: Int) {
    let added = bytes.bytes(of: token, isFirst: isFirst)
    if added.isEmpty { return }
    state.accept(added)
    isFirst = bytes.opensText(token)
  }

  /// What to say of the text where it ended.
  ///
  /// - Parameter isDeadEnd: whether no token was possible.
  public func report(isDeadEnd: Bool = false) -> CheckReport {
    let ending: CheckReport.Ending = verdict == .complete ? .complete : isDeadEnd ? .deadEnd : .cutOff
    return CheckReport(checker: "\(checker)", keptMasses: keptMasses, ending: ending, isClosed: isClosed)
  }
}

extension NextToken {
  /// The distribution without the tokens that a mask leaves out, and which part of the probability was kept.
  ///
  /// Log-probabilities stay the model's own; candidates are the kept ones, whose scores are known up to a constant anyway.
  ///
  /// - Returns: nil when no kept token has any probability.
  func restricted(to mask: TokenMask) -> (next: NextToken, keptMass: Double)? {
    let masked = masked(by: mask)
    let kept = masked.logits.logNormalizer(ofRow: 0)
    guard !kept.isNaN else { return nil }
    return (masked, min(1, exp(kept - normalizer)))
  }
}
