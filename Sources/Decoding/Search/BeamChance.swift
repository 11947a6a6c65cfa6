internal import Glibc
import LanguageModels

/// How chance chooses the candidates of a beam.
enum BeamChance {
  /// Every text of the beam is drawn, without replacement, from the law of complete texts.
  case withoutReplacement(seed: UInt64, run: Int)
  /// Every step draws its candidates, without replacement, from all continuations in proportion to the exponentials of their sums.
  case candidates(seed: UInt64, run: Int)

  /// A draw is a function of the seed, the run and the text that it continues, whatever the width.
  func stream(prompt: [Int], generated: [Int]) -> RandomStream {
    switch self {
    case .withoutReplacement(let seed, let run), .candidates(let seed, let run):
      RandomStream(seed: seed, prompt: prompt + generated, sample: 0, step: run)
    }
  }

  /// The continuations with the highest perturbed sums, from the highest down.
  ///
  /// - Parameter parent: the perturbed sum of the text itself; nil for the prompt.
  func perturbed(
    _ scores: TokenScores, after text: Hypothesis, parent: Double?, count: Int, _ random: RandomStream
  ) -> [(proposal: Proposal, key: Double?)] {
    var sums = [Float](repeating: -.infinity, count: scores.vocabularySize)
    var largest = -Double.infinity
    for (token, score) in scores.all.enumerated() where score > -.infinity {
      let sum = text.adaptedTotal + Double(score) + random.at(sample: token).gumbel()
      sums[token] = Float(sum)
      largest = max(largest, Double(sums[token]))
    }
    let best = sums.withUnsafeBufferPointer { highest(count, of: $0) }.filter { sums[$0] > -.infinity }
    return best.map { token in
      guard case .withoutReplacement = self else { return (scores.proposal(token), Double(sums[token])) }
      // The prompt's perturbed sum has the law of a Gumbel variable at 0. Number 255 is drawn for nothing else.
      let limit = parent ?? random.gumbel(draw: 255)
      return (scores.proposal(token), BeamChance.conditioned(Double(sums[token]), maximum: largest, limit: limit))
    }
  }

  /// A Gumbel variable of a set, moved so that the largest of the set is the limit.
  ///
  /// Source: Kool, van Hoof and Welling 2019, «Stochastic beams and where to find them», appendix B.3.
  static func conditioned(_ value: Double, maximum: Double, limit: Double) -> Double {
    let difference = limit - value + (value == maximum ? -.infinity : log1p(-exp(value - maximum)))
    return limit - max(0, difference) - log1p(exp(-abs(difference)))
  }
}

extension RandomStream {
  /// A draw from the standard Gumbel distribution.
  func gumbel(draw: Int = 0) -> Double {
    // In the middle of the steps of 2⁻⁵³, so that neither logarithm is infinite.
    -log(-log(uniform(draw: draw) + 0x1p-54))
  }
}
