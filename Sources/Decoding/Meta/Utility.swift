internal import Glibc

/// How good a text is if another one is the truth: 1 for as good as can be.
///
/// ```swift
/// Utility.chrF.value(of: "the cat sat", against: "the cat sits")
/// Utility.embedding("MiniLM") { try minilm.embeddings(of: $0) }
/// ```
/// Words are what ``unigramF1`` and ``rougeL`` count: letters and digits that stand together, in lower case.
public struct Utility: Sendable, CustomStringConvertible {
  private enum Kind: Sendable {
    case pair(@Sendable (_ hypothesis: String, _ reference: String) -> Double)
    case vectors(@Sendable ([String]) async throws -> [[Float]])
  }

  private let name: String
  private let kind: Kind

  private init(_ name: String, _ kind: Kind) {
    self.name = name
    self.kind = kind
  }

  /// 1 for the same text, 0 for every other.
  public static let exactMatch = Utility(".exactMatch", .pair { $0 == $1 ? 1 : 0 })

  /// The harmonic mean of precision and recall over words, each counted as often as it occurs.
  ///
  /// Source: Rajpurkar et al. 2016, «SQuAD», section 6.1, without its removal of articles.
  public static let unigramF1 = Utility(".unigramF1", .pair { TextOverlap.unigramF1($0, $1) })

  /// BLEU of a sentence: n-grams up to 4, brevity penalty, tokens as in mteval-v13a, and n-grams without a match smoothed by 1/2, 1/4, ….
  ///
  /// Source: Papineni et al. 2002; agrees with sacreBLEU's `sentence_bleu`, divided by 100.
  public static let bleu = Utility(".bleu", .pair { BLEU.sentence($0, $1) })

  /// The F-score with β = 2 over sequences of 1 to 6 characters, white space left out.
  ///
  /// Source: Popović 2015; agrees with sacreBLEU's `sentence_chrf`, divided by 100.
  public static let chrF = Utility(".chrF", .pair { TextOverlap.chrF($0, $1) })

  /// The F1 of the longest common subsequence of words.
  ///
  /// Source: Lin 2004; agrees with the package rouge-score without stemming, for English.
  public static let rougeL = Utility(".rougeL", .pair { TextOverlap.rougeL($0, $1) })

  /// 1 less the edit distance over characters, divided by the length of the longer text.
  ///
  /// Source: Levenshtein 1966.
  public static let editSimilarity = Utility(".editSimilarity", .pair { TextOverlap.editSimilarity($0, $1) })

  /// The cosine of the angle between vectors that a function gives for texts: `{ try minilm.embeddings(of: $0) }`.
  public static func embedding(_ name: String, _ vectors: @escaping @Sendable ([String]) async throws -> [[Float]]) -> Utility {
    Utility(".embedding(\"\(name)\")", .vectors(vectors))
  }

  /// What a function of a text and the supposed truth gives.
  public static func custom(_ name: String, _ value: @escaping @Sendable (_ text: String, _ truth: String) -> Double) -> Utility {
    Utility(".custom(\"\(name)\")", .pair(value))
  }

  /// The utility of one text if the other is the truth.
  public func value(of text: String, against truth: String) async throws -> Double { try await matrix([text, truth])[0][1] }

  /// `[text][truth]`: the utility of every text against every one.
  func matrix(_ texts: [String]) async throws -> [[Double]] {
    switch kind {
    case .pair(let value): return texts.map { text in texts.map { value(text, $0) } }
    case .vectors(let embed):
      let vectors = try await embed(texts)
      guard vectors.count == texts.count, Set(vectors.map(\.count)).count <= 1 else {
        throw MetaGenerationError.judgements(by: name, count: vectors.count, texts: texts.count)
      }
      let lengths = vectors.map { $0.reduce(0) { $0 + Double($1) * Double($1) }.squareRoot() }
      return vectors.indices.map { i in
        vectors.indices.map { j in
          let product = zip(vectors[i], vectors[j]).reduce(0) { $0 + Double($1.0) * Double($1.1) }
          return lengths[i] > 0 && lengths[j] > 0 ? product / (lengths[i] * lengths[j]) : 0
        }
      }
    }
  }

  public var description: String { name }
}

/// Overlaps of words and characters.
enum TextOverlap {
  static func words(of text: String) -> [String] {
    text.lowercased().unicodeScalars.split { scalar in
      !(scalar.properties.isAlphabetic || scalar.properties.numericType != nil)
    }.map { String(String.UnicodeScalarView($0)) }
  }

  /// How many elements two lists have in common, each as often as it is in both.
  private static func common<Element: Hashable>(_ left: [Element], _ right: [Element]) -> Int {
    var counts: [Element: Int] = [:]
    for element in right { counts[element, default: 0] += 1 }
    return left.count { element in
      guard let count = counts[element], count > 0 else { return false }
      counts[element] = count - 1
      return true
    }
  }

  private static func f1(common: Int, _ left: Int, _ right: Int) -> Double {
    if left == 0, right == 0 { return 1 }
    return 2 * Double(common) / Double(left + right)
  }

  static func unigramF1(_ hypothesis: String, _ reference: String) -> Double {
    let (left, right) = (words(of: hypothesis), words(of: reference))
    return f1(common: common(left, right), left.count, right.count)
  }

  static func rougeL(_ hypothesis: String, _ reference: String) -> Double {
    let (left, right) = (words(of: hypothesis), words(of: reference))
    var row = [Int](repeating: 0, count: right.count + 1)
    for word in left {
      var diagonal = 0
      for column in right.indices {
        let above = row[column + 1]
        row[column + 1] = word == right[column] ? diagonal + 1 : max(above, row[column])
        diagonal = above
      }
    }
    return f1(common: row[right.count], left.count, right.count)
  }

  static func editSimilarity(_ hypothesis: String, _ reference: String) -> Double {
    let (left, right) = (Array(hypothesis.unicodeScalars), Array(reference.unicodeScalars))
    if left.isEmpty, right.isEmpty { return 1 }
    var row = Array(0...right.count)
    for (index, scalar) in left.enumerated() {
      var diagonal = row[0]
      row[0] = index + 1
      for column in right.indices {
        let above = row[column + 1]
        row[column + 1] = min(diagonal + (scalar == right[column] ? 0 : 1), above + 1, row[column] + 1)
        diagonal = above
      }
    }
    return 1 - Double(row[right.count]) / Double(max(left.count, right.count))
  }

  static func chrF(_ hypothesis: String, _ reference: String) -> Double {
    let left = hypothesis.unicodeScalars.filter { !$0.properties.isWhitespace }
    let right = reference.unicodeScalars.filter { !$0.properties.isWhitespace }
    var (precision, recall, orders) = (0.0, 0.0, 0.0)
    for length in 1...6 {
      let (written, wanted) = (nGrams(Array(left), length), nGrams(Array(right), length))
      guard !written.isEmpty, !wanted.isEmpty else { continue }
      let matches = Double(common(written, wanted))
      precision += matches / Double(written.count)
      recall += matches / Double(wanted.count)
      orders += 1
    }
    guard orders > 0, precision + recall > 0 else { return 0 }
    return 5 * precision * recall / (4 * precision + recall) / orders
  }

  static func nGrams<Element>(_ elements: [Element], _ length: Int) -> [[Element]] {
    guard elements.count >= length else { return [] }
    return (0...elements.count - length).map { Array(elements[$0..<$0 + length]) }
  }

  static func matches(_ left: [[String]], _ right: [[String]]) -> Int { common(left, right) }
}

/// BLEU of one sentence against one reference.
enum BLEU {
  static func sentence(_ hypothesis: String, _ reference: String) -> Double {
    let (left, right) = (tokens(of: hypothesis), tokens(of: reference))
    guard !left.isEmpty else { return 0 }
    var logarithms = 0.0
    var orders = 0.0
    var smoothing = 1.0
    var hasMatch = false
    for length in 1...4 {
      let written = TextOverlap.nGrams(left, length)
      if written.isEmpty { break }
      let matches = TextOverlap.matches(written, TextOverlap.nGrams(right, length))
      hasMatch = hasMatch || matches > 0
      if matches == 0 { smoothing *= 2 }
      logarithms += log((matches == 0 ? 1 / smoothing : Double(matches)) / Double(written.count))
      orders += 1
    }
    guard hasMatch else { return 0 }
    let brevity = left.count < right.count ? 1 - Double(right.count) / Double(left.count) : 0
    return exp(brevity + logarithms / orders)
  }

  /// As mteval-v13a has it: signs stand alone, but for points and commas inside numbers and hyphens that follow no digit.
  static func tokens(of text: String) -> [String] {
    var text = text.replacing("<skipped>", with: "").replacing("-\n", with: "").replacing("\n", with: " ")
    if text.contains("&") {
      text = text.replacing("&quot;", with: "\"").replacing("&amp;", with: "&").replacing("&lt;", with: "<").replacing("&gt;", with: ">")
    }
    let scalars = [" "] + Array(text.unicodeScalars) + [" "]
    func isDigit(_ index: Int) -> Bool { scalars.indices.contains(index) && (48...57).contains(scalars[index].value) }
    var spaced = String.UnicodeScalarView()
    for (index, scalar) in scalars.enumerated() {
      let stands: Bool
      switch scalar.value {
      case 0x21...0x26, 0x28...0x2B, 0x2F, 0x3A...0x40, 0x5B...0x60, 0x7B...0x7E: stands = true
      case 0x2C, 0x2E: stands = !isDigit(index - 1) || !isDigit(index + 1)
      case 0x2D: stands = isDigit(index - 1)
      default: stands = false
      }
      if stands { spaced.append(" ") }
      spaced.append(scalar)
      if stands { spaced.append(" ") }
    }
    return String(spaced).split(whereSeparator: \.isWhitespace).map(String.init)
  }
}
