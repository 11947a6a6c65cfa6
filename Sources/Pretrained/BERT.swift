internal import Checkpoints
internal import Glibc
public import Display
internal import Inference
internal import Tokenizers

/// An encoder with its tokenizer, loaded from a checkpoint of the kind BERT: MiniLM, BERT-base and their kin.
///
/// ```swift
/// let bert = try BERT("all-MiniLM-L6-v2")
/// try bert.similarities(["A man is eating.", "Someone has lunch.", "The sky is blue."])
/// ```
public struct BERT: Sendable {
  private let network: Inference.BERT
  private let tokenizer: Tokenizer
  /// What the model was loaded from, as the caller named it.
  public let name: String
  private let weights: Weights

  /// Loads an encoder.
  ///
  /// - Parameters:
  ///   - name: a Hugging Face folder, a GGUF file, or a model of the hub, `owner/name`, which is downloaded unless it is in the hub's cache on this machine.
  ///   - revision: a branch, a tag or a commit of a model of the hub; nil: `main`.
  ///   - weights: how the weights are kept while the model runs.
  /// - Throws: one sentence: which file, what is wrong with it, what is allowed.
  public init(_ name: String, revision: String? = nil, weights: Weights = .float32) throws {
    let checkpoint = try Checkpoint(path: CheckpointLocation(name, revision: revision).path)
    tokenizer = try Tokenizer(of: checkpoint)
    network = try Inference.BERT(checkpoint, precision: weights.precision)
    self.name = name
    self.weights = weights
  }

  /// A vector per text: the mean over its tokens, scaled to length 1, as sentence encoders are trained to be compared.
  ///
  /// A text longer than the model can read counts up to there.
  ///
  /// - Returns: `[texts][width]`.
  public func embeddings(of texts: [String]) throws -> [[Float]] {
    let tokens = texts.map { tokenizer.encode($0, truncation: Truncation(to: network.shape.contextLength)).ids }
    return try network.encode(tokens).map(\.unitMean)
  }

  /// How alike texts are: the cosine of the angle between their vectors, 1 for the same.
  public func similarities(_ texts: [String]) throws -> Table {
    let vectors = try embeddings(of: texts)
    let rows = vectors.indices.map { i in
      vectors.indices.map { j in TableCell.number(Double(zip(vectors[i], vectors[j]).reduce(0) { $0 + $1.0 * $1.1 })) }
    }
    let columns = [TableColumn("")] + texts.indices.map { TableColumn("\($0 + 1)", format: .fixed(3)) }
    return Table(
      columns: columns, rows: zip(texts.indices, rows).map { [TableCell.text("\($0 + 1)  \(texts[$0])")] + $1 },
      caption: "cosine similarity")
  }
}

extension BERT {
  /// What the model puts in the place of every `[MASK]` of a text.
  ///
  /// ```swift
  /// try bert.fill("Paris is the [MASK] of France.")
  /// ```
  /// - Parameters:
  ///   - text: with `[MASK]` in the place of a word, or several.
  ///   - top: how many tokens are told for each, at least 1.
  /// - Throws: ``MissingHead`` where the checkpoint has no head for it, ``NoMask`` for a text without one.
  public func fill(_ text: String, top: Int = 5) throws -> FilledMask {
    precondition(top > 0, "the top \(top) tokens; at least 1 is allowed")
    let tokens = tokenizer.encode(text).ids
    let mask = tokenizer.specialTokens.mask ?? tokenizer.id(of: "[MASK]")
    let places = tokens.indices.filter { tokens[$0] == mask }
    guard mask != nil, !places.isEmpty else { throw NoMask(text: text, mask: mask.flatMap(tokenizer.token)) }
    guard let logits = try network.maskedWordLogits(tokens, at: places) else {
      throw MissingHead(model: description, purpose: "fill masks", tensor: "cls.predictions.transform.dense.weight")
    }
    return FilledMask(
      text: text,
      masks: logits.map { logits in
        let probabilities = softmax(logits)
        // Ties: the lower token first.
        let best = probabilities.indices.sorted { (probabilities[$1], $0) < (probabilities[$0], $1) }.prefix(top)
        return best.map { FilledMask.Candidate(token: $0, word: tokenizer.token($0) ?? "⟨\($0)⟩", probability: probabilities[$0]) }
      })
  }

  /// The probability that a text follows another, as the model judges it: BERT was trained to tell the next sentence from one drawn at
  /// random (Devlin et al. 2019, section 3.1).
  ///
  /// - Throws: ``MissingHead`` where the checkpoint has no head for it.
  public func probability(that second: String, follows first: String) throws -> Double {
    let pair = tokenizer.encode(first, second)
    guard let logits = try network.nextSentenceLogits([pair.ids], segments: [pair.typeIDs]) else {
      throw MissingHead(model: description, purpose: "judge next sentences", tensor: "cls.seq_relationship.weight")
    }
    return softmax(logits[0])[0]
  }
}

/// Probabilities, in double precision.
private func softmax(_ logits: [Float]) -> [Double] {
  let highest = logits.max() ?? 0
  let powers = logits.map { exp(Double($0 - highest)) }
  let total = powers.reduce(0, +)
  return powers.map { $0 / total }
}

extension BERT: Displayable, CustomStringConvertible {
  /// The model's sizes, as a table.
  public var table: Table {
    let shape = network.shape
    return Table(
      columns: ["", "encoder"],
      rows: [
        ["layers", .integer(shape.layers)], ["width", .integer(shape.width)], ["heads", .integer(shape.heads)],
        ["width inside the layers", .integer(shape.hiddenWidth)], ["context, tokens", .integer(shape.contextLength)],
        ["vocabulary, tokens", .integer(shape.vocabularySize)], ["weights", .text(weights.rawValue)],
      ], caption: "BERT(\"\(name)\")")
  }
  public var mimeBundle: MIMEBundle { table.mimeBundle }
  public var description: String { "BERT(\"\(name)\")" }
}
