internal import Glibc
import Display

/// A model that has counted, in a text, which token follows which few tokens.
///
/// ```swift
/// let model = try NGramModel(trainedOn: text, order: 3)
/// try await model.generate("the king", using: Greedy())
/// ```
/// The probability of a token depends on the `order − 1` tokens before it. Paragraphs, the parts between empty lines, are texts
/// of their own: each begins after nothing and ends with the token `<end>`. The same text gives the same model, whatever the machine.
///
/// Complexity: training takes O(order · n log n) for n tokens; a forward call O(vocabulary) per hypothesis.
public struct NGramModel: LanguageModel {
  public let words: TextVocabulary
  public let order: Int
  public let smoothing: NGramSmoothing
  /// The number of tokens of the text, the ends of its paragraphs included.
  public let trainingTokens: Int
  private let counts: NGramCounts
  private let levels: [SmoothedLevel]
  /// The logarithms of the probabilities without any context.
  private let unigrams: [Float]

  /// Trains on a text.
  ///
  /// - Parameters:
  ///   - order: the number of tokens of the longest sequences that are counted, 1 ... 16.
  ///   - unit: whether a token is a word or a character.
  /// - Throws: ``NGramModelError`` when the text has no words, or the order is out of range.
  public init(
    trainedOn text: String, order: Int, unit: TextUnit = .words, smoothing: NGramSmoothing = .kneserNey
  ) throws(NGramModelError) {
    guard (1...16).contains(order) else { throw .orderOutOfRange(order) }
    let corpus = Corpus(text, unit: unit)
    guard corpus.words.count > 1 else { throw .noWords }
    words = TextVocabulary(words: corpus.words, unit: unit, endToken: 0)
    self.order = order
    self.smoothing = smoothing
    trainingTokens = corpus.stream.count - 1
    counts = NGramCounts(of: corpus.stream, endToken: 0, order: order)
    levels = smoothing.levels(of: counts)
    let uniform = Double(levels[0].left[0]) / Double(words.count)
    unigrams = levels[0].added.map { Float(log(Double($0) + uniform)) }
  }

  public var vocabulary: any Vocabulary { words }
  public var endTokens: [Int] { [0] }

  public func read(_ prompts: [[Int]]) async throws -> ForwardOutput {
    output(prompts.map { prompt in [prompt.reduce(Context.beginning) { self.context(after: $0, Int32($1)) }] })
  }

  public func forward(_ inputs: [ForwardInput], rows: ForwardRows) async throws -> ForwardOutput {
    output(
      try inputs.map { input in
        var context = try input.state.content(Context.self)
        var all: [Context] = []
        for token in input.tokens {
          context = self.context(after: context, Int32(token))
          all.append(context)
        }
        return rows == .all ? all : [context]
      })
  }

  /// The rows after each of the contexts, and each input's last context as its state.
  private func output(_ contexts: [[Context]]) -> ForwardOutput {
    var values: [Float] = []
    values.reserveCapacity(contexts.reduce(0) { $0 + $1.count } * words.count)
    for context in contexts.joined() { appendRow(after: context, to: &values) }
    return ForwardOutput(
      logits: Logits(vocabularySize: words.count, values: values, areLogProbabilities: true), states: contexts.map { ModelState($0.last!) })
  }
}

extension NGramModel {
  /// The longest end of a text that was seen in training: a place in a level of the counts.
  private struct Context: Sendable {
    var length: Int
    var node: Int32

    /// Before the first token: after the end of the text before. The end token has the first place of the first level.
    static let beginning = Context(length: 1, node: 0)
  }

  private func context(after context: Context, _ token: Int32) -> Context {
    if order == 1 { return Context(length: 0, node: 0) }
    if token == 0 { return .beginning }
    var context = context
    while true {
      if context.length < order - 1, let child = counts.child(of: context.node, token: token, level: context.length + 1) {
        return Context(length: context.length + 1, node: child)
      }
      // Every token has been seen after nothing, so the search ends there at the latest.
      context = Context(length: context.length - 1, node: counts.levels[context.length].suffix[Int(context.node)])
    }
  }

  /// Writes the log-probabilities of all tokens after the context.
  ///
  /// What the longer contexts add concerns only the tokens that were seen after them; all others get the same share of their
  /// probability without context. So most of the row is one addition per token.
  private func appendRow(after context: Context, to values: inout [Float]) {
    var added: [(token: Int, probability: Double)] = []
    var share = 1.0
    var place = order == 1 ? Context(length: 0, node: 0) : context
    while place.length > 0 {
      let level = levels[place.length]
      for child in counts.levels[place.length].children(of: place.node) {
        added.append((Int(counts.levels[place.length + 1].token[child]), share * Double(level.added[child])))
      }
      share *= Double(level.left[Int(place.node)])
      place = Context(length: place.length - 1, node: counts.levels[place.length].suffix[Int(place.node)])
    }
    let start = values.count
    let logShare = Float(log(share))
    values.append(contentsOf: unigrams.lazy.map { $0 + logShare })
    guard !added.isEmpty else { return }
    added.sort { $0.token < $1.token }
    var index = 0
    while index < added.count {
      let token = added[index].token
      var sum = share * exp(Double(unigrams[token]))
      while index < added.count, added[index].token == token {
        sum += added[index].probability
        index += 1
      }
      values[start + token] = Float(log(sum))
    }
  }
}

/// A text as numbers: the end token, then every paragraph followed by the end token.
private struct Corpus {
  /// The end token's name, then the words in the order in which they first occur.
  private(set) var words = ["<end>"]
  private(set) var stream: [Int32] = [0]

  init(_ text: String, unit: TextUnit) {
    var tokens: [Substring: Int32] = [:]
    for paragraph in Corpus.paragraphs(of: text) {
      let parts = unit.parts(of: paragraph)
      for part in parts {
        if let token = tokens[part] {
          stream.append(token)
        } else {
          let token = Int32(words.count)
          tokens[part] = token
          words.append(String(part))
          stream.append(token)
        }
      }
      if !parts.isEmpty { stream.append(0) }
    }
  }

  private static func paragraphs(of text: String) -> [String] {
    var paragraphs: [String] = []
    var lines: [Substring] = []
    // Bytes, because «\r\n» is one Character.
    for line in text.utf8.split(separator: 10, omittingEmptySubsequences: false).map({ Substring($0) }) {
      if line.utf8.allSatisfy({ $0 == 32 || $0 == 9 || $0 == 13 }) {
        if !lines.isEmpty { paragraphs.append(lines.joined(separator: "\n")) }
        lines = []
      } else {
        lines.append(line.utf8.last == 13 ? Substring(line.utf8.dropLast()) : line)
      }
    }
    if !lines.isEmpty { paragraphs.append(lines.joined(separator: "\n")) }
    return paragraphs
  }
}

extension NGramModel: CustomStringConvertible {
  public var description: String {
    let unit = words.unit == .characters ? "characters" : "words"
    let sequences = counts.levels.dropFirst().map(\.token.count).reduce(0, +)
    return "NGramModel of order \(order): \(words.count) \(unit), \(sequences) sequences, trained on \(trainingTokens) tokens"
  }
}

/// Why an n-gram model could not be trained.
public enum NGramModelError: Error, Equatable, CustomStringConvertible {
  case orderOutOfRange(Int)
  case noWords

  public var description: String {
    switch self {
    case .orderOutOfRange(let order): "An n-gram model has an order from 1 to 16, not \(order)."
    case .noWords: "The text has no words to train on."
    }
  }
}
