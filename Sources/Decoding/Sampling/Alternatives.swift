internal import Glibc
import Display
import LanguageModels

/// What else could have stood at every place of a text, by the model's own distribution.
///
/// ```swift
/// let alternatives = try await model.alternatives(to: search.best)
/// alternatives               // a row for each place: the token, its rank, and the most probable tokens
/// alternatives.table(at: 3)  // the tokens at one place, with probabilities and log-probabilities
/// ```
public struct Alternatives: Sendable {
  /// A token that could stand at a place.
  public struct Choice: Sendable {
    public let token: Int
    public let label: String
    /// By the model's own distribution, in nats.
    public let logProbability: Double
    /// From 1, by probability; of equal ones the lower token first.
    public let rank: Int
    /// Whether the text has it.
    public let isChosen: Bool
  }

  /// For every token of the text: the most probable tokens there and, where it is not among them, the text's own.
  public let places: [[Choice]]
  /// For every place, the entropy of the distribution in nats.
  public let entropies: [Double]

  /// The tokens at one place.
  ///
  /// - Parameter place: from 1 to the number of tokens.
  public func table(at place: Int) -> Table {
    require((1...max(1, places.count)).contains(place), "table(at: \(place)): the text has the places 1 to \(places.count).")
    return Table(places[place - 1], caption: "Place \(place), entropy \(NumberFormat.fixed(3).text(entropies[place - 1])) nats") {
      Column("rank", \.rank)
      Column("token", \.label)
      Column("p", { exp($0.logProbability) }, format: .fixed(4))
      Column("log p", \.logProbability, format: .fixed(4))
      Column("", { $0.isChosen ? "in the text" : "" })
    }
  }

  /// A row for each place.
  public var table: Table {
    struct Row {
      var place: Int
      var chosen: Choice
      var entropy: Double
      var others: String
    }
    let rows = places.indices.map { index in
      let others = places[index].filter { !$0.isChosen }.prefix(4)
      let words = others.map { "\($0.label) \(NumberFormat.fixed(3).text(exp($0.logProbability)))" }.joined(separator: "  ")
      return Row(place: index + 1, chosen: places[index].first(where: \.isChosen)!, entropy: entropies[index], others: words)
    }
    return Table(rows) {
      Column("place", \.place)
      Column("token", \.chosen.label)
      Column("p", { exp($0.chosen.logProbability) }, format: .fixed(3))
      Column("rank", \.chosen.rank)
      Column("entropy", \.entropy, format: .fixed(3))
      Column("instead", \.others)
    }
  }
}

extension Alternatives: Displayable, CustomStringConvertible {
  public var mimeBundle: MIMEBundle { table.mimeBundle }
  public var description: String { table.description }
}

extension LanguageModel {
  /// What else could have stood at every place of a text.
  ///
  /// - Parameter count: how many tokens for each place, at least 1.
  /// - Throws: what the model's calls throw.
  ///
  /// Complexity: the prompt and the text are read once.
  public func alternatives(to continuation: Continuation, count: Int = 5) async throws -> Alternatives {
    require(count >= 1, "alternatives(to:count: \(count)): at least 1 token is shown for each place.")
    var model = MeteredModel(self)
    let start = try await model.read(continuation.prompt)
    var places: [[Alternatives.Choice]] = []
    var entropies: [Double] = []
    func look(_ logits: Logits, row: Int) throws {
      let chosen = continuation.tokens[places.count]
      let next = try NextToken(logits, row: row, afterTokens: continuation.prompt.count + places.count)
      let all = next.logProbabilities
      func choice(_ token: Int, rank: Int) -> Alternatives.Choice {
        Alternatives.Choice(
          token: token, label: vocabulary.label(of: token), logProbability: next.logProbability(of: token), rank: rank,
          isChosen: token == chosen)
      }
      var choices = next.mostProbable(count).enumerated().map { choice($1.token, rank: $0 + 1) }
      if !choices.contains(where: \.isChosen) {
        let own = all[chosen]
        let before = all.indices.count { all[$0] > own || (all[$0] == own && $0 < chosen) }
        choices.append(choice(chosen, rank: before + 1))
      }
      places.append(choices)
      entropies.append(all.reduce(0) { $1 > -.infinity ? $0 - exp(Double($1)) * Double($1) : $0 })
    }
    if continuation.tokens.isEmpty { return Alternatives(places: [], entropies: []) }
    try look(start.logits, row: 0)
    var state = start.states[0]
    var read = 0
    // In pieces, so that the rows of a long text need not stand in memory at once.
    while read + 1 < continuation.tokens.count {
      let piece = Array(continuation.tokens[read..<min(read + 32, continuation.tokens.count - 1)])
      let output = try await model.forward([ForwardInput(state, tokens: piece)], rows: .all)
      for row in piece.indices { try look(output.logits, row: row) }
      state = output.states[0]
      read += piece.count
    }
    return Alternatives(places: places, entropies: entropies)
  }
}
