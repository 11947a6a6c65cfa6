import Tensors

/// Adds what the layers inside compute to what flows in (He et al. 2016).
///
/// The norm inside is pre-norm, as in GPT-2; the norm after it is post-norm, as in BERT.
public struct Residual: Layer {
  let layers: [any Layer]

  public init(@LayerBuilder _ layers: () -> [any Layer]) { self.layers = layers() }

  public func plan(_ signal: inout Signal, at site: Site) throws(ModelError) -> Plan {
    try plan(&signal, at: site, roles: site)
  }

  /// The layers inside take their paths from the block that the residual stands in: one can move a norm out without renaming weights.
  func plan(_ signal: inout Signal, at site: Site, roles: Site) throws(ModelError) -> Plan {
    let before = signal
    let children = try planned(layers, &signal, in: roles)
    guard signal.form == before.form else {
      throw site.error("what is added has the shape \(signal.shapeText), but \(before.shapeText) flows past it")
    }
    site.architecture.residuals += 1
    return Plan("Residual", at: site, signal, children: children) { (x, pass) throws(ModelError) in
      try run(children, x, pass) + x
    }
  }
}

/// The same layers several times over, each time with weights of their own.
public struct Repeated: Layer {
  public var role: String { "layers" }
  /// How many times.
  public var count: Int
  let layers: [any Layer]

  public init(_ count: Int, @LayerBuilder _ layers: () -> [any Layer]) {
    self.count = count
    self.layers = layers()
  }

  public func plan(_ signal: inout Signal, at site: Site) throws(ModelError) -> Plan {
    guard count > 0 else { throw site.error("repeats layers \(count) times; at least once is allowed") }
    let before = signal
    var blocks: [Plan] = []
    for index in 0..<count {
      let inner = Site(path: "\(site.path).\(index)", architecture: site.architecture)
      let children = try planned(layers, &signal, in: inner)
      guard signal.form == before.form else {
        throw site.error("turns \(before.shapeText) into \(signal.shapeText), and what is repeated has to keep the shape")
      }
      blocks.append(Plan("\(index)", at: inner, signal, children: children) { (x, pass) throws(ModelError) in try run(children, x, pass) })
    }
    let all = blocks
    return Plan("Repeated(\(count))", at: site, signal, children: all, repetitions: count) { (x, pass) throws(ModelError) in
      try run(all, x, pass)
    }
  }
}

/// The part of a model that reads the input; a ``Decoder`` after it attends to what comes out.
public struct Encoder: Layer {
  let layers: [any Layer]

  public init(@LayerBuilder _ layers: () -> [any Layer]) { self.layers = layers() }

  public func plan(_ signal: inout Signal, at site: Site) throws(ModelError) -> Plan {
    let children = try planned(layers, &signal, in: site)
    signal.memoryWidth = try site.sequenceWidth(of: signal)
    signal.positions = .none
    return Plan("Encoder", at: site, signal, children: children) { (x, pass) throws(ModelError) in
      let vectors = try run(children, x, pass)
      pass.memory = (vectors, pass.tokens)
      return vectors
    }
  }
}

/// The part of a model that writes the output, token by token, after an ``Encoder`` has read the input.
public struct Decoder: Layer {
  let layers: [any Layer]

  public init(@LayerBuilder _ layers: () -> [any Layer]) { self.layers = layers() }

  public func plan(_ signal: inout Signal, at site: Site) throws(ModelError) -> Plan {
    guard signal.memoryWidth != nil else { throw site.error("there is no Encoder before it") }
    signal.form = .tokens
    let children = try planned(layers, &signal, in: site)
    let path = site.path
    return Plan("Decoder", at: site, signal, children: children) { (x, pass) throws(ModelError) in
      guard let tokens = pass.decoderTokens else { throw ModelError(path, "needs the tokens of the output, and the call gave none") }
      let inner = Pass(tokens: tokens, decoderTokens: nil, random: pass.random?.child("decoder"))
      inner.memory = pass.memory
      let y = try run(children, x, inner)
      pass.tokens = tokens
      return y
    }
  }
}

/// Plans layers one after the other, each in its own place.
func planned(_ layers: [any Layer], _ signal: inout Signal, in site: Site) throws(ModelError) -> [Plan] {
  var plans: [Plan] = []
  for layer in layers {
    if let residual = layer as? Residual {
      plans.append(try residual.plan(&signal, at: site.inner("residual"), roles: site))
    } else {
      plans.append(try layer.plan(&signal, at: site.inner(layer.role)))
    }
  }
  return plans
}

/// Runs layers one after the other.
func run(_ plans: [Plan], _ x: Tensor, _ pass: Pass) throws(ModelError) -> Tensor {
  var x = x
  for plan in plans { x = try plan.run(x, pass) }
  return x
}
