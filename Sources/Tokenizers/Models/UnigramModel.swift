/// A unigram language model over pieces of text: the way to cut a word whose pieces have the largest sum of scores.
///
/// Source: Kudo 2018. A character that no piece covers is unknown, with a score of 10 below the lowest; neighbouring unknowns are one token.
/// Of equal sums the piece that begins first, and then the shortest, wins, as in sentencepiece.
struct UnigramModel: TokenModel {
  private static let unknownPenalty = 10.0

  let tokens: TokenTable
  private let scores: [Double]
  private let unknown: Int
  private let unknownScore: Double
  private let pieces: ByteTrie
  /// The tokens `<0x00>` to `<0xFF>`, when unknown characters become the tokens of their bytes.
  private let fallbackTokens: [Int]

  var name: String { "Unigram" }
  var takesRawBytes: Bool { false }
  var unknownToken: Int? { unknown }

  init(tokens: TokenTable, scores: [Double], unknown: Int, fallsBackToBytes: Bool) {
    self.tokens = tokens
    self.scores = scores
    self.unknown = unknown
    unknownScore = (scores.min() ?? 0) - Self.unknownPenalty
    var strings: [(bytes: [UInt8], value: Int)] = []
    for id in 0..<tokens.idCount {
      guard let bytes = tokens.withBytes(of: id, { $0.map(Array.init) }), tokens.id(of: bytes) == id, !bytes.isEmpty else { continue }
      strings.append((bytes, id))
    }
    pieces = ByteTrie(strings)
    let fallback = fallsBackToBytes ? (0..<256).map { tokens.id(of: BytePairModel.fallbackToken(UInt8($0))) ?? -1 } : []
    fallbackTokens = fallback
  }

  func tokenize(_ word: UTF8Bytes, into output: GrowingBuffer<Piece>, _ workspace: ModelWorkspace) {
    findBestPath(word, workspace.path)
    collect(word, workspace.path, into: workspace.reversed)
    let reversed = workspace.reversed
    for index in stride(from: reversed.count - 1, through: 0, by: -1) { output.append(reversed[index]) }
  }

  private func findBestPath(_ word: UTF8Bytes, _ path: GrowingBuffer<BestPath>) {
    path.removeAll()
    path.reserve(word.count + 1)
    path.end.initialize(repeating: BestPath(score: 0, start: -1, id: 0), count: word.count + 1)
    path.advance(by: word.count + 1)
    let best = path.base
    scores.withUnsafeBufferPointer { scores in
      var start = 0
      while start < word.count {
        let scoreHere = best[start].score
        let next = start + scalarLength(word[start])
        var hasSingle = false
        pieces.forEachPrefix(of: word, from: start) { end, id in
          let score = scores[id] + scoreHere
          if best[end].start < 0 || score > best[end].score { best[end] = BestPath(score: score, start: Int32(start), id: UInt32(id)) }
          if end == next { hasSingle = true }
        }
        if !hasSingle {
          let score = unknownScore + scoreHere
          if best[next].start < 0 || score > best[next].score {
            best[next] = BestPath(score: score, start: Int32(start), id: UInt32(unknown))
          }
        }
        start = next
      }
    }
  }

  /// Follows the best path from the end of the word, and so gives the tokens in reverse.
  private func collect(_ word: UTF8Bytes, _ path: GrowingBuffer<BestPath>, into reversed: GrowingBuffer<Piece>) {
    reversed.removeAll()
    var end = word.count
    while end > 0 {
      var start = Int(path[end].start)
      let id = path[end].id
      if id == UInt32(unknown) {
        while start > 0, path[start].id == UInt32(unknown) { start = Int(path[start].start) }
        addUnknown(UTF8Bytes(rebasing: word[start..<end]), to: reversed)
      } else {
        reversed.append(Piece(id: id, length: UInt32(end - start)))
      }
      end = start
    }
  }

  private func addUnknown(_ text: UTF8Bytes, to reversed: GrowingBuffer<Piece>) {
    // Characters that are unknown one by one can be a piece together, with a score too low to be chosen.
    if let id = tokens.id(of: text) {
      reversed.append(Piece(id: UInt32(id), length: UInt32(text.count)))
    } else if !fallbackTokens.isEmpty, text.allSatisfy({ fallbackTokens[Int($0)] >= 0 }) {
      for byte in text.reversed() { reversed.append(Piece(id: UInt32(fallbackTokens[Int(byte)]), length: 1)) }
    } else {
      reversed.append(Piece(id: UInt32(unknown), length: UInt32(text.count)))
    }
  }
}

/// The best way to cut a word up to some position.
struct BestPath: BitwiseCopyable {
  var score: Double
  /// Where its last piece begins; -1 while there is no way.
  var start: Int32
  var id: UInt32
}
