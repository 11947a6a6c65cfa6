internal import Glibc
import Display

/// What a checker cost a set of samples, and how far what was drawn is from the model's own distribution of right texts.
///
/// ```swift
/// let samples = try await model.generate(prompt, using: Sampling().checked(by: grammar), samples: 200, seed: 1)
/// samples.constraintReport
/// ```
/// A step's mask renormalises locally: the probability of what is wrong is shared by what is allowed there, however few right texts come
/// after it. So a text x is drawn with q(x), not with p(x | right) = p(x)/Z, where Z is the probability that the model itself writes a right
/// text. Each sample has the weight w = p(x)/q(x), without adapters the product of the masses that were kept, and 0 for a text that is
/// not complete. Then Z = E[w], and all of the following are means over samples:
///
/// | | |
/// |---|---|
/// | probability of a right text | Z, ± one standard error |
/// | effective samples | (Σw)²/Σw²: as many draws from the true conditional would tell as much |
/// | total variation | ½ E|w/Z − 1|, from 0 to 1 |
/// | divergence | KL(true ‖ drawn) = E[w/Z · ln(w/Z)], in nats |
///
/// Means of few samples are rough, and a text of large weight that was not drawn is not in them. Adapters that cut texts off, such as top-k,
/// narrow all this to the texts that they leave. For small models see ``Law/conditional``, which computes the same.
///
/// Source: importance sampling as in Park et al. 2024, «Grammar-aligned decoding», which names the distortion; Kong 1992 for the effective
/// sample size.
public struct ConstraintReport: Sendable {
  /// The checker as a cell writes it.
  public let checker: String
  public let complete: Int
  public let cutOff: Int
  public let deadEnds: Int
  /// The mean over all steps of the probability that was not allowed, from 0 to 1; nil without steps.
  public let meanPrunedMass: Double?
  /// The largest of one step.
  public let largestPrunedMass: Double?
  /// The probability that the model's own text is right, and its standard error; nil where nothing was drawn at random.
  public let rightProbability: Double?
  public let standardError: Double?
  public let effectiveSamples: Double?
  /// Between what is drawn and the true conditional; nil where no text is complete.
  public let totalVariation: Double?
  public let divergence: Double?

  init?(_ continuations: [Continuation]) {
    let checks = continuations.compactMap(\.check)
    guard let first = checks.first, checks.count == continuations.count else { return nil }
    checker = first.checker
    complete = checks.filter { $0.ending == .complete }.count
    cutOff = checks.filter { $0.ending == .cutOff }.count
    deadEnds = checks.filter { $0.ending == .deadEnd }.count
    let pruned = checks.flatMap(\.keptMasses).map { 1 - $0 }
    meanPrunedMass = pruned.isEmpty ? nil : pruned.reduce(0, +) / Double(pruned.count)
    largestPrunedMass = pruned.max()
    let drawn = continuations.allSatisfy { $0.adaptedLogProbabilities != nil }
    let weights = continuations.map { text in
      text.check?.ending == .complete ? exp(text.logProbability - (text.adaptedLogProbabilities ?? []).reduce(0, +)) : 0
    }
    let estimate = drawn ? WeightedEstimate(weights) : nil
    rightProbability = estimate?.mean
    standardError = estimate?.standardError
    effectiveSamples = estimate?.effectiveSamples
    totalVariation = estimate?.totalVariation
    divergence = estimate?.divergence
  }

  public var table: Table {
    var rows: [[TableCell]] = [
      ["complete texts", .integer(complete)], ["cut off at the limit", .integer(cutOff)], ["dead ends", .integer(deadEnds)],
      ["pruned a step, mean", meanPrunedMass.map { .number($0) } ?? .undefined],
      ["pruned a step, largest", largestPrunedMass.map { .number($0) } ?? .undefined],
    ]
    let estimates: [(String, Double?)] = [
      ("probability of a right text", rightProbability), ("± one standard error", standardError), ("effective samples", effectiveSamples),
      ("total variation to the true conditional", totalVariation), ("KL(true ‖ drawn), nats", divergence),
    ]
    if rightProbability != nil {
      for (name, value) in estimates { rows.append([.text(name), value.map { .number($0) } ?? .undefined]) }
    }
    return Table(columns: ["", TableColumn("value", format: .significant(4))], rows: rows, caption: "Checked by \(checker)")
  }
}

/// Means over samples that stand for others by their weights.
struct WeightedEstimate {
  let mean: Double
  let standardError: Double
  let effectiveSamples: Double?
  let totalVariation: Double?
  let divergence: Double?

  init?(_ weights: [Double]) {
    guard !weights.isEmpty else { return nil }
    let count = Double(weights.count)
    let mean = weights.reduce(0, +) / count
    self.mean = mean
    let variance = weights.count > 1 ? weights.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / (count - 1) : 0
    standardError = (variance / count).squareRoot()
    guard mean > 0 else {
      (effectiveSamples, totalVariation, divergence) = (nil, nil, nil)
      return
    }
    effectiveSamples = count * mean * (count * mean) / weights.reduce(0) { $0 + $1 * $1 }
    totalVariation = weights.reduce(0) { $0 + abs($1 / mean - 1) } / count / 2
    divergence = weights.reduce(0) { $0 + ($1 > 0 ? $1 / mean * log($1 / mean) : 0) } / count
  }
}

extension Generation {
  /// What the strategy's checker did to the texts together; nil without a checker.
  public var constraintReport: ConstraintReport? { ConstraintReport(continuations) }
}

extension ConstraintReport: Displayable, CustomStringConvertible {
  public var mimeBundle: MIMEBundle { table.mimeBundle }
  public var description: String { table.description }
}
