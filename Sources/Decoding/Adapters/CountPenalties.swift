/// Takes a constant from the logit of every token that has been written, prompt not included.
///
/// Source: the parameter `presence_penalty` of the OpenAI interface, as vLLM has it.
public struct PresencePenalty: Adapter, Equatable {
  public let amount: Double

  /// - Parameter amount: in nats; below 0 it rewards repetition.
  public init(_ amount: Double) {
    require(amount.isFinite, PresencePenalty.refusal(amount))
    self.amount = amount
  }

  static func refusal(_ amount: Double) -> String { "PresencePenalty(\(amount)): the penalty is a finite number." }

  public func adapt(_ candidates: inout Candidates, at position: Position) {
    candidates.subtract(for: position.generated) { _ in amount }
  }

  public var description: String { "PresencePenalty(\(amount))" }
}

/// Takes a constant from the logit of a token for every time that it has been written, prompt not included.
///
/// Source: the parameter `frequency_penalty` of the OpenAI interface, as vLLM has it.
public struct FrequencyPenalty: Adapter, Equatable {
  public let amount: Double

  /// - Parameter amount: in nats per occurrence; below 0 it rewards repetition.
  public init(_ amount: Double) {
    require(amount.isFinite, FrequencyPenalty.refusal(amount))
    self.amount = amount
  }

  static func refusal(_ amount: Double) -> String { "FrequencyPenalty(\(amount)): the penalty is a finite number." }

  public func adapt(_ candidates: inout Candidates, at position: Position) {
    candidates.subtract(for: position.generated) { amount * Double($0) }
  }

  public var description: String { "FrequencyPenalty(\(amount))" }
}

extension Candidates {
  /// Takes from every token that occurs what the closure makes of the number of its occurrences.
  fileprivate mutating func subtract(for occurred: [Int], _ penalty: (Int) -> Double) {
    var counts: [Int: Int] = [:]
    for token in occurred { counts[token, default: 0] += 1 }
    for index in tokens.indices {
      if let count = counts[tokens[index]] { scores[index] -= penalty(count) }
    }
  }
}
