/// The three architectures of language models.
public enum ModelKind: String, Sendable, CaseIterable {
  /// BERT: every token sees all others.
  case encoder
  /// GPT: every token sees those before it.
  case decoder
  /// T5: an encoder reads, a decoder writes.
  case encoderDecoder

  /// The best-known model of the kind.
  var familyName: String {
    switch self {
    case .encoder: "BERT"
    case .decoder: "GPT"
    case .encoderDecoder: "T5"
    }
  }
}
