public import Display

/// What a model puts in the place of `[MASK]`, the likeliest first.
public struct FilledMask: Sendable, Displayable, CustomStringConvertible {
  /// A token that may stand there.
  public struct Candidate: Sendable, Equatable {
    public let token: Int
    /// As the vocabulary writes it: `paris`, `##ing`.
    public let word: String
    /// Of all tokens of the vocabulary together 1.
    public let probability: Double
  }

  /// The text that was asked about.
  public let text: String
  /// For every `[MASK]`, in the order of the text.
  public let masks: [[Candidate]]

  /// The likeliest word for the first mask.
  public var word: String { masks.first?.first?.word ?? "" }

  public var table: Table {
    let isOne = masks.count == 1
    let rows = masks.enumerated().flatMap { index, candidates in
      candidates.map { candidate in
        (isOne ? [] : [TableCell.integer(index + 1)]) + [.text(candidate.word), .number(candidate.probability), .integer(candidate.token)]
      }
    }
    return Table(
      columns: (isOne ? [] : [TableColumn("mask")]) + [
        TableColumn("word"), TableColumn("probability", format: .fixed(4)), TableColumn("token"),
      ],
      rows: rows, caption: text)
  }
  public var mimeBundle: MIMEBundle { table.mimeBundle }
  public var description: String { table.mimeBundle.text }
}

/// What a model cannot do, because its checkpoint lacks a part.
public struct MissingHead: Error, Equatable, CustomStringConvertible {
  public let model: String
  /// What the part is for.
  public let purpose: String
  /// The tensor by which it would be known.
  public let tensor: String

  public var description: String { "\(model) cannot \(purpose): its checkpoint has no «\(tensor)»." }
}

/// A text that has no place to fill, or not the token for it.
public struct NoMask: Error, Equatable, CustomStringConvertible {
  public let text: String
  /// What hides a word; nil where the vocabulary has no such token.
  public let mask: String?

  public var description: String {
    mask.map { "There is nothing to fill in «\(text)»: write \($0) in the place of a word." }
      ?? "There is nothing to fill in «\(text)»: the model's vocabulary has no token that hides a word."
  }
}
