internal import Glibc
import Display

extension Law {
  /// The law of ``TextSource/best(of:by:)``: with F the distribution of the score of one draw, F(y)^N − F(y⁻)^N.
  ///
  /// Texts of equal scores share what their score has in proportion to their own probabilities, because the first one drawn wins.
  ///
  /// - Parameters:
  ///   - count: N, at least 1.
  ///   - score: of a text, the higher the better; never not a number.
  public func best(of count: Int, by score: (Entry) -> Double) -> Law {
    require(count >= 1, "best(of: \(count)): at least 1 text is drawn.")
    let scored = entries.map { (entry: $0, score: score($0), probability: exp($0.adaptedLogProbability)) }.sorted { $0.score < $1.score }
    var below = 0.0
    var result: [Entry] = []
    var index = 0
    while index < scored.count {
      let group = scored[index...].prefix { $0.score == scored[index].score }
      let mass = group.reduce(0) { $0 + $1.probability }
      let wins = pow(min(1, below + mass), Double(count)) - pow(below, Double(count))
      for text in group where wins > 0 {
        result.append(
          Entry(
            tokens: text.entry.tokens, text: text.entry.text, logProbability: text.entry.logProbability,
            adaptedLogProbability: log(wins * text.probability / mass), ending: text.entry.ending))
      }
      below = min(1, below + mass)
      index += group.count
    }
    return Law(strategy: "\(strategy).best(of: \(count))", entries: Law.sorted(result))
  }

  /// The same by the model's own log-probability.
  public func best(of count: Int) -> Law { best(of: count, by: \.logProbability) }

  /// The law of ``TextSource/untilAccepted(by:budget:)`` with an endless budget, and the share of draws that are accepted.
  public func accepted(where isAccepted: (Entry) -> Bool) -> (law: Law, acceptanceRate: Double) {
    let accepted = entries.filter(isAccepted)
    let rate = accepted.reduce(0) { $0 + exp($1.adaptedLogProbability) }
    let scaled = accepted.map {
      Entry(
        tokens: $0.tokens, text: $0.text, logProbability: $0.logProbability, adaptedLogProbability: $0.adaptedLogProbability - log(rate),
        ending: $0.ending)
    }
    return (Law(strategy: "\(strategy), accepted", entries: scaled), rate)
  }

  /// The law of the answers that are found in the texts.
  public func answers(_ extraction: AnswerExtraction) -> AnswerLaw {
    var law: [(answer: String, probability: Double)] = []
    var without = 0.0
    for entry in entries {
      let probability = exp(entry.adaptedLogProbability)
      guard let answer = extraction.answer(in: entry.text) else {
        without += probability
        continue
      }
      if let index = law.firstIndex(where: { $0.answer == answer }) {
        law[index].probability += probability
      } else {
        law.append((answer, probability))
      }
    }
    return AnswerLaw(law, withoutAnswer: without)
  }

  /// The text that minimum Bayes risk takes when it knows the whole law instead of samples, and its expected utility.
  public func minimumBayesRisk(_ utility: Utility) async throws -> (text: String, expectedUtility: Double) {
    let matrix = try await utility.matrix(entries.map(\.text))
    let expected = matrix.map { row in zip(row, entries).reduce(0) { $0 + $1.0 * exp($1.1.adaptedLogProbability) } }
    let highest = expected.max() ?? .nan
    return (expected.firstIndex(of: highest).map { entries[$0].text } ?? "", highest)
  }

  private static func sorted(_ entries: [Entry]) -> [Entry] {
    entries.sorted { left, right in
      left.adaptedLogProbability == right.adaptedLogProbability
        ? left.tokens.lexicographicallyPrecedes(right.tokens) : left.adaptedLogProbability > right.adaptedLogProbability
    }
  }
}

/// The probability of every answer.
///
/// ```swift
/// let answers = try await model.law(of: sampling).answers(.integer)
/// answers.majority(of: 9).probability(of: "42")      // the accuracy of self-consistency with 9 texts, if 42 is right
/// ```
public struct AnswerLaw: Sendable {
  /// From the most probable down; of equally probable ones in the order in which they were given.
  public let entries: [(answer: String, probability: Double)]
  /// The probability that there is no answer.
  public let withoutAnswer: Double

  init(_ entries: [(answer: String, probability: Double)], withoutAnswer: Double) {
    self.entries = entries.enumerated().sorted { ($1.element.probability, $0.offset) < ($0.element.probability, $1.offset) }.map(\.element)
    self.withoutAnswer = withoutAnswer
  }

  /// The probability of an answer; 0 where it is never given.
  public func probability(of answer: String) -> Double { entries.first { $0.answer == answer }?.probability ?? 0 }

  /// The law of the answer that most of N draws give, where equally many votes go to the answer that was drawn first.
  ///
  /// A sum over the multinomial distribution of the votes. Answers that tie have come first with the same probability, because draws may be
  /// exchanged.
  ///
  /// Complexity: O(A² · N³) for A answers.
  public func majority(of count: Int) -> AnswerLaw {
    require(count >= 1, "majority(of: \(count)): at least 1 text is drawn.")
    let winning = entries.indices.map { (answer: entries[$0].answer, probability: probabilityThatWins($0, of: count)) }
    return AnswerLaw(winning, withoutAnswer: pow(withoutAnswer, Double(count)))
  }

  private func probabilityThatWins(_ winner: Int, of count: Int) -> Double {
    let others = entries.indices.filter { $0 != winner }.map { entries[$0].probability }
    let own = entries[winner].probability
    guard own > 0 else { return 0 }
    var sum = 0.0
    for votes in 1...count {
      // [left draws][answers with as many votes]: the probability of the votes so far, none with more.
      var table = [[Double]](repeating: [0], count: count + 1)
      table[count - votes] = [binomial(count, votes, own)]
      var left = 1 - own
      for other in others {
        let share = left > 0 ? min(1, other / left) : 0
        left -= other
        var next = [[Double]](repeating: [], count: count + 1)
        for draws in 0...count {
          for (ties, probability) in table[draws].enumerated() where probability > 0 {
            for taken in 0...min(votes, draws) {
              let same = ties + (taken == votes ? 1 : 0)
              while next[draws - taken].count <= same { next[draws - taken].append(0) }
              next[draws - taken][same] += probability * binomial(draws, taken, share)
            }
          }
        }
        table = next
      }
      // What is left over has no answer; where there is no such text, nothing may be left.
      for draws in 0...count where draws == 0 || withoutAnswer > 0 {
        for (ties, probability) in table[draws].enumerated() { sum += probability / Double(1 + ties) }
      }
    }
    return sum
  }

  private func binomial(_ count: Int, _ successes: Int, _ share: Double) -> Double {
    if share <= 0 { return successes == 0 ? 1 : 0 }
    if share >= 1 { return successes == count ? 1 : 0 }
    let ways = lgamma(Double(count + 1)) - lgamma(Double(successes + 1)) - lgamma(Double(count - successes + 1))
    return exp(ways + Double(successes) * log(share) + Double(count - successes) * log1p(-share))
  }
}

extension AnswerLaw: Displayable, CustomStringConvertible {
  public var table: Table {
    let rows = entries.map { [TableCell.text($0.answer), .number($0.probability)] }
    let without = withoutAnswer > 0 ? [[TableCell.text("(no answer)"), .number(withoutAnswer)]] : []
    return Table(columns: [TableColumn("answer", alignment: .right), TableColumn("p", format: .fixed(6))], rows: rows + without).showing(
      rows: 24)
  }
  public var mimeBundle: MIMEBundle { table.mimeBundle }
  public var description: String { table.description }
}

/// How many of some draws passed a test, and what follows for k draws.
///
/// ```swift
/// PassRate(passed: 3, of: 20).at(5)    // the probability that at least one of 5 draws passes
/// ```
public struct PassRate: Sendable, Equatable {
  public let passed: Int
  public let count: Int

  /// - Parameters:
  ///   - passed: from 0 to `count`.
  ///   - count: n, at least 1.
  public init(passed: Int, of count: Int) {
    require(count >= 1 && (0...count).contains(passed), "PassRate(passed: \(passed), of: \(count)): of at least 1 draw, 0 to all may pass.")
    self.passed = passed
    self.count = count
  }

  /// pass@k: the share of sets of k of the n draws in which at least one passes, 1 − C(n − c, k) / C(n, k). Without bias.
  ///
  /// - Parameter k: 1 ... n.
  ///
  /// Source: Chen et al. 2021, «Evaluating large language models trained on code», equation 1.
  public func at(_ k: Int) -> Double {
    require((1...count).contains(k), "PassRate.at(\(k)): k is from 1 to the \(count) draws there are.")
    if count - passed < k { return 1 }
    return 1 - (0..<k).reduce(1.0) { $0 * (1 - Double(passed) / Double(count - $1)) }
  }

  /// Coverage: the probability that at least one of k draws passes if each passes with a probability: 1 − (1 − p)^k.
  public static func coverage(_ probability: Double, of k: Int) -> Double {
    require((0...1).contains(probability) && k >= 1, "coverage(\(probability), of: \(k)): a probability and at least 1 draw are needed.")
    return -expm1(Double(k) * log1p(-probability))
  }
}

extension MetaGeneration {
  /// How many of all candidates the verifier accepted; nil where none was judged.
  public var passRate: PassRate? {
    let judged = selections.flatMap { $0.entries.compactMap(\.judgement) }
    return judged.isEmpty ? nil : PassRate(passed: judged.count { $0.isAccepted }, of: judged.count)
  }
}
