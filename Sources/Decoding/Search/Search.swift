import Display
import LanguageModels

/// A search as a value: every node that it has looked at, what became of it, what was stored at each step, and the result.
///
/// ```swift
/// let search = try await model.generate(using: BeamSearch(width: 2, maximumNewTokens: 3))
/// search.tree                                   // the branches that were kept and dropped
/// search.stored                                 // what the search had to remember after each step
/// search.explanation(for: "network network")    // why a text is not the result
/// ```
/// The result of a cell that ends with a search is the table of the texts that were kept to the end.
public struct Search: GenerationOutcome {
  /// The strategy as a cell writes it.
  public let strategy: String
  public let nodes: [SearchNode]
  public let steps: [SearchStep]
  /// The texts that were kept to the end, from the best down.
  public let continuations: [Continuation]
  public let ledger: Ledger
  /// How texts were ranked.
  public let lengthPenalty: LengthPenalty
  public let maximumNewTokens: Int
  /// How many texts were kept at each step; nil when all were.
  public let width: Int?
  /// For certificates, which ask the model again.
  let model: any LanguageModel
  let prompt: [Int]

  /// What the result was ranked by: its log-probability after the length penalty.
  public var score: Double { lengthPenalty.score(best.logProbability, length: best.tokens.count) }

  /// The nodes from the first token to the node, by their places.
  public func path(to node: Int) -> [Int] {
    var path = [node]
    while let parent = nodes[path[0]].parent { path.insert(parent, at: 0) }
    return path
  }

  /// The tokens from the first one to the node's.
  public func tokens(to node: Int) -> [Int] { path(to: node).map { nodes[$0].token } }

  /// The text up to a node, as tables show it.
  func label(to node: Int) -> String { model.vocabulary.label(of: tokens(to: node)) }
}

extension Search: Displayable, CustomStringConvertible {
  /// The texts that were kept to the end, from the best down.
  public var table: Table {
    struct Row {
      var rank: Int
      var continuation: Continuation
    }
    let rows = continuations.enumerated().map { Row(rank: $0 + 1, continuation: $1) }
    return Table(rows, caption: "\(strategy): \(ledger)") {
      Column("rank", \.rank)
      Column("text", \.continuation.text)
      Column("log p", \.continuation.logProbability, format: .fixed(6))
      if lengthPenalty != .sum {
        Column(
          lengthPenalty.description, { lengthPenalty.score($0.continuation.logProbability, length: $0.continuation.tokens.count) },
          format: .fixed(6))
      }
      Column("tokens", \.continuation.tokens.count)
      if !model.endTokens.isEmpty { Column("ended", \.continuation.isFinished) }
    }.showing(rows: 16)
  }

  public var mimeBundle: MIMEBundle { table.mimeBundle }
  public var description: String { table.description }
}
