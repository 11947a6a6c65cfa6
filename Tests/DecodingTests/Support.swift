import Decoding
import Glibc
import LanguageModels

/// The stand-in for the course's tree: «neural» and «network», three steps.
let course = try! TableModel([
  "": ["neural": 0.55, "network": 0.45],
  "neural": ["neural": 0.51, "network": 0.49],
  "network": ["neural": 0.55, "network": 0.45],
  "neural neural": ["neural": 0.5, "network": 0.5],
  "neural network": ["neural": 0.55, "network": 0.45],
  "network neural": ["neural": 0.1, "network": 0.9],
  "network network": ["neural": 0.6, "network": 0.4],
])

/// The example of the book d2l, section «Beam search»: greedy takes A B C end, the better text is A C B end.
let book = try! TableModel(
  [
    "": ["A": 0.5, "B": 0.2, "C": 0.2, "end": 0.1],
    "A": ["A": 0.1, "B": 0.4, "C": 0.3, "end": 0.2],
    "A B": ["A": 0.2, "B": 0.2, "C": 0.4, "end": 0.2],
    "A C": ["A": 0.1, "B": 0.6, "C": 0.2, "end": 0.1],
    "A B C": ["A": 0, "B": 0.2, "C": 0.2, "end": 0.6],
    "A C B": ["A": 0.1, "B": 0.2, "C": 0.1, "end": 0.6],
  ], end: "end")

/// A random table of so many words, with a row for every beginning of up to `depth` words; with `end`, the last word ends a text.
func randomTable(words count: Int, depth: Int, seed: UInt64, end: Bool = false) -> TableModel {
  var generator = Generator(state: seed)
  let words = (0..<count).map { String(UnicodeScalar(UInt8(97 + $0))) }
  var rows: [(after: String, probabilities: [(word: String, probability: Double)])] = []
  var beginnings = [""]
  for _ in 0...depth {
    for beginning in beginnings {
      let weights = words.map { _ in Double.random(in: 0...1, using: &generator) * Double.random(in: 0...1, using: &generator) }
      let sum = weights.reduce(0, +)
      rows.append((beginning, zip(words, weights).map { ($0, $1 / sum) }))
    }
    beginnings = beginnings.flatMap { beginning in
      (end ? words.dropLast() : words[...]).map { beginning.isEmpty ? $0 : beginning + " " + $0 }
    }
  }
  return try! TableModel(rows: rows, end: end ? words[count - 1] : nil)
}

/// Random logits for one step.
func randomLogits(_ count: Int, _ generator: inout Generator) -> Logits {
  Logits(vocabularySize: count, values: (0..<count).map { _ in Float.random(in: -6...6, using: &generator) })
}

func close(_ left: [Double], _ right: [Double], within tolerance: Double = 1e-6) -> Bool {
  left.count == right.count && zip(left, right).allSatisfy { abs($0 - $1) <= tolerance }
}

func exp(_ number: Double) -> Double { Glibc.exp(number) }
func log(_ number: Double) -> Double { Glibc.log(number) }

/// Splitmix64: the same numbers for the same seed.
struct Generator: RandomNumberGenerator {
  var state: UInt64

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var z = state
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    return z ^ (z >> 31)
  }
}
