internal import Glibc
import Display

/// A watermark: after every token a keyed choice of «green» tokens gets a bonus, so that who knows the key can tell the text.
///
/// ```swift
/// let mark = Watermark(key: 42)
/// let sample = try await model.generate("The king", using: Sampling { TopP(0.95); mark }, seed: 7).best
/// mark.evidence(in: sample)       // how many tokens are green, z, and how likely that is by chance
/// ```
/// Whether a token is green depends on the key and on the tokens before it, by a counter-based random function, independently for
/// every token. Adapters after it may take the bonus away again: it stands last.
///
/// Source: Kirchenbauer et al. 2023, «A watermark for large language models», algorithm 2 («soft red list»), section 3 for the test.
public struct Watermark: Adapter, Equatable {
  public let key: UInt64
  public let share: Double
  public let bonus: Double
  /// How many tokens before it decide whether a token is green.
  public let context: Int

  /// - Parameters:
  ///   - key: whoever has it can find the watermark, and remove it.
  ///   - share: γ, the probability that a token is green, above 0 and below 1.
  ///   - bonus: δ, what the logit of a green token gets, in nats, above 0.
  ///   - context: at least 1; a longer one is harder to guess and easier to edit away.
  public init(key: UInt64, share: Double = 0.25, bonus: Double = 2, context: Int = 1) {
    require(share > 0 && share < 1, "Watermark(share: \(share)): the share of green tokens is above 0 and below 1.")
    require(bonus > 0 && bonus.isFinite, "Watermark(bonus: \(bonus)): the bonus is a number of nats above 0.")
    require(context >= 1, "Watermark(context: \(context)): at least 1 token before decides.")
    self.key = key
    self.share = share
    self.bonus = bonus
    self.context = context
  }

  /// Whether a token is green after others, of which the last ``context`` count.
  public func isGreen(_ token: Int, after tokens: some BidirectionalCollection<Int>) -> Bool {
    // The stream's «step» holds 24 bits, its «sample» 32.
    RandomStream(seed: key, prompt: tokens.suffix(context).map { $0 } + [token], sample: 0, step: 0).uniform() < share
  }

  public func adapt(_ candidates: inout Candidates, at position: Position) {
    let before = position.tokens.suffix(context)
    // The first tokens of a text without a prompt have nothing before them to be green by.
    guard before.count == context else { return }
    for index in candidates.tokens.indices where isGreen(candidates.tokens[index], after: before) { candidates.scores[index] += bonus }
  }

  public var description: String { "Watermark(share: \(share), bonus: \(bonus))" }
}

extension Watermark {
  /// What a text tells about the watermark.
  public struct Evidence: Sendable, Equatable, Displayable, CustomStringConvertible {
    /// How many different pairs of context and token were looked at: a repeated one proves nothing new.
    public let tokens: Int
    public let green: Int
    /// How many standard deviations the number of green tokens is above what chance gives.
    public let z: Double
    /// The probability that a text without the watermark has so many green tokens or more, by the normal approximation.
    public let probabilityByChance: Double

    public var table: Table {
      Table(
        columns: ["tokens", "green", TableColumn("z", format: .fixed(2)), TableColumn("p by chance", format: .significant(3))],
        rows: [[.integer(tokens), .integer(green), .number(z), .number(probabilityByChance)]])
    }
    public var mimeBundle: MIMEBundle { table.mimeBundle }
    public var description: String { table.description }
  }

  /// Counts the green tokens of a continuation.
  public func evidence(in continuation: Continuation) -> Evidence { evidence(in: continuation.tokens, after: continuation.prompt) }

  /// Counts the green tokens of a text after another one.
  ///
  /// - Returns: z and p are not a number where there is no token to look at.
  public func evidence(in tokens: [Int], after prompt: [Int] = []) -> Evidence {
    let all = prompt + tokens
    var seen: Set<[Int]> = []
    var green = 0
    for index in max(prompt.count, context)..<max(all.count, prompt.count, context) {
      guard seen.insert(Array(all[index - context...index])).inserted else { continue }
      if isGreen(all[index], after: all[..<index]) { green += 1 }
    }
    let count = Double(seen.count)
    let z = (Double(green) - share * count) / (count * share * (1 - share)).squareRoot()
    return Evidence(tokens: seen.count, green: green, z: z, probabilityByChance: erfc(z / 2.0.squareRoot()) / 2)
  }
}
