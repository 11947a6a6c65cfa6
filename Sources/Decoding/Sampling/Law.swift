internal import Glibc
import Display
import LanguageModels

/// The probability of every text that a sampling strategy can draw, computed, not estimated.
///
/// ```swift
/// try await decoder.law(of: Sampling(maximumNewTokens: 3) { TopP(0.9) })
/// ```
/// For small vocabularies and short texts; it is what frequencies of samples come close to.
public struct Law: Sendable {
  /// One text: its tokens, and its log-probabilities in nats.
  public struct Entry: Sendable {
    public let tokens: [Int]
    public let text: String
    /// Under the model's own distribution.
    public let logProbability: Double
    /// Under the strategy's.
    public let adaptedLogProbability: Double
    /// How the text ended under a checker; nil without one.
    public let ending: CheckReport.Ending?
  }

  /// The strategy as a cell writes it.
  public let strategy: String
  /// From the most probable under the strategy down; of equally probable ones in the order of their tokens.
  public let entries: [Entry]

  /// The probability that the strategy draws the text; 0 where it cannot.
  public func probability(of text: String) -> Double {
    entries.filter { $0.text == text }.reduce(0) { $0 + exp($1.adaptedLogProbability) }
  }

  /// The expectation, under the strategy, of the model's own log-probability of the text, in nats.
  public var expectedLogProbability: Double {
    entries.reduce(0) { $0 + exp($1.adaptedLogProbability) * $1.logProbability }
  }

  public var table: Table {
    Table(entries, caption: strategy) {
      Column("text", \.text)
      Column("p", { exp($0.logProbability) }, format: .fixed(6))
      Column("p when sampled", { exp($0.adaptedLogProbability) }, format: .fixed(6))
      if entries.contains(where: { $0.ending != nil }) { Column("ended", { $0.ending?.rawValue ?? "–" }) }
    }.showing(rows: 24)
  }
}

extension Law: Displayable, CustomStringConvertible {
  public var mimeBundle: MIMEBundle { table.mimeBundle }
  public var description: String { table.description }
}

extension LanguageModel {
  /// The law of a sampling strategy's texts after a prompt.
  ///
  /// - Throws: ``DecodingError`` when there are more than 10,000 texts, or an adapter is itself random.
  public func law(of strategy: Sampling, after prompt: String = "") async throws -> Law {
    let limit = 10_000
    let prompt = try vocabulary.tokens(of: prompt)
    if let random = strategy.adapters.first(where: \.isRandom) { throw DecodingError.isRandom(adapter: "\(random)") }
    var model = MeteredModel(self, adapters: strategy.adapters)
    let start = try await model.read(prompt)
    var complete: [Law.Entry] = []
    let text = try strategy.checker.map { try CheckedText($0, model: self, prompt: prompt) }
    var open = [Branch(state: start.states[0], chain: AdapterChain(adapters: strategy.adapters), text: text)]
    var logits = start.logits
    while !open.isEmpty {
      var longer: [Branch] = []
      for (row, branch) in open.enumerated() {
        for next in try branch.continued(logits, row: row, after: prompt) {
          if next.hasEnded(self, limit: strategy.maximumNewTokens) {
            complete.append(
              Law.Entry(
                tokens: next.tokens, text: vocabulary.text(of: next.tokens), logProbability: next.score,
                adaptedLogProbability: next.adaptedScore, ending: next.text?.report(isDeadEnd: next.isDeadEnd).ending))
          } else {
            longer.append(next)
          }
        }
        if complete.count + longer.count > limit {
          throw DecodingError.tooManySequences(vocabularySize: vocabulary.count, length: strategy.maximumNewTokens, limit: limit)
        }
      }
      open = longer
      if open.isEmpty { break }
      let output = try await model.forward(open.map { ForwardInput($0.state, $0.tokens.last!) })
      for index in open.indices { open[index].state = output.states[index] }
      logits = output.logits
    }
    complete.sort { left, right in
      left.adaptedLogProbability == right.adaptedLogProbability
        ? left.tokens.lexicographicallyPrecedes(right.tokens) : left.adaptedLogProbability > right.adaptedLogProbability
    }
    return Law(strategy: strategy.description, entries: complete)
  }
}

/// A beginning that a strategy can draw.
private struct Branch {
  var state: ModelState
  var chain: AdapterChain
  var text: CheckedText?
  var isDeadEnd = false
  var tokens: [Int] = []
  var score = 0.0
  var adaptedScore = 0.0

  func hasEnded(_ model: any LanguageModel, limit: Int) -> Bool {
    isDeadEnd || tokens.count == limit || model.endTokens.contains(tokens[tokens.count - 1]) || text?.isClosed ?? false
  }

  func continued(_ logits: Logits, row: Int, after prompt: [Int]) throws -> [Branch] {
    var chain = chain
    var own = try NextToken(logits, row: row, afterTokens: prompt.count + tokens.count)
    var keptMass = 1.0
    if let text {
      guard let allowed = own.restricted(to: text.mask) else {
        var ended = self
        ended.isDeadEnd = true
        return [ended]
      }
      (own, keptMass) = allowed
    }
    let candidates = try chain.candidates(own, at: Position(prompt: prompt, generated: tokens, beside: logits, row: row))
    return zip(candidates.tokens, candidates.logProbabilities).map { token, adapted in
      var next = self
      next.chain = chain
      next.chain.accept(token, logProbability: adapted)
      next.tokens.append(token)
      next.score += own.logProbability(of: token)
      next.adaptedScore += adapted
      next.text?.accept(token, keptMass: keptMass)
      return next
    }
  }
}
