import Testing

@testable import SwiftEvaluator

@Suite struct SourceMapTests {
  @Test("Edits change columns, and the way back finds the old ones")
  func columns() {
    let map = SourceMap(
      "let a = 1\nf(b)\n",
      edits: [
        .init(offset: 10, text: "show(", rank: 10), .init(offset: 14, text: ")", rank: 80),
        .init(offset: 4, length: 1, text: "name", rank: 50),
      ])
    #expect(map.text == "let name = 1\nshow(f(b))\n")
    #expect(map.originalColumn(line: 1, column: 5) == 5)
    #expect(map.originalColumn(line: 1, column: 12) == 9)
    #expect(map.originalColumn(line: 2, column: 6) == 1)
    #expect(map.originalColumn(line: 2, column: 8) == 3)
    #expect(map.originalColumn(line: 3, column: 1) == 1)
    #expect(map.originalColumn(line: 99, column: 7) == 7)
  }

  @Test("What opens outside opens first, and what opens inside closes first")
  func nesting() {
    let map = SourceMap(
      "x",
      edits: [
        .init(offset: 0, text: "inner(", rank: 20), .init(offset: 1, text: ")outer", rank: 80), .init(offset: 1, text: ")inner", rank: 70),
        .init(offset: 0, text: "outer(", rank: 10),
      ])
    #expect(map.text == "outer(inner(x)inner)outer")
  }

  @Test("Every place of the cell is found again from where it went", arguments: 0..<100)
  func law(seed: UInt64) {
    var random = SplitMix(state: seed)
    let scalars = (0..<40).map { _ in ["a", "é", " ", "\n", "🎉"][Int(random.next() % 5)] }
    let text = scalars.joined()
    var starts = [0]
    for scalar in scalars { starts.append(starts.last! + scalar.utf8.count) }
    let places = (0..<6).map { _ in starts[Int(random.next() % UInt64(starts.count))] }.sorted()
    let map = SourceMap(text, edits: places.enumerated().map { .init(offset: $1, text: String(repeating: "#", count: $0), rank: 50) })
    var line = 1
    var column = 1
    var inserted = 0
    for (index, scalar) in scalars.enumerated() {
      for (length, place) in places.enumerated() where place == starts[index] { inserted += length }
      #expect(map.originalColumn(line: line, column: column + inserted) == column)
      if scalar == "\n" { (line, column, inserted) = (line + 1, 1, 0) } else { column += scalar.utf8.count }
    }
  }
}

struct SplitMix: RandomNumberGenerator {
  var state: UInt64
  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var z = state
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    return z ^ (z >> 31)
  }
}
