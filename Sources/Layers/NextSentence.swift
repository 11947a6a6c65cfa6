import Tensors

/// Scores whether the second text of a pair follows the first: beside the path, from the first token's vector (Devlin et al. 2019, section 3.1).
///
/// What flows in flows out unchanged. Class 0: it follows; class 1: it was drawn from elsewhere, as in `BertForPreTraining`.
public struct NextSentence: Layer {
  public init() {}

  public func plan(_ signal: inout Signal, at site: Site) throws(ModelError) -> Plan {
    let width = try site.sequenceWidth(of: signal)
    let pooler = (site.weight("pooler.weight", [width, width]), site.weight("pooler.bias", [width], .zeros))
    let head = (site.weight("head.weight", [2, width]), site.weight("head.bias", [2], .zeros))
    return Plan("NextSentence", at: site, signal, weights: [pooler.0, pooler.1, head.0, head.1]) { (x, pass) in
      let time = x.shape[1]
      let first = x.reshaped(to: [x.shape[0] * time, width]).gathered((0..<x.shape[0]).map { Int32($0 * time) })
      pass.sideOutput = head.0.applied(to: pooler.0.applied(to: first, bias: pooler.1).activated(by: .tanh), bias: head.1)
      return x
    }
  }
}

extension Network {
  /// BERT's two losses of pretraining, in nats: of the masked tokens, and of whether the second sentence follows the first.
  ///
  /// - Parameters:
  ///   - targets: for every token of the batch what it was before it was masked, −1 for one that was not chosen.
  ///   - nextSentence: for every pair 0 if the second follows, 1 if not.
  public func pretrainingLosses(
    _ batch: TokenBatch, targets: [Int32], nextSentence: [Int32], dropout: RandomSource? = nil
  ) throws(ModelError) -> (masked: Tensor, nextSentence: Tensor) {
    let pass = Pass(tokens: batch, decoderTokens: nil, random: dropout)
    let masked = try loss(pass, targets)
    return (masked, try sideOutput(of: pass).crossEntropy(nextSentence))
  }

  /// Scores of «follows» and «does not follow» for every pair, `[batch, 2]`.
  public func nextSentenceLogits(_ batch: TokenBatch) throws(ModelError) -> Tensor {
    let pass = Pass(tokens: batch, decoderTokens: nil, random: nil)
    _ = try run(Array(plans.dropLast()), Tensor([]), pass)
    return try sideOutput(of: pass)
  }

  private func sideOutput(of pass: Pass) throws(ModelError) -> Tensor {
    guard let scores = pass.sideOutput else { throw ModelError(architecture.name, "has no layer NextSentence()") }
    return scores
  }
}
