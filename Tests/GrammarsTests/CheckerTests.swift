import LanguageModels
import Testing

@testable import Grammars

/// Lower-case letters, at most so many.
struct Lowercase: Checker, CheckerState {
  var limit: Int
  var verdict = Verdict.complete
  func begin() -> Lowercase { self }
  mutating func accept(_ bytes: ArraySlice<UInt8>) {
    limit -= bytes.count
    if limit < 0 || !bytes.allSatisfy({ (97...122).contains($0) }) { verdict = .wrong }
  }
  var description: String { "Lowercase(\(limit))" }
}

@Suite("Checkers") struct CheckerTests {
  private let words = TextVocabulary(words: ["a", "ab", "abc", "A", "aB", "<end>"], unit: .characters, endToken: 5)

  @Test("A mask found by trying walks the tree of tokens and finds those after which the text is not wrong")
  func tried() {
    #expect(Lowercase(limit: 9).triedMask(of: words.tokenBytes, isFirst: true).tokens == [0, 1, 2])
    #expect(Lowercase(limit: 2).triedMask(of: words.tokenBytes, isFirst: true).tokens == [0, 1])
  }

  @Test("The tree of tokens holds every token once, at the node of its bytes")
  func trie() {
    let trie = words.tokenBytes.trie(isFirst: true)
    #expect(String(decoding: trie.bytes, as: UTF8.self) == "AaBbc")
    #expect(trie.depths == [1, 1, 2, 2, 3])
    #expect(trie.ends == [1, 5, 3, 5, 5])
    #expect(trie.tokens == [3, 0, 4, 1, 2])
    #expect(trie.depth == 3)
  }

  @Test("Words are written with spaces where the text has them")
  func spaces() {
    let words = TextVocabulary(words: ["(", "the", ")", "."], unit: .words)
    for tokens in [[0, 1, 2, 3], [1, 0, 1, 1, 2], [1, 1, 3]] {
      var text: [UInt8] = []
      var isFirst = true
      for token in tokens {
        text += words.tokenBytes.bytes(of: token, isFirst: isFirst)
        isFirst = words.tokenBytes.opensText(token)
      }
      #expect(String(decoding: text, as: UTF8.self) == words.text(of: tokens))
    }
  }
}
