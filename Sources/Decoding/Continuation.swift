import Display
import LanguageModels

/// A text that a strategy has written after a prompt, with its scores, token by token.
public struct Continuation: Sendable {
  public let prompt: [Int]
  /// The tokens that were written, the end token included.
  public let tokens: [Int]
  /// The model's own log-probability of each token, in nats: what strategies are compared by.
  public let logProbabilities: [Double]
  /// The log-probability with which the strategy chose each token, in nats, after its adapters; nil for strategies without chance.
  public let adaptedLogProbabilities: [Double]?
  /// What a checker did to the text; nil without one.
  public let check: CheckReport?
  /// Whether the text ended by itself, with an end token or where a checker lets nothing follow, not because the limit was reached.
  public let isFinished: Bool
  /// The text of the tokens.
  public let text: String
  /// Every token as tables and trees show it.
  public let labels: [String]

  init(
    of model: any LanguageModel, prompt: [Int], tokens: [Int], logProbabilities: [Double],
    adaptedLogProbabilities: [Double]? = nil, isFinished: Bool? = nil, check: CheckReport? = nil
  ) {
    self.prompt = prompt
    self.tokens = tokens
    self.logProbabilities = logProbabilities
    self.adaptedLogProbabilities = adaptedLogProbabilities
    self.check = check
    self.isFinished = isFinished ?? (tokens.last.map(model.endTokens.contains) ?? false || check?.isClosed ?? false)
    text = model.vocabulary.text(of: tokens)
    labels = tokens.map { model.vocabulary.label(of: $0) }
  }

  /// The model's own log-probability of the whole text, in nats.
  public var logProbability: Double { logProbabilities.reduce(0, +) }

  /// The same per token; nil for a text without tokens.
  public var meanLogProbability: Double? { tokens.isEmpty ? nil : logProbability / Double(tokens.count) }

  /// A row per token and one for the sum: the model's own log-probability and, where tokens were drawn, the one after adapters; under a
  /// checker, the model's probability of what was not allowed.
  public var table: Table {
    struct Row {
      var step: TableCell
      var token: String
      var own: Double
      var adapted: Double?
      var pruned: Double?
    }
    var rows = labels.indices.map { index in
      Row(
        step: .integer(index + 1), token: labels[index], own: logProbabilities[index], adapted: adaptedLogProbabilities?[index],
        pruned: check.map { 1 - $0.keptMasses[index] })
    }
    rows.append(Row(step: "", token: "sum", own: logProbability, adapted: adaptedLogProbabilities?.reduce(0, +)))
    return Table(rows) {
      Column("step", \.step, alignment: .right)
      Column("token", \.token)
      Column("log p", \.own, format: .fixed(4))
      if adaptedLogProbabilities != nil { Column("adapted log p", \.adapted, format: .fixed(4)) }
      if check != nil { Column("pruned", \.pruned, format: .percent(2)) }
    }
  }
}

extension Continuation: Displayable, CustomStringConvertible {
  public var mimeBundle: MIMEBundle { table.mimeBundle }
  public var description: String { text }
}
