internal import Glibc
import Display

/// The law of a checked strategy beside the model's own distribution of right texts, both computed exactly.
///
/// ```swift
/// try await decoder.law(of: Sampling(maximumNewTokens: 4).checked(by: Choices("A B", "C"))).conditional
/// ```
/// What is drawn renormalises at every step; the true conditional renormalises once, over whole texts: p(x)/Z for right texts. See
/// ``ConstraintReport`` for what the numbers mean.
public struct ConditionalLaw: Sendable {
  public struct Entry: Sendable {
    public let text: String
    /// The model's own probability of the text.
    public let own: Double
    /// The probability with which the strategy draws it.
    public let drawn: Double
    /// The model's own probability on the condition that the text is right; 0 for one that is not complete.
    public let conditional: Double
    public let ending: CheckReport.Ending
  }

  /// The strategy as a cell writes it.
  public let strategy: String
  /// From the most probable under the condition down.
  public let entries: [Entry]
  /// Z: the probability that the model's own text is right, among the texts that the strategy can draw.
  public let rightProbability: Double

  /// Between what is drawn and the true conditional, from 0 to 1.
  public var totalVariation: Double { entries.reduce(0) { $0 + abs($1.drawn - $1.conditional) } / 2 }

  /// KL(true ‖ drawn), in nats.
  public var divergence: Double {
    entries.reduce(0) { $0 + ($1.conditional > 0 ? $1.conditional * log($1.conditional / $1.drawn) : 0) }
  }

  /// The probability that a draw comes to a dead end.
  public var deadEndProbability: Double { entries.reduce(0) { $0 + ($1.ending == .deadEnd ? $1.drawn : 0) } }

  public var table: Table {
    let number = NumberFormat.fixed(6)
    return Table(
      entries,
      caption:
        "\(strategy): a right text has the probability \(number.text(rightProbability)); total variation \(number.text(totalVariation)), "
        + "KL(true ‖ drawn) \(number.text(divergence)) nats"
    ) {
      Column("text", \.text)
      Column("p", \.own, format: .fixed(6))
      Column("p when drawn", \.drawn, format: .fixed(6))
      Column("p when right", \.conditional, format: .fixed(6))
      Column("ended", \.ending.rawValue)
    }.showing(rows: 24)
  }
}

extension Law {
  /// The law beside the true conditional; nil without a checker, or where no text is complete.
  public var conditional: ConditionalLaw? {
    let right = entries.reduce(0) { $0 + ($1.ending == .complete ? exp($1.logProbability) : 0) }
    guard right > 0 else { return nil }
    var rows: [ConditionalLaw.Entry] = []
    for entry in entries {
      guard let ending = entry.ending else { return nil }
      let own = exp(entry.logProbability)
      rows.append(
        ConditionalLaw.Entry(
          text: entry.text, own: own, drawn: exp(entry.adaptedLogProbability), conditional: ending == .complete ? own / right : 0,
          ending: ending))
    }
    // Stable: texts of equal probability stay in the order of the law.
    let order = rows.indices.sorted { (rows[$1].conditional, $0) < (rows[$0].conditional, $1) }
    return ConditionalLaw(strategy: strategy, entries: order.map { rows[$0] }, rightProbability: right)
  }
}

extension ConditionalLaw: Displayable, CustomStringConvertible {
  public var mimeBundle: MIMEBundle { table.mimeBundle }
  public var description: String { table.description }
}
