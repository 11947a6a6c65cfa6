import Display
import Glibc
import Testing

@testable import Decoding

/// A file that one of the scripts here made.
private func fixture(_ name: String) throws -> JSON {
  let path = #filePath.dropLast("UtilityTests.swift".utf8.count) + "Fixtures/" + name
  let file = try #require(fopen(String(path), "r"), "\(path) is missing")
  defer { fclose(file) }
  var bytes: [UInt8] = []
  while case let byte = getc(file), byte != EOF { bytes.append(UInt8(byte)) }
  return try JSON(parsing: bytes)
}

@Suite("Utilities")
struct UtilityTests {
  @Test("Small examples")
  func examples() {
    #expect(TextOverlap.unigramF1("the cat sat", "The cat is here") == 4.0 / 7)
    #expect(TextOverlap.rougeL("a b c d", "a c b d") == 0.75)
    #expect(TextOverlap.editSimilarity("kitten", "sitting") == 1 - 3.0 / 7)
    #expect(TextOverlap.chrF("ab", "ab") == 1)
    #expect(BLEU.tokens(of: "It's $1,234.50, or 3-4.") == ["It's", "$", "1,234.50", ",", "or", "3", "-", "4", "."])
  }

  @Test("BLEU, chrF and ROUGE-L agree with sacreBLEU and rouge-score")
  func oracle() throws {
    let rows = try #require(try fixture("utilities.json").arrayValue)
    #expect(rows.count == 72)
    for row in rows {
      let (hypothesis, reference) = (row["hypothesis"]!.stringValue!, row["reference"]!.stringValue!)
      #expect(abs(BLEU.sentence(hypothesis, reference) - row["bleu"]!.doubleValue!) < 1e-9, "BLEU «\(hypothesis)» «\(reference)»")
      #expect(abs(TextOverlap.chrF(hypothesis, reference) - row["chrf"]!.doubleValue!) < 1e-9, "chrF «\(hypothesis)» «\(reference)»")
      if let expected = row["rougeL"]?.doubleValue {
        // A pair without words in it has no score there; here two texts without words are alike.
        guard !TextOverlap.words(of: hypothesis + reference).isEmpty else { continue }
        #expect(abs(TextOverlap.rougeL(hypothesis, reference) - expected) < 1e-9, "ROUGE-L «\(hypothesis)» «\(reference)»")
      }
    }
  }

  @Test("A text is as good as can be against itself, and overlaps are symmetric where they should be")
  func laws() async throws {
    let texts = ["the cat sat on the mat", "a cat sat on a mat today", "no overlap whatsoever here", "42"]
    for utility in [Utility.exactMatch, .unigramF1, .bleu, .chrF, .rougeL, .editSimilarity] {
      let matrix = try await utility.matrix(texts)
      for i in texts.indices {
        #expect(abs(matrix[i][i] - 1) < 1e-12, "\(utility)")
        for j in texts.indices where ![".bleu", ".chrF"].contains("\(utility)") { #expect(matrix[i][j] == matrix[j][i], "\(utility)") }
        #expect(matrix[i].allSatisfy { (0...1 + 1e-12).contains($0) })
      }
    }
  }

  @Test("An embedding's utility is the cosine of the angle")
  func embedding() async throws {
    let utility = Utility.embedding("lengths") { texts in texts.map { [Float($0.count), 1] } }
    #expect(abs(try await utility.value(of: "abc", against: "") - 1 / 10.squareRoot()) < 1e-12)
    let broken = Utility.embedding("broken") { _ in [[1]] }
    await #expect(throws: MetaGenerationError.self) { try await broken.value(of: "a", against: "b") }
  }
}
