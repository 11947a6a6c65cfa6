internal import Glibc
import Display
import LanguageModels

/// The distribution of the next token, before adapters and after each of them.
///
/// ```swift
/// let next = try await model.distribution(after: "neural")
/// try next.adapted { Temperature(2); TopP(0.7) }     // a column of probabilities after each adapter
/// ```
public struct Distribution: Sendable {
  /// What the columns of the table stand for: the model's own distribution, then one for each adapter.
  public struct Stage: Sendable {
    public let name: String
    /// `[vocabulary]`; 0 for a token that was taken away.
    public let probabilities: [Double]
  }

  /// The tokens as tables show them.
  public let labels: [String]
  public private(set) var stages: [Stage]
  private var candidates: Candidates
  private let prompt: [Int]

  /// A distribution that is written out; its tokens are called 0, 1, … where they have no labels.
  ///
  /// - Parameter probabilities: at least 0, adding up to 1 within 10⁻⁶.
  public init(_ probabilities: [Double], labels: [String]? = nil) {
    let sum = probabilities.reduce(0, +)
    require(
      probabilities.allSatisfy { $0 >= 0 } && abs(sum - 1) <= 1e-6,
      "Distribution(\(probabilities)): probabilities are at least 0 and add up to 1, not \(sum).")
    require(labels.map { $0.count == probabilities.count } ?? true, "Distribution: every probability has one label.")
    let logits = Logits(vocabularySize: probabilities.count, values: probabilities.map { Float(log($0)) }, areLogProbabilities: true)
    self.init(Candidates(logits, row: 0), labels: labels ?? probabilities.indices.map(String.init), prompt: [])
  }

  init(_ candidates: Candidates, labels: [String], prompt: [Int]) {
    self.labels = labels
    self.candidates = candidates
    self.prompt = prompt
    stages = []
    stages = [stage("p", candidates)]
  }

  /// The distribution after the adapters, in the order of the text.
  ///
  /// - Throws: ``DecodingError`` when an adapter leaves no token, or is itself random, so that there is no one distribution.
  public func adapted(@AdapterBuilder _ adapters: () -> [any Adapter]) throws -> Distribution {
    try adapted(by: adapters(), at: Position(prompt: prompt, generated: []))
  }

  fileprivate func adapted(by adapters: [any Adapter], at position: Position) throws -> Distribution {
    var result = self
    var chain = AdapterChain(adapters: adapters)
    for index in chain.adapters.indices {
      let name = "\(chain.adapters[index])"
      if chain.adapters[index].isRandom { throw DecodingError.isRandom(adapter: name) }
      try chain.apply(index, to: &result.candidates, at: position)
      result.stages.append(stage(name, result.candidates))
    }
    return result
  }

  /// `[vocabulary]`: the probabilities after the last adapter.
  public var probabilities: [Double] { stages[stages.count - 1].probabilities }

  /// The expected surprise of a draw after the last adapter, in nats.
  public var entropy: Double { candidates.entropy }

  private func stage(_ name: String, _ candidates: Candidates) -> Stage {
    var probabilities = [Double](repeating: 0, count: labels.count)
    for (token, probability) in zip(candidates.tokens, candidates.probabilities) { probabilities[token] = probability }
    return Stage(name: name, probabilities: probabilities)
  }

  /// The tokens from the most probable down, with their probabilities before and after the adapters; of more than 12 tokens the
  /// less probable ones together in one row.
  public var table: Table {
    let own = stages[0].probabilities
    let order = own.indices.sorted { own[$0] > own[$1] || (own[$0] == own[$1] && $0 < $1) }
    let shown = order.count > 12 ? order.prefix(11) : order[...]
    let columns = [TableColumn("token")] + stages.map { TableColumn($0.name == "p" ? "p" : "after \($0.name)", format: .fixed(4)) }
    var rows = shown.map { token in [TableCell.text(labels[token])] + stages.map { Distribution.cell($0.probabilities[token]) } }
    if shown.count < order.count {
      let others = stages.map { stage in Distribution.cell(order[shown.count...].reduce(0) { $0 + stage.probabilities[$1] }) }
      rows.append([.text("… \(order.count - shown.count) others")] + others)
    }
    return Table(columns: columns, rows: rows)
  }

  private static func cell(_ probability: Double) -> TableCell { probability == 0 ? .undefined : .number(probability) }
}

extension Distribution: Displayable, CustomStringConvertible {
  public var mimeBundle: MIMEBundle { table.mimeBundle }
  public var description: String { table.description }
}

extension LanguageModel {
  /// The distribution of the next token after a text.
  public func distribution(after text: String = "") async throws -> Distribution {
    let prompt = try vocabulary.tokens(of: text)
    let output = try await read([prompt])
    let next = try NextToken(output.logits, row: 0, afterTokens: prompt.count)
    return Distribution(next.candidates, labels: (0..<vocabulary.count).map { vocabulary.label(of: $0) }, prompt: prompt)
  }

  /// The distribution of the next token after a text, before and after each adapter, also of those that compare models.
  ///
  /// - Throws: ``DecodingError`` when an adapter leaves no token, or is itself random, so that there is no one distribution.
  public func distribution(after text: String = "", @AdapterBuilder _ adapters: () -> [any Adapter]) async throws -> Distribution {
    let adapters = adapters()
    let prompt = try vocabulary.tokens(of: text)
    var model = MeteredModel(self, adapters: adapters)
    let logits = try await model.read(prompt).logits
    let next = try NextToken(logits, row: 0, afterTokens: prompt.count)
    let labels = (0..<vocabulary.count).map { vocabulary.label(of: $0) }
    return try Distribution(next.candidates, labels: labels, prompt: prompt)
      .adapted(by: adapters, at: Position(prompt: prompt, generated: [], beside: logits))
  }
}
