/// What turns a word into tokens: `model` in a tokenizer.json.
protocol TokenModel: Sendable {
  /// The model's own vocabulary, without added tokens.
  var tokens: TokenTable { get }

  /// «byte-level BPE»
  var name: String { get }

  /// Whether it takes bytes as they are, where the file has a `ByteLevel` pre-tokenizer before it.
  var takesRawBytes: Bool { get }

  /// The token of what has no other.
  var unknownToken: Int? { get }

  /// A character before which a long word can be cut without changing its tokens, unless the same character stands before it too.
  var innerBoundary: [UInt8]? { get }

  /// Appends the tokens of a word that is not empty.
  func tokenize(_ word: UTF8Bytes, into pieces: GrowingBuffer<Piece>, _ workspace: ModelWorkspace)
}

extension TokenModel {
  var innerBoundary: [UInt8]? { nil }
}

/// A token of a word: its id, and how many bytes of the word it stands for.
struct Piece: BitwiseCopyable {
  var id: UInt32
  var length: UInt32
}

/// Memory that models use again from word to word.
final class ModelWorkspace {
  let symbols = GrowingBuffer<MergeSymbol>()
  let candidates = MergeQueue()
  let path = GrowingBuffer<BestPath>()
  let reversed = GrowingBuffer<Piece>()

  func releaseLargeBuffers() {
    symbols.trim(to: 1 << 12)
    candidates.trim(to: 1 << 12)
    path.trim(to: 1 << 12)
    reversed.trim(to: 1 << 12)
  }
}
