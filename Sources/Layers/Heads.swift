import Tensors

/// Scores for every token of the vocabulary, by the table of token embeddings itself (Press and Wolf 2017).
public struct TiedHead: Layer {
  public var role: String { "head" }
  /// Whether a learned number is added to every score, as in BERT.
  public var hasBias: Bool
  /// What the vectors are multiplied by first: 1/√width in T5 v1.0.
  public var scale: Float

  public init(bias: Bool = false, scale: Float = 1) {
    hasBias = bias
    self.scale = scale
  }

  public func plan(_ signal: inout Signal, at site: Site) throws(ModelError) -> Plan {
    let width = try site.width(of: signal)
    guard let table = site.architecture.tokenTable else { throw site.error("there is no TokenEmbedding to share weights with") }
    guard table.shape[1] == width else {
      throw site.error("vectors of width \(width) do not fit the token embeddings of width \(table.shape[1])")
    }
    return head("TiedHead", table, owned: false, hasBias, scale, &signal, at: site)
  }
}

/// A linear map: of every token's vector, or of a sequence's, to `outputs` numbers.
public struct Linear: Layer {
  public var role: String { "linear" }
  public var outputs: Int
  public var hasBias: Bool
  public var activation: Activation
  /// How the weights are drawn; nil: as the architecture says.
  public var initializer: Initializer?

  public init(_ outputs: Int, bias: Bool = true, activation: Activation = .identity, initializer: Initializer? = nil) {
    self.outputs = outputs
    hasBias = bias
    self.activation = activation
    self.initializer = initializer
  }

  public func plan(_ signal: inout Signal, at site: Site) throws(ModelError) -> Plan {
    let width = try site.width(of: signal)
    guard outputs > 0 else { throw site.error("\(outputs) outputs; at least 1 is allowed") }
    let weight = site.weight("weight", [outputs, width], initializer)
    if activation == .identity { return head("Linear(\(outputs))", weight, owned: true, hasBias, 1, &signal, at: site) }
    let bias = hasBias ? site.weight("bias", [outputs], .zeros) : nil
    signal.widen(to: outputs)
    let activation = activation
    return Plan("Linear(\(outputs), .\(activation))", at: site, signal, weights: [weight] + [bias].compactMap { $0 }) { (x, _) in
      weight.applied(to: x, bias: bias).activated(by: activation)
    }
  }
}

/// A linear map that can compute its loss without holding all its outputs.
private func head(
  _ label: String, _ weight: Weight, owned: Bool, _ hasBias: Bool, _ scale: Float, _ signal: inout Signal, at site: Site
) -> Plan {
  signal.widen(to: weight.shape[0])
  let bias = hasBias ? site.weight("bias", [weight.shape[0]], .zeros) : nil
  var plan = Plan(label, at: site, signal, weights: (owned ? [weight] : []) + [bias].compactMap { $0 }) { (x, _) in
    (scale == 1 ? x : scale * x).linear(weight.tensor, bias: bias?.tensor)
  }
  plan.loss = { (x, targets, _) in x.linearCrossEntropy(weight.tensor, bias: bias?.tensor, scale: scale, targets: targets) }
  return plan
}

extension Signal {
  fileprivate mutating func widen(to width: Int) {
    if case .pooled = form { form = .pooled(width: width) } else { form = .sequence(width: width) }
  }
}

/// A classifier on top of a decoder: one linear map of a pooled vector, without bias.
public struct ClassifierHead: Sendable, Equatable {
  public var labels: Int
  /// Which vector; transformers takes the last token's of decoders.
  public var pooling: Pooling.Choice

  public init(labels: Int, pooling: Pooling.Choice = .lastToken) {
    self.labels = labels
    self.pooling = pooling
  }
}

/// One vector for a sequence: its first token's, its last token's, or the mean of all its tokens' (padding left out).
public struct Pooling: Layer {
  public enum Choice: String, Sendable { case firstToken, lastToken, mean }
  public var choice: Choice

  public init(_ choice: Choice) { self.choice = choice }

  public func plan(_ signal: inout Signal, at site: Site) throws(ModelError) -> Plan {
    signal.form = .pooled(width: try site.sequenceWidth(of: signal))
    let choice = choice
    return Plan("Pooling(.\(choice))", at: site, signal) { (x, pass) in
      let time = x.shape[1]
      let ahead = time - pass.tokens.time
      let ranges = pass.tokens.lengths.enumerated().map { row, length in
        let (first, end) = (row * time, row * time + ahead + length)
        return switch choice {
        case .firstToken: first..<first + 1
        case .lastToken: end - 1..<end
        case .mean: first..<end
        }
      }
      return x.means(ofRows: ranges)
    }
  }
}
