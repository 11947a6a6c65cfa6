import Tensors

/// A vector for every token: rows of a table, `[vocabulary, width]`.
///
/// The first one of an architecture makes the table; a second one (the decoder's of T5) shares it.
public struct TokenEmbedding: Layer {
  public var role: String { "tokens" }
  public var initializer: Initializer?

  /// - Parameter initializer: how the table is drawn; nil: as the architecture says.
  public init(initializer: Initializer? = nil) { self.initializer = initializer }

  public func plan(_ signal: inout Signal, at site: Site) throws(ModelError) -> Plan {
    guard case .tokens = signal.form else { throw site.error("takes tokens, but vectors flow in; it has to be the first layer") }
    let architecture = site.architecture
    signal.form = .sequence(width: architecture.width)
    let shared = architecture.tokenTable
    let table = shared ?? site.weight("weight", [architecture.vocabularySize, architecture.width], initializer)
    architecture.tokenTable = table
    let (size, path) = (architecture.vocabularySize, site.path)
    return Plan(shared == nil ? "TokenEmbedding" : "TokenEmbedding (shared)", at: site, signal, weights: shared == nil ? [table] : []) {
      (_, pass) throws(ModelError) in
      if let wrong = pass.tokens.ids.first(where: { $0 < 0 || Int($0) >= size }) {
        throw ModelError(path, "token \(wrong) is not in the vocabulary of \(size)")
      }
      let x = table.tensor.gathered(pass.tokens.ids).reshaped(to: [pass.tokens.count, pass.tokens.time, table.shape[1]])
      guard let prefix = pass.prefix else { return x }
      guard prefix.shape.count == 2, prefix.shape[1] == table.shape[1] else {
        throw ModelError(path, "a prefix of shape \(prefix.shape); [length, \(table.shape[1])] fits the embeddings")
      }
      let length = prefix.shape[0]
      let ahead = prefix.gathered((0..<pass.tokens.count * length).map { Int32($0 % length) })
      return .concatenatedInTime([ahead.reshaped(to: [pass.tokens.count, length, table.shape[1]]), x])
    }
  }
}

/// Adds a learned vector for every position: rows of a table, `[context, width]`, as GPT-2 and BERT do.
public struct PositionEmbedding: Layer {
  public var role: String { "positions" }

  public init() {}

  public func plan(_ signal: inout Signal, at site: Site) throws(ModelError) -> Plan {
    let width = try site.sequenceWidth(of: signal)
    guard let context = site.architecture.context else {
      throw site.error("needs the longest length of a text; give the architecture a context")
    }
    let table = site.weight("weight", [context, width])
    let path = site.path
    return Plan("PositionEmbedding", at: site, signal, weights: [table]) { (x, pass) throws(ModelError) in
      let time = x.shape[1]
      let start = pass.prefixLength
      guard start + time <= context else {
        throw ModelError(path, "a text of \(start + time) tokens is longer than the context of \(context)")
      }
      return x + table.tensor.gathered((start..<start + time).map(Int32.init))
    }
  }
}

/// Adds a learned vector for the segment of every token: first or second sentence in BERT.
public struct SegmentEmbedding: Layer {
  public var role: String { "segments" }
  /// Number of segments.
  public var count: Int

  public init(_ count: Int = 2) { self.count = count }

  public func plan(_ signal: inout Signal, at site: Site) throws(ModelError) -> Plan {
    let width = try site.sequenceWidth(of: signal)
    let table = site.weight("weight", [count, width])
    let (path, count) = (site.path, count)
    return Plan("SegmentEmbedding", at: site, signal, weights: [table]) { (x, pass) throws(ModelError) in
      if let wrong = pass.tokens.segments.first(where: { $0 < 0 || Int($0) >= count }) {
        throw ModelError(path, "segment \(wrong) is not one of \(count)")
      }
      let (rows, time) = (pass.tokens.count, pass.tokens.time)
      let ahead = x.shape[1] - time
      // Vectors before the tokens, of a soft prompt, belong to the first segment.
      let segments = (0..<rows).flatMap { Array(repeating: 0, count: ahead) + pass.tokens.segments[$0 * time..<($0 + 1) * time] }
      return x + table.tensor.gathered(segments).reshaped(to: x.shape)
    }
  }
}

/// Lets the attention layers after it turn queries and keys by an angle that grows with the position (Su et al. 2021), as Llama does.
public struct RotaryPositions: Layer {
  public var role: String { "positions" }
  /// The base of the angles' frequencies.
  public var base: Float

  public init(base: Float = 10_000) { self.base = base }

  public func plan(_ signal: inout Signal, at site: Site) throws(ModelError) -> Plan {
    _ = try site.sequenceWidth(of: signal)
    guard base > 1 else { throw site.error("a base of \(base); it has to be above 1") }
    signal.positions = .rotary(base: base)
    return Plan("RotaryPositions(base: \(Int(base)))", at: site, signal) { (x, _) in x }
  }
}

/// Lets the attention layers after it add a learned score for the distance of query and key, as T5 does (Raffel et al. 2020, section 2.1).
///
/// Near distances have a score each, further ones share buckets that widen logarithmically.
public struct RelativePositions: Layer {
  public var role: String { "positions" }
  public var heads: Int
  public var buckets: Int
  public var maximumDistance: Int
  /// Whether later keys have buckets of their own; not needed where attention is causal.
  public var isBidirectional: Bool

  public init(heads: Int, buckets: Int = 32, maximumDistance: Int = 128, isBidirectional: Bool) {
    self.heads = heads
    self.buckets = buckets
    self.maximumDistance = maximumDistance
    self.isBidirectional = isBidirectional
  }

  public func plan(_ signal: inout Signal, at site: Site) throws(ModelError) -> Plan {
    let width = try site.sequenceWidth(of: signal)
    guard heads > 0, buckets >= 4, maximumDistance > buckets / 2 else {
      throw site.error(
        "\(heads) heads, \(buckets) buckets up to distance \(maximumDistance); 4 buckets or more, and a distance beyond half of them")
    }
    signal.positions = .relative(heads: heads)
    let table = site.weight("weight", [buckets, heads], .normal(deviation: 1 / Float(width).squareRoot()))
    let layer = self
    return Plan("RelativePositions(buckets: \(buckets))", at: site, signal, weights: [table]) { (x, pass) in
      let time = x.shape[1]
      let ids = (-(time - 1)...(time - 1)).map { Int32(layer.bucket($0)) }
      pass.attentionBias = table.tensor.gathered(ids).transposed()
      return x
    }
  }

  /// The bucket of a distance, key − query.
  func bucket(_ distance: Int) -> Int {
    var (count, first, far) = (buckets, 0, max(0, -distance))
    if isBidirectional {
      count /= 2
      first = distance > 0 ? count : 0
      far = abs(distance)
    }
    let exact = count / 2
    if far < exact { return first + far }
    // In single precision, as transformers computes it: a boundary may fall on an integer.
    let logarithm = logarithm(Float(far) / Float(exact)) / Float(logarithm(Double(maximumDistance) / Double(exact)))
    return first + min(count - 1, exact + Int(logarithm * Float(count - exact)))
  }
}
