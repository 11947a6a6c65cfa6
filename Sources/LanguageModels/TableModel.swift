internal import Glibc
import Display

/// A decoder written out as a table of conditional probabilities: what comes next after each beginning.
///
/// ```swift
/// let decoder = try TableModel([
///   "":        ["neural": 0.55, "network": 0.45],
///   "neural":  ["neural": 0.51, "network": 0.49],
///   "network": ["neural": 0.55, "network": 0.45],
/// ])
/// ```
/// After a text, the row holds whose words are the longest end of that text: after «neural network» the row `"network"`, unless there
/// is a row `"neural network"`. The row `""` is the beginning. A word that a row leaves out has probability 0 there. Words get
/// their numbers in the order in which they first occur.
public struct TableModel: LanguageModel {
  public let words: TextVocabulary
  /// Beginning → row; `rows[index]` are log-probabilities, a row for each beginning in the order of the table.
  private let indices: [[Int]: Int]
  private let contexts: [[Int]]
  private let rows: [[Float]]
  private let longest: Int

  /// - Parameters:
  ///   - table: beginning → word → probability; the probabilities of a row add up to 1.
  ///   - end: the word that ends a text, where one does.
  /// - Throws: ``TableModelError``, which says which row is wrong.
  public init(_ table: KeyValuePairs<String, KeyValuePairs<String, Double>>, end: String? = nil) throws(TableModelError) {
    try self.init(rows: table.map { ($0.key, $0.value.map { ($0.key, $0.value) }) }, end: end)
  }

  /// The same from rows that are computed or read.
  public init(
    rows table: [(after: String, probabilities: [(word: String, probability: Double)])], end: String? = nil
  ) throws(TableModelError) {
    var names: [String] = []
    for row in table {
      for entry in row.probabilities where !names.contains(entry.word) { names.append(entry.word) }
    }
    if let end, !names.contains(end) { throw .endIsUnknown(end) }
    for name in names where name.isEmpty || name.contains(where: \.isWhitespace) { throw .notAWord(name) }
    words = TextVocabulary(words: names, unit: .spacedWords, endToken: end.flatMap { names.firstIndex(of: $0) })
    var indices: [[Int]: Int] = [:]
    var contexts: [[Int]] = []
    var rows: [[Float]] = []
    for (context, row) in table {
      let tokens = try TableModel.tokens(of: context, names: names, end: end)
      guard indices.updateValue(rows.count, forKey: tokens) == nil else { throw .rowTwice(context) }
      contexts.append(tokens)
      rows.append(try TableModel.logProbabilities(row, after: context, names: names))
    }
    guard indices[[]] != nil else { throw .noBeginning }
    self.indices = indices
    self.contexts = contexts
    self.rows = rows
    longest = contexts.map(\.count).max() ?? 0
  }

  private static func tokens(of context: String, names: [String], end: String?) throws(TableModelError) -> [Int] {
    var tokens: [Int] = []
    for word in context.split(whereSeparator: \.isWhitespace).map(String.init) {
      guard let token = names.firstIndex(of: word) else { throw .wordIsUnknown(word, context: context) }
      if word == end { throw .goesOnAfterEnd(context) }
      tokens.append(token)
    }
    return tokens
  }

  private static func logProbabilities(
    _ row: [(word: String, probability: Double)], after context: String, names: [String]
  ) throws(TableModelError) -> [Float] {
    var probabilities = [Double?](repeating: nil, count: names.count)
    for (word, probability) in row {
      guard probability >= 0, probability <= 1 else { throw .notAProbability(probability, word: word, context: context) }
      let token = names.firstIndex(of: word)!
      guard probabilities[token] == nil else { throw .wordTwice(word, context: context) }
      probabilities[token] = probability
    }
    let sum = probabilities.reduce(0) { $0 + ($1 ?? 0) }
    guard abs(sum - 1) <= 1e-6 else { throw .doesNotAddUp(sum, context: context) }
    return probabilities.map { Float(log($0 ?? 0)) }
  }

  public var vocabulary: any Vocabulary { words }
  public var endTokens: [Int] { words.endToken.map { [$0] } ?? [] }

  public func read(_ prompts: [[Int]]) async throws -> ForwardOutput {
    let ends = prompts.map { Array($0.suffix(longest)) }
    return ForwardOutput(logits: logits(after: ends), states: ends.map { ModelState($0) })
  }

  public func forward(_ inputs: [ForwardInput], rows: ForwardRows) async throws -> ForwardOutput {
    var afterEach: [[Int]] = []
    var states: [ModelState] = []
    for input in inputs {
      var end = try input.state.content([Int].self)
      for (index, token) in input.tokens.enumerated() {
        end = Array((end + [token]).suffix(longest))
        if rows == .all || index + 1 == input.tokens.count { afterEach.append(end) }
      }
      states.append(ModelState(end))
    }
    return ForwardOutput(logits: logits(after: afterEach), states: states)
  }

  private func logits(after texts: [[Int]]) -> Logits {
    Logits(vocabularySize: words.count, values: texts.flatMap { rows[row(after: $0)] }, areLogProbabilities: true)
  }

  private func row(after text: [Int]) -> Int {
    var end = text[...]
    while true {
      if let row = indices[Array(end)] { return row }
      end.removeFirst()
    }
  }
}

extension TableModel: Displayable, CustomStringConvertible {
  /// The table: a row for each beginning, a column for each word.
  public var table: Table {
    let columns = [TableColumn("after")] + words.words.map { TableColumn($0, format: .fixed(3)) }
    let lines = zip(contexts, rows).map { context, row in
      [TableCell.text(context.isEmpty ? "(start)" : words.label(of: context))] + row.map { .number(Double(expf($0))) }
    }
    return Table(columns: columns, rows: lines)
  }

  public var mimeBundle: MIMEBundle { table.mimeBundle }
  public var description: String { "TableModel of \(words.count) words and \(rows.count) rows" }
}
