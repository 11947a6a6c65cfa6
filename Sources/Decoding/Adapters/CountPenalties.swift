/// Takes a constant from the logit of every token that has been written; the prompt does not count unless it is told to.
///
/// Source: the parameter `presence_penalty` of the OpenAI interface, as vLLM has it.
public struct PresencePenalty: Adapter, Equatable {
  public let amount: Double
  public let occurrences: Occurrences

  /// - Parameters:
  ///   - amount: in nats; below 0 it rewards repetition.
  ///   - occurrences: where it looks for the token.
  public init(_ amount: Double, in occurrences: Occurrences = .generated) {
    require(amount.isFinite, PresencePenalty.refusal(amount))
    self.amount = amount
    self.occurrences = occurrences
  }

  static func refusal(_ amount: Double) -> String { "PresencePenalty(\(amount)): the penalty is a finite number." }

  public func adapt(_ candidates: inout Candidates, at position: Position) {
    candidates.subtract(for: occurrences.tokens(at: position)) { _ in amount }
  }

  public var description: String { "PresencePenalty(\(amount)\(occurrences == .generated ? "" : ", in: .\(occurrences)"))" }
}

/// Takes a constant from the logit of a token for every time that it has been written; the prompt does not count unless it is told to.
///
/// Source: the parameter `frequency_penalty` of the OpenAI interface, as vLLM has it.
public struct FrequencyPenalty: Adapter, Equatable {
  public let amount: Double
  public let occurrences: Occurrences

  /// - Parameters:
  ///   - amount: in nats per occurrence; below 0 it rewards repetition.
  ///   - occurrences: where it looks for the token.
  public init(_ amount: Double, in occurrences: Occurrences = .generated) {
    require(amount.isFinite, FrequencyPenalty.refusal(amount))
    self.amount = amount
    self.occurrences = occurrences
  }

  static func refusal(_ amount: Double) -> String { "FrequencyPenalty(\(amount)): the penalty is a finite number." }

  public func adapt(_ candidates: inout Candidates, at position: Position) {
    candidates.subtract(for: occurrences.tokens(at: position)) { amount * Double($0) }
  }

  public var description: String { "FrequencyPenalty(\(amount)\(occurrences == .generated ? "" : ", in: .\(occurrences)"))" }
}

extension Candidates {
  /// Takes from every token that occurs what the closure makes of the number of its occurrences.
  fileprivate mutating func subtract(for occurred: ArraySlice<Int>, _ penalty: (Int) -> Double) {
    var counts: [Int: Int] = [:]
    for token in occurred { counts[token, default: 0] += 1 }
    for index in tokens.indices {
      if let count = counts[tokens[index]] { scores[index] -= penalty(count) }
    }
  }
}
