import LanguageModels
import Testing

@Suite("An n-gram model")
struct NGramModelTests {
  private func probabilities(_ model: NGramModel, after context: [Int]) async throws -> [Double] {
    try await model.read([context]).logits.logProbabilities(ofRow: 0).map { exp(Double($0)) }
  }

  @Test("Without context, a token has its share of the text, discounted and mixed with equal shares")
  func wittenBellByHand() async throws {
    // The stream a b a <end>: c(a) = 2, c(b) = 1, c(end) = 1, T = 3 kinds: p(a) = (2 + 3 · 1/3) / (4 + 3).
    let model = try NGramModel(trainedOn: "a b a", order: 1, smoothing: .wittenBell)
    #expect(model.words.words == ["<end>", "a", "b"])
    #expect(try await close(probabilities(model, after: []), [2.0 / 7, 3.0 / 7, 2.0 / 7]))
  }

  @Test("With Kneser-Ney, a word that follows everything is likelier after something new than one that follows one word only")
  func kneserNeyByHand() async throws {
    // Bigrams: <end> x, x a, a x, x b, b x, x a (again), a <end>; «a» occurs twice, but only after x.
    let model = try NGramModel(trainedOn: "x a x b x a", order: 2)
    let tokens = try model.words.tokens(of: "x a b")
    // Different words before x: <end>, a, b; before a: x; before b: x; before <end>: a.
    // Bigrams seen once: 5, twice: 1, so D₂ = 5 / 7. Kinds before: 3, 1, 1, 1: once 3, twice 0, so D₁ = 1/2.
    let base = (4 * 0.5 / 6) / 4
    let unigram = [0.5 / 6 + base, 2.5 / 6 + base, 0.5 / 6 + base, 0.5 / 6 + base]
    #expect(
      try await close(
        probabilities(model, after: [tokens[2]]),
        unigram.enumerated().map { token, p in
          (token == tokens[0] ? (1 - 5.0 / 7) / 1 : 0) + 5.0 / 7 * 1 / 1 * p
        }))
  }

  @Test("Every row adds up to 1, and no token has probability 0", arguments: [NGramSmoothing.kneserNey, .wittenBell], [1, 2, 3, 5])
  func addsUp(smoothing: NGramSmoothing, order: Int) async throws {
    let model = try NGramModel(trainedOn: NGramModelTests.text(seed: 1), order: order, smoothing: smoothing)
    var generator = Generator(state: 2)
    for _ in 0..<50 {
      let context = (0..<Int.random(in: 0...6, using: &generator)).map { _ in Int.random(in: 1..<model.words.count, using: &generator) }
      let row = try await probabilities(model, after: context)
      #expect(abs(row.reduce(0, +) - 1) < 1e-5)
      #expect(row.allSatisfy { $0 > 0 })
    }
  }

  @Test("The rows are those of the formula, computed naively from lists of all sequences", arguments: [1, 2, 3, 4], [0, 1, 2] as [UInt64])
  func oracle(order: Int, seed: UInt64) async throws {
    let text = NGramModelTests.text(seed: seed)
    for smoothing in [NGramSmoothing.kneserNey, .wittenBell] {
      let model = try NGramModel(trainedOn: text, order: order, smoothing: smoothing)
      let naive = NaiveNGrams(text, words: model.words.words, order: order, isKneserNey: smoothing == .kneserNey)
      var generator = Generator(state: seed)
      for _ in 0..<40 {
        let context = (0..<Int.random(in: 0...4, using: &generator)).map { _ in Int.random(in: 1..<model.words.count, using: &generator) }
        let expected = model.words.words.indices.map { naive.probability(of: $0, after: [0] + context) }
        #expect(try await close(probabilities(model, after: context), expected, within: 1e-5))
      }
    }
  }

  @Test("Forward calls give, token by token and in any batch, what reading the whole text gives")
  func forward() async throws {
    let model = try NGramModel(trainedOn: NGramModelTests.text(seed: 3), order: 3)
    let tokens = [1, 2, 0, 3, 1, 2, 2]
    let start = try await model.read([[]])
    let all = try await model.forward([ForwardInput(start.states[0], tokens: tokens)], rows: .all)
    var state = start.states[0]
    for (index, token) in tokens.enumerated() {
      let step = try await model.forward([ForwardInput(state, 4), ForwardInput(state, token)])
      state = step.states[1]
      #expect(Array(step.logits.values[step.logits.range(ofRow: 1)]) == Array(all.logits.values[all.logits.range(ofRow: index)]))
    }
    let whole = try await model.read([tokens])
    #expect(whole.logits.values == Array(all.logits.values.suffix(model.words.count)))
  }

  @Test("The log-probabilities of a text are those of its steps, across the pieces in which they are computed")
  func scoring() async throws {
    let model = try NGramModel(trainedOn: NGramModelTests.text(seed: 4), order: 2)
    var generator = Generator(state: 9)
    let tokens = (0..<200).map { _ in Int.random(in: 1..<model.words.count, using: &generator) }
    let scores = try await model.logProbabilities(of: tokens, after: [1])
    for index in [0, 1, 63, 64, 65, 128, 199] {
      let row = try await model.read([[1] + tokens[..<index]]).logits.logProbabilities(ofRow: 0)
      #expect(scores[index] == Double(row[tokens[index]]))
    }
    #expect(try await model.logProbabilities(of: []) == [])
  }

  @Test("Paragraphs are texts of their own, with any line ends")
  func paragraphs() throws {
    let model = try NGramModel(trainedOn: "a b\nc\n\n\n \nd\r\n\r\ne\r\n", order: 2)
    #expect(model.words.words == ["<end>", "a", "b", "c", "d", "e"])
    #expect(model.trainingTokens == 8)
    #expect(model.description == "NGramModel of order 2: 6 words, 14 sequences, trained on 8 tokens")
  }

  @Test("A text without words and an order out of range are refused with a sentence")
  func refusals() {
    #expect(throws: NGramModelError.noWords) { try NGramModel(trainedOn: " \n\n ", order: 2) }
    #expect(throws: NGramModelError.orderOutOfRange(0)) { try NGramModel(trainedOn: "a", order: 0) }
    #expect(NGramModelError.orderOutOfRange(17).description == "An n-gram model has an order from 1 to 16, not 17.")
    #expect(NGramModelError.noWords.description == "The text has no words to train on.")
  }

  /// A few paragraphs of six different words, the frequent ones first.
  static func text(seed: UInt64) -> String {
    var generator = Generator(state: seed)
    return (0..<12).map { _ in
      (0..<Int.random(in: 1...15, using: &generator)).map { _ in
        String("abcdef".dropFirst(min(Int.random(in: 0..<6, using: &generator), Int.random(in: 0..<6, using: &generator))).first!)
      }.joined(separator: " ")
    }.joined(separator: "\n\n")
  }
}

/// The formulas as they stand in Chen and Goodman, over lists of all sequences.
private struct NaiveNGrams {
  /// All sequences that occur, by length, with how often.
  private var counts: [[Int]: Int] = [:]
  private let order: Int
  private let size: Int
  private let isKneserNey: Bool

  init(_ text: String, words: [String], order: Int, isKneserNey: Bool) {
    self.order = order
    self.isKneserNey = isKneserNey
    size = words.count
    for paragraph in text.split(separator: "\n\n") {
      let stream = [0] + paragraph.split(separator: " ").map { words.firstIndex(of: String($0))! } + [0]
      for last in stream.indices.dropFirst() {
        for length in 1...order where last - length + 1 >= 0 { counts[Array(stream[last - length + 1...last]), default: 0] += 1 }
      }
    }
  }

  private func weight(_ sequence: [Int]) -> Int {
    guard isKneserNey, sequence.count < order, sequence.count == 1 || sequence[0] != 0 else { return counts[sequence] ?? 0 }
    return (0..<size).count { counts[[$0] + sequence] != nil }
  }

  func probability(of token: Int, after context: [Int]) -> Double {
    // A text before the last end says nothing, and no context is longer than the order allows.
    let start = max(context.lastIndex(of: 0) ?? 0, context.count - (order - 1))
    return interpolated(token, Array(context[start...]))
  }

  private func interpolated(_ token: Int, _ context: [Int]) -> Double {
    let shorter = context.isEmpty ? 1 / Double(size) : interpolated(token, Array(context.dropFirst()))
    let weights = (0..<size).map { weight(context + [$0]) }
    let total = weights.reduce(0, +)
    let kinds = weights.count { $0 > 0 }
    guard total > 0 else { return shorter }
    if !isKneserNey { return (Double(weights[token]) + Double(kinds) * shorter) / Double(total + kinds) }
    let discount = discount(length: context.count + 1)
    return (max(Double(weights[token]) - discount, 0) + discount * Double(kinds) * shorter) / Double(total)
  }

  private func discount(length: Int) -> Double {
    let weights = counts.keys.filter { $0.count == length }.map(weight)
    let (once, twice) = (weights.count { $0 == 1 }, weights.count { $0 == 2 })
    return once == 0 || twice == 0 ? 0.5 : Double(once) / Double(once + 2 * twice)
  }
}
