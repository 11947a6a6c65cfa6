import Tensors
import Testing

@testable import Finetuning

@Suite struct ObjectiveTests {
  @Test("T5's example: two spans of a sentence become sentinels (Raffel et al. 2020, figure 2)")
  func spanExample() {
    let words = "Thank you for inviting me to your party last week .".split(separator: " ").map(String.init)
    let vocabulary = words + ["<X>", "<Y>", "<Z>"]
    let (input, target) = SpanCorruption().example(
      Array(words.indices), hiding: [2..<4, 8..<9], sentinels: [words.count, words.count + 1, words.count + 2])
    #expect(input.map { vocabulary[$0] }.joined(separator: " ") == "Thank you <X> me to your party <Y> week .")
    #expect(target.map { vocabulary[$0] }.joined(separator: " ") == "<X> for inviting <Y> last <Z>")
  }

  @Test("Drawn spans hide 15 % in pieces of 3, and what is read and written together is the text")
  func spanLaws() {
    let corruption = SpanCorruption()
    var (hidden, pieces, total) = (0, 0, 0)
    for seed in 0..<500 {
      var stream = RandomSource(seed: UInt64(seed))
      let count = 2 + seed % 120
      let spans = corruption.spans(count, using: &stream)
      #expect(spans.first!.lowerBound >= 1 && spans.last!.upperBound == count)
      #expect(zip(spans, spans.dropFirst()).allSatisfy { $0.upperBound < $1.lowerBound })
      hidden += spans.reduce(0) { $0 + $1.count }
      pieces += spans.count
      total += count
      let tokens = Array(0..<count)
      let sentinels = (0...spans.count).map { 1_000 + $0 }
      let (input, target) = corruption.example(tokens, hiding: spans, sentinels: sentinels)
      // Put back together: every sentinel of the input is what follows it in the output.
      var whole: [Int] = []
      for token in input {
        guard let place = sentinels.firstIndex(of: token) else {
          whole.append(token)
          continue
        }
        let start = target.firstIndex(of: token)! + 1
        whole += target[start..<target.firstIndex(of: sentinels[place + 1])!]
      }
      #expect(whole == tokens)
    }
    #expect(abs(Double(hidden) / Double(total) - 0.15) < 0.01)
    #expect(abs(Double(hidden) / Double(pieces) - 3) < 0.4)
  }

  @Test("Of masked tokens 80 % are hidden, 10 % others, 10 % kept; special ones are left alone")
  func masking() {
    let objective = MaskedLanguageModel()
    var (chosen, masked, kept, total) = (0, 0, 0, 0)
    for seed in 0..<400 {
      var stream = RandomSource(seed: UInt64(seed))
      let tokens = [0] + (0..<100).map { 10 + $0 } + [1]
      let (input, targets) = objective.example(tokens, isSpecial: { $0 < 5 }, mask: 4, vocabulary: 200..<10_000, using: &stream)
      #expect(input.first == 0 && input.last == 1 && targets.first == -1 && targets.last == -1)
      total += 100
      for (place, target) in targets.enumerated() where target >= 0 {
        #expect(target == tokens[place])
        chosen += 1
        masked += input[place] == 4 ? 1 : 0
        kept += input[place] == target ? 1 : 0
      }
      #expect(zip(zip(input, tokens), targets).allSatisfy { $0.0 == $0.1 || $1 >= 0 })
    }
    #expect(chosen == total * 15 / 100)
    // Four deviations of 6,000 draws.
    #expect(abs(Double(masked) / Double(chosen) - 0.8) < 0.021)
    #expect(abs(Double(kept) / Double(chosen) - 0.1) < 0.016)
  }

  @Test("Every token is the target of the one before it")
  func causal() {
    let (input, targets) = CausalLanguageModel().example([5, 6, 7])
    #expect(input == [5, 6])
    #expect(targets == [6, 7])
  }

  @Test("A pair's second sentence follows in half of the cases, and is from another text in the others")
  func nextSentence() {
    let texts = (0..<50).map { text in (0..<3).map { "\(text).\($0)" } }
    var following = 0
    for seed in 0..<2_000 {
      var stream = RandomSource(seed: UInt64(seed))
      let (first, second, label) = NextSentencePrediction().example(texts, seed % 50, using: &stream)
      let (a, b) = (first.split(separator: "."), second.split(separator: "."))
      #expect(Int(a[0]) == seed % 50)
      if label == 0 { #expect(a[0] == b[0] && Int(b[1]) == Int(a[1])! + 1) } else { #expect(a[0] != b[0]) }
      following += label == 0 ? 1 : 0
    }
    #expect(abs(Double(following) / 2_000 - 0.5) < 0.045)
  }
}
