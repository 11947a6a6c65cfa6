import Display
import Tensors

/// An architecture with numbers: it computes, and can be trained.
///
/// ```swift
/// let network = gpt.initialized(seed: 42)
/// let optimizer = AdamW(network.parameters)
/// for step in 0..<100 {
///   let batch = TokenBatch(texts[step])
///   try network.loss(batch, targets: batch.nextTokens, dropout: RandomSource(seed: 42).child("step", step)).backward()
///   optimizer.step(learningRate: 1e-3, maximumGradientNorm: 1)
/// }
/// ```
public final class Network {
  public let architecture: Architecture
  /// All parameters, in the order of the layers.
  public let parameters: [Parameter]
  /// What the matrix products of calls and losses round their operands to. Parameters, their gradients and the optimizer stay in single
  /// precision, so that small steps are not lost (Micikevicius et al. 2018).
  public var precision = MatrixPrecision.float32
  let plans: [Plan]
  /// What transformers calls its tensors, and its configuration; nil for layers that it has no names for.
  let names: CheckpointNames?
  package let config: JSON?
  /// The Hugging Face folder that it was made from, whose tokenizer is its tokenizer.
  let source: String?
  /// What ``addLowRank(rank:alpha:targets:seed:)`` has put beside the weights.
  public internal(set) var lowRankAdapters: [LowRankAdapter] = []

  /// The same network, which remembers where it came from.
  init(_ network: Network, names: CheckpointNames, config: JSON, source: String? = nil) {
    architecture = network.architecture
    parameters = network.parameters
    plans = network.plans
    self.names = names
    self.config = config
    self.source = source
  }

  init(_ architecture: Architecture, makes: (Weight) -> Tensor) {
    self.architecture = architecture
    names = architecture.form?.names
    config = architecture.form?.config
    source = nil
    plans = architecture.planned()
    parameters = plans.flatMap(\.allWeights).flatMap { $0.make(makes($0)) }
  }

  /// The parameter with this path; nil when there is none.
  public func parameter(_ name: String) -> Parameter? { parameters.first { $0.name == name } }

  /// What comes out of the last layer: logits, `[batch, time, vocabulary]` or `[batch, classes]`.
  ///
  /// - Parameters:
  ///   - batch: the tokens that flow in.
  ///   - decoder: the tokens of the output, where the model has a decoder.
  ///   - dropout: the source of dropout's random numbers; nil to drop nothing.
  ///   - prefix: vectors put before the embedded tokens, `[length, width]`, the same for every sequence: a soft prompt (Lester et al. 2021).
  ///   - keyValuePrefix: for every attention layer keys and values side by side, `[length, 2 · keyValueHeads · size]`, put before those
  ///     of the tokens, whose positions move back by the length (Li and Liang 2021).
  /// - Throws: ``ModelError`` for tokens or lengths that the model does not have.
  public func callAsFunction(
    _ batch: TokenBatch, decoder: TokenBatch? = nil, dropout: RandomSource? = nil, prefix: Tensor? = nil, keyValuePrefix: [Tensor] = []
  ) throws(ModelError) -> Tensor {
    let pass = Pass(tokens: batch, decoderTokens: decoder, random: dropout, prefix: prefix, keyValuePrefix: keyValuePrefix)
    return try run(plans, Tensor([]), pass)
  }

  /// Layers one after the other, in the precision of the network.
  func run(_ plans: [Plan], _ x: Tensor, _ pass: Pass) throws(ModelError) -> Tensor {
    try withMatrixPrecision(precision) { () throws(ModelError) in try Layers.run(plans, x, pass) }
  }

  /// The mean of −log p(target) in nats: of every token that has a target, or of every sequence where one vector stands for it.
  ///
  /// - Parameters:
  ///   - targets: for each row of the output its class, −1 for none: see ``TokenBatch/nextTokens``.
  ///   - dropout: the source of dropout's random numbers; nil to drop nothing.
  public func loss(
    _ batch: TokenBatch, decoder: TokenBatch? = nil, targets: [Int32], dropout: RandomSource? = nil, prefix: Tensor? = nil,
    keyValuePrefix: [Tensor] = []
  ) throws(ModelError) -> Tensor {
    let pass = Pass(tokens: batch, decoderTokens: decoder, random: dropout, prefix: prefix, keyValuePrefix: keyValuePrefix)
    return try loss(pass, targets)
  }

  /// The same for a pass that is under way.
  func loss(_ pass: Pass, _ targets: [Int32]) throws(ModelError) -> Tensor {
    let x = try run(Array(plans.dropLast()), Tensor([]), pass)
    // Vectors of a soft prompt come first and have no targets.
    func aligned(_ rows: Int) throws(ModelError) -> [Int32] {
      if rows == targets.count { return targets }
      let (count, ahead, time) = (pass.tokens.count, pass.prefix?.shape[0] ?? 0, pass.tokens.time)
      guard targets.count == count * time, rows == targets.count + count * ahead else {
        throw ModelError("targets", "\(targets.count) of them for \(rows) rows of output; one for each, -1 where none is wanted")
      }
      return (0..<count).flatMap { Array(repeating: -1, count: ahead) + targets[$0 * time..<($0 + 1) * time] }
    }
    guard let last = plans.last else { throw ModelError("network", "has no layers") }
    if let loss = last.loss {
      let targets = try aligned(x.rows)
      return try withMatrixPrecision(precision) { () throws(ModelError) in try loss(x, targets, pass) }
    }
    let logits = try run([last], x, pass)
    return logits.crossEntropy(try aligned(logits.rows))
  }
}

extension Architecture {
  /// A network whose weights are drawn: each by a stream of its own path, so that a layer more or less changes no other layer's.
  public func initialized(seed: UInt64) -> Network {
    let stream = RandomSource(seed: seed)
    let residuals = residuals
    return Network(self) { weight in
      let parts = weight.parts.map { part in
        let scaled = weight.endsResidual && scalesResiduals && residuals > 0
        let initializer = scaled ? part.initializer.scaled(by: 1 / Float(residuals).squareRoot()) : part.initializer
        return initializer.tensor([part.size] + weight.shape.dropFirst(), using: stream.child(part.path))
      }
      if parts.count == 1 { return parts[0] }
      let whole = Tensor(uninitialized: weight.shape)
      var offset = 0
      for part in parts {
        (whole.pointer + offset).update(from: part.pointer, count: part.count)
        offset += part.count
      }
      return whole
    }
  }
}

extension Network: Displayable, CustomStringConvertible {
  public var mimeBundle: MIMEBundle { architecture.mimeBundle }
  public var description: String { architecture.description }
}

extension TokenBatch {
  /// The next token of every token, row by row: the targets of a language model that reads from left to right. The last token of a
  /// sequence has none, −1.
  public var nextTokens: [Int32] {
    (0..<count).flatMap { row in
      (0..<time).map { $0 + 1 < lengths[row] ? ids[row * time + $0 + 1] : -1 }
    }
  }
}
