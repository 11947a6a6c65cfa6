internal import Glibc
import LanguageModels

/// The scores of every token after one hypothesis: the model's own, and those after adapters where there are any.
struct TokenScores {
  /// Under a checker, only the tokens that it allows.
  let own: NextToken
  /// `[vocabulary]`: what a token adds to the sum, −∞ where an adapter took it away; nil without adapters.
  let adapted: [Float]?
  /// Which part of the model's probability the checker allows, from 0 to 1.
  let keptMass: Double
  /// The distribution before the checker.
  let unchecked: NextToken?

  func proposal(_ token: Int) -> Proposal {
    let logProbability = own.logProbability(of: token)
    let adapted = adapted.map { Double($0[token]) } ?? logProbability
    return Proposal(token: token, logProbability: logProbability, adapted: adapted, keptMass: keptMass)
  }

  /// The tokens with the highest scores, from the highest down; of equal ones the lower number first. None of probability 0.
  func best(_ count: Int) -> [Proposal] {
    guard let adapted else { return own.mostProbable(count).map { proposal($0.token) } }
    return adapted.withUnsafeBufferPointer { row in highest(count, of: row).filter { row[$0] > -.infinity } }.map(proposal)
  }

  var vocabularySize: Int { own.logits.vocabularySize }

  /// `[vocabulary]`: what every token adds to the sum.
  var all: [Float] { adapted ?? own.logProbabilities }

  /// A token by its probability, with a uniform number from 0 to 1. What it adds to the sum is the logarithm of that probability.
  func draw(_ uniform: Double) -> Proposal {
    let row = all
    var sum = 0.0
    let weights = row.map { score -> Double in
      let weight = exp(Double(score))
      sum += weight
      return weight
    }
    var chosen = weights.lastIndex { $0 > 0 }!
    var reached = 0.0
    for token in weights.indices {
      reached += weights[token]
      if uniform * sum < reached {
        chosen = token
        break
      }
    }
    var proposal = proposal(chosen)
    if unchecked != nil { proposal.adapted = Double(Float(log(weights[chosen] / sum))) }
    return proposal
  }

  /// Of the tokens that the model alone would propose, those that the checker does not allow.
  func refused(_ count: Int) -> [Proposal] {
    guard let unchecked else { return [] }
    return unchecked.mostProbable(count).filter { own.logProbability(of: $0.token) == -.infinity }.map {
      Proposal(token: $0.token, logProbability: $0.logProbability)
    }
  }
}
