internal import Checkpoints
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
  ///   - name: a Hugging Face folder, or a model of the hub, `owner/name`, which is downloaded unless it is in the hub's cache on this machine.
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
