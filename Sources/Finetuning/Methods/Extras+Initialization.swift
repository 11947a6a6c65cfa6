internal import Layers
internal import Tensors

extension PreparedMethod {
  /// The vectors that a prefix or a soft prompt trains, as they are at first.
  static func extras(
    _ recipe: MethodRecipe, _ base: BaseModel, _ network: Network, _ data: LabeledData, _ seed: UInt64
  ) throws -> Extras {
    switch recipe.change {
    case .prefix(let length):
      guard base.kind != .encoderDecoder else {
        throw ModelError(recipe.title, "is for encoders and decoders; \(base.name) scores distances, and a prefix has none: use SoftPrompt")
      }
      return Extras(keysAndValues: try keysAndValues(length, base, network, seed))
    case .softPrompt(let length, let initialization):
      return Extras(prompt: Parameter(name: "prompt", try prompt(length, initialization, base, network, data, seed)))
    default: return Extras()
    }
  }

  /// Embeddings of tokens, `[length, width]`.
  private static func prompt(
    _ length: Int, _ initialization: SoftPrompt.Initialization, _ base: BaseModel, _ network: Network, _ data: LabeledData, _ seed: UInt64
  ) throws -> Tensor {
    let table = try tokenTable(network)
    var stream = RandomSource(seed: seed).child("prompt")
    if initialization == .random {
      let deviation = (table.elements.reduce(0) { $0 + $1 * $1 } / Float(table.count)).squareRoot()
      return .normal([length, table.shape[1]], deviation: deviation, using: stream)
    }
    var tokens: [Int] = []
    if initialization == .labels {
      tokens = data.labels.flatMap { base.tokenizer.encode($0, addsSpecialTokens: false).ids }
    }
    // The first of a vocabulary are its commonest: Lester et al. draw from the first 5,000.
    let common = min(5_000, base.tokenizer.vocabularySize, table.shape[0])
    while tokens.count < length { tokens.append(Int.random(in: 0..<common, using: &stream)) }
    return withoutGradients { table.gathered(tokens.prefix(length).map(Int32.init)) }
  }

  private static func tokenTable(_ network: Network) throws -> Tensor {
    guard let table = network.parameters.first(where: { $0.name.hasSuffix("tokens.weight") }) else {
      throw ModelError(network.architecture.name, "has no table of tokens")
    }
    return Tensor(table.values, shape: table.shape)
  }

  /// Keys and values that the model itself has for common tokens: a start from which a prefix trains better than from noise
  /// (Li and Liang 2021, section 7.3).
  private static func keysAndValues(_ length: Int, _ base: BaseModel, _ network: Network, _ seed: UInt64) throws -> [Parameter] {
    var stream = RandomSource(seed: seed).child("prefix")
    let common = min(5_000, base.tokenizer.vocabularySize)
    let tokens = (0..<length).map { _ in Int.random(in: 0..<common, using: &stream) }
    return try withoutGradients {
      try network.keysAndValues(of: tokens).enumerated().map { Parameter(name: "prefix.\($0)", $1) }
    }
  }
}
