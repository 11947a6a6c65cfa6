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
  /// The nodes of the results, by their places, from the best down.
  public let results: [Int]
  /// The texts of the results, from the best down.
  public let continuations: [Continuation]
  public let ledger: Ledger
  /// The seed of a search that draws at random.
  public let seed: UInt64?
  /// How many texts were kept at each step; nil when all were, or as many as the budget allowed.
  public let width: Int?
  /// A score that no text exceeds, where the search can tell: that of the result once it is proven to be the optimum.
  public let bound: Double?
  /// What was searched; certificates search it again.
  let space: SearchSpace
  /// A beam search of the same space, for certificates; nil where the score has no bound.
  let settings: BeamSearch?

  /// How texts were ranked.
  public var lengthPenalty: LengthPenalty { space.lengthPenalty }
  public var maximumNewTokens: Int { space.maximumNewTokens }
  /// What the result was ranked by: its log-probability, after adapters where there are any, divided by the length penalty.
  public var score: Double { results.first.map { nodes[$0].score } ?? 0 }

  /// The nodes from the first one to the node, by their places.
  public func path(to node: Int) -> [Int] {
    var path = [node]
    while let parent = nodes[path[path.count - 1]].parent { path.append(parent) }
    return path.reversed()
  }

  /// The tokens of the text up to the node.
  public func tokens(to node: Int) -> [Int] { path(to: node).flatMap { nodes[$0].tokens } }

  /// The text up to a node, as tables show it.
  func label(to node: Int) -> String { space.model.vocabulary.label(of: tokens(to: node)) }
}

extension Search: Displayable, CustomStringConvertible {
  /// The texts that were kept to the end, from the best down.
  public var table: Table {
    struct Row {
      var rank: Int
      var continuation: Continuation
      var node: SearchNode?
    }
    let rows = continuations.enumerated().map { index, continuation in
      Row(rank: index + 1, continuation: continuation, node: index < results.count ? nodes[results[index]] : nil)
    }
    let isAdapted = !space.adapters.isEmpty
    let isGuided = results.contains { nodes[$0].value != nil }
    return Table(rows, caption: strategy + (seed.map { ", seed \($0)" } ?? "") + boundWords + ": \(ledger)") {
      Column("rank", \.rank)
      Column("text", \.continuation.text)
      Column("log p", \.continuation.logProbability, format: .fixed(6))
      if isAdapted { Column("adapted log p", { $0.node?.adaptedTotal }, format: .fixed(6)) }
      if lengthPenalty != .sum { Column(lengthPenalty.description, { $0.node?.score }, format: .fixed(6)) }
      if isGuided { Column("value", { $0.node?.value }, format: .significant(4)) }
      Column("tokens", \.continuation.tokens.count)
      if let checker = space.checker {
        Column("\(checker)", { $0.continuation.check?.ending.rawValue ?? "" })
      } else if !space.model.endTokens.isEmpty {
        Column("ended", \.continuation.isFinished)
      }
    }.showing(rows: 16)
  }

  private var boundWords: String {
    guard let bound else { return "" }
    return bound <= score ? ", the optimum" : ", no text above \(NumberFormat.fixed(6).text(bound))"
  }

  public var mimeBundle: MIMEBundle { table.mimeBundle }
  public var description: String { table.description }
}
