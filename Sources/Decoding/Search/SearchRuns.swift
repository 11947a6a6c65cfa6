import Display
import LanguageModels

/// Searches that draw at random, one for each sample that was asked for.
public struct SearchRuns: GenerationOutcome {
  /// The searches, in the order of the samples.
  public let searches: [Search]
  /// The texts: of a search that draws several texts all of them, else the best of each.
  public let continuations: [Continuation]
  public let ledger: Ledger

  /// Of each search the best text.
  public var samples: [DrawnText?] { searches.map { $0.continuations.first.map { DrawnText($0) } } }

  /// The tree of the first search.
  public var tree: Tree { searches[0].tree }

  init(
    _ beams: BeamSearch, _ request: GenerationRequest, name: String, texts: Int?, chance: (Int) -> BeamChance
  ) async throws {
    var searches: [Search] = []
    for run in request.numbers {
      var run = BeamRun(beams, request, BeamVariant(chance: chance(run), name: name))
      searches.append(try await run.search(seed: request.seed))
    }
    self.init(searches, texts: texts)
  }

  /// - Parameter texts: how many texts of each search are results; nil for all.
  init(_ searches: [Search], texts: Int?) {
    self.searches = searches
    continuations = searches.flatMap { $0.continuations.prefix(texts ?? Int.max) }
    ledger = searches.dropFirst().reduce(searches[0].ledger) { $0 + $1.ledger }
  }
}

extension SearchRuns: Displayable, CustomStringConvertible {
  /// The texts; of one search with all that it found.
  public var table: Table {
    if searches.count == 1 { return searches[0].table }
    struct Row {
      var sample: Int
      var continuation: Continuation
    }
    let rows = searches.enumerated().map { Row(sample: $0 + 1, continuation: $1.best) }
    return Table(rows, caption: "\(searches[0].strategy), seed \(searches[0].seed ?? 0): \(ledger)") {
      Column("sample", \.sample)
      Column("text", \.continuation.text)
      Column("log p", \.continuation.logProbability, format: .fixed(6))
      Column("tokens", \.continuation.tokens.count)
    }
  }

  public var mimeBundle: MIMEBundle { table.mimeBundle }
  public var description: String { table.description }
}
