import Foundation
import Layers
import Tensors
import Testing

@testable import Pretrained

/// A tiny BERT of random weights with a vocabulary of its own, saved and loaded as a folder.
@Suite struct BERTTests {
  private static let words = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "paris", "is", "the", "capital", "of", "france", "##s", "."]

  private final class Folder {
    let path = NSTemporaryDirectory() + "bert-\(UUID().uuidString)"
    deinit { try? FileManager.default.removeItem(atPath: path) }
  }

  private func model(_ head: BERTHead) throws -> (network: Network, bert: BERT, folder: Folder) {
    let folder = Folder()
    let network = try Architecture.bert(
      head, vocabularySize: Self.words.count, context: 16, width: 24, layers: 2, heads: 3, innerWidth: 40, dropout: 0
    ).initialized(seed: 5)
    // Drawn small, all words would be equally likely.
    for parameter in network.parameters where parameter.name == "tokens.weight" { parameter.values = parameter.values.map { $0 * 40 } }
    try network.save(to: folder.path)
    try Data(Self.words.joined(separator: "\n").utf8).write(to: URL(fileURLWithPath: folder.path + "/vocab.txt"))
    return (network, try BERT(folder.path), folder)
  }

  private func softmax(_ logits: some Sequence<Float>) -> [Double] {
    let powers = logits.map { exp(Double($0)) }
    return powers.map { $0 / powers.reduce(0, +) }
  }

  @Test("Masks are filled with the words that the network scores highest, the likeliest first")
  func fill() throws {
    let (network, bert, folder) = try model(.maskedLanguage)
    let filled = try bert.fill("Paris is the [MASK] of [MASK].", top: 4)
    let logits = try withoutGradients { try network(TokenBatch([[2, 5, 6, 7, 4, 9, 4, 12, 3]])).elements }
    #expect(filled.masks.count == 2)
    for (mask, place) in zip(filled.masks, [4, 6]) {
      let probabilities = softmax(logits[place * 13..<(place + 1) * 13])
      let best = probabilities.indices.sorted { probabilities[$0] > probabilities[$1] }.prefix(4)
      #expect(mask.map(\.token) == Array(best))
      #expect(mask.map(\.word) == best.map { Self.words[$0] })
      for candidate in mask { #expect(abs(candidate.probability - probabilities[candidate.token]) < 1e-6) }
    }
    #expect(filled.word == filled.masks[0][0].word)
    let one = try bert.fill("paris [MASK] .", top: 13)
    #expect(abs(one.masks[0].reduce(0) { $0 + $1.probability } - 1) < 1e-9)
    #expect(one.table.mimeBundle.text.hasPrefix("paris [MASK] .\nword"))
    _ = folder
  }

  @Test("Whether a sentence follows another is what the network's head says")
  func following() throws {
    let (network, bert, folder) = try model(.pretraining)
    let pair = TokenBatch([[2, 5, 6, 3, 7, 8, 12, 3]], segments: [[0, 0, 0, 0, 1, 1, 1, 1]])
    let logits = try withoutGradients { try network.nextSentenceLogits(pair).elements }
    #expect(abs(try bert.probability(that: "the capital.", follows: "paris is") - softmax(logits)[0]) < 1e-6)
    _ = folder
  }

  @Test("What a checkpoint has no head for, and a text without a mask, are refused with a sentence")
  func refusals() throws {
    let (_, bert, folder) = try model(.none)
    func sentence(_ body: () throws -> Any) -> String {
      do { return "\(try body())" } catch { return "\(error)".replacingOccurrences(of: folder.path, with: "FOLDER") }
    }
    #expect(
      sentence { try bert.fill("paris [MASK]") }
        == "BERT(\"FOLDER\") cannot fill masks: its checkpoint has no «cls.predictions.transform.dense.weight».")
    #expect(
      sentence { try bert.probability(that: "a", follows: "b") }
        == "BERT(\"FOLDER\") cannot judge next sentences: its checkpoint has no «cls.seq_relationship.weight».")
    #expect(sentence { try bert.fill("paris") } == "There is nothing to fill in «paris»: write [MASK] in the place of a word.")
  }
}
