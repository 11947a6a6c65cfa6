internal import Glibc
import LanguageModels

/// The scores of every token after one hypothesis: the model's own, and those after adapters where there are any.
struct TokenScores {
  let own: NextToken
  /// `[vocabulary]`: what a token adds to the sum, −∞ where an adapter took it away; nil without adapters.
  let adapted: [Float]?

  func proposal(_ token: Int) -> Proposal {
    let logProbability = own.logProbability(of: token)
    return Proposal(token: token, logProbability: logProbability, adapted: adapted.map { Double($0[token]) } ?? logProbability)
  }

  /// The tokens with the highest scores, from the highest down; of equal ones the lower number first. None of probability 0.
  func best(_ count: Int) -> [Int] {
    guard let adapted else { return own.mostProbable(count).map(\.token) }
    return adapted.withUnsafeBufferPointer { row in highest(count, of: row).filter { row[$0] > -.infinity } }
  }

  /// `[vocabulary]`: what every token adds to the sum.
  var all: [Float] { adapted ?? own.logProbabilities }

  /// The best of the tokens that a checker allows.
  func proposals(_ count: Int, checkedBy checker: any HypothesisChecker, isEnd: [Bool]) -> Proposals {
    let mayEnd = checker.isComplete
    if let mask = checker.allowedTokens { return proposals(count, mask: mask, mayEnd: mayEnd, isEnd: isEnd, checker) }
    var result = Proposals(accepted: [], prunedMass: 0)
    var tried = 0
    var reach = count + 8
    while true {
      let order = best(reach)
      while tried < order.count, result.accepted.count < count {
        result.add(proposal(order[tried]), checker, mayEnd: mayEnd, isEnd: isEnd[order[tried]])
        tried += 1
      }
      if result.accepted.count >= count || order.count < reach { return result }
      reach *= 4
    }
  }

  /// The same where the allowed tokens are known: the others are taken out of the row before it is searched.
  private func proposals(_ count: Int, mask: [Bool], mayEnd: Bool, isEnd: [Bool], _ checker: any HypothesisChecker) -> Proposals {
    var row = all
    var prunedMass = 0.0
    for token in row.indices where row[token] > -.infinity {
      if isEnd[token] ? !mayEnd : !mask[token] {
        prunedMass += exp(own.logProbability(of: token))
        row[token] = -.infinity
      }
    }
    var result = Proposals(accepted: [], prunedMass: prunedMass)
    let allowed = row.withUnsafeBufferPointer { row in highest(count, of: row).filter { row[$0] > -.infinity } }
    for token in allowed {
      var proposal = proposal(token)
      if !isEnd[token] { proposal.checker = checker.reading(token) }
      result.accepted.append(proposal)
    }
    // What stood before the last of them, for a reader of the record.
    let last = allowed.last.map { row[$0] } ?? -.infinity
    for token in best(count) where row[token] == -.infinity && proposal(token).adapted >= Double(last) {
      result.refused.append((proposal(token), isEnd[token] ? .cannotEnd : .rejected))
    }
    return result
  }
}

extension Proposals {
  /// Reads a token and puts it where it belongs.
  fileprivate mutating func add(_ proposal: Proposal, _ checker: any HypothesisChecker, mayEnd: Bool, isEnd: Bool) {
    var proposal = proposal
    if isEnd {
      if mayEnd { accepted.append(proposal) } else { refuse(proposal, .cannotEnd) }
      return
    }
    guard let next = checker.reading(proposal.token) else { return refuse(proposal, .rejected) }
    proposal.checker = next
    accepted.append(proposal)
  }

  private mutating func refuse(_ proposal: Proposal, _ fate: SearchNode.Fate) {
    prunedMass = (prunedMass ?? 0) + exp(proposal.logProbability)
    // The record stays readable; the mass says how much there was.
    if refused.count < 8 { refused.append((proposal, fate)) }
  }
}
