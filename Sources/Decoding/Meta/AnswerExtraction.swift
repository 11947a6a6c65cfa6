internal import _StringProcessing

/// How the answer is found in a text, so that texts that say the same in other words can vote for the same.
///
/// ```swift
/// AnswerExtraction.integer.answer(in: "17 + 25 = 42. So the answer is 42.")   // "42"
/// nucleus.majority(of: 8, answer: .integer)
/// ```
/// An answer is written in one form: `1,024` and `1024.0` are both `1024` for ``integer``.
public struct AnswerExtraction: Sendable, CustomStringConvertible {
  private let name: String
  private let find: @Sendable (String) -> String?

  init(name: String, _ find: @escaping @Sendable (String) -> String?) {
    self.name = name
    self.find = find
  }

  /// The answer; nil where there is none.
  public func answer(in text: String) -> String? { find(text) }

  /// An integer: the first one after the last «####», «answer is», «answer:» or «Answer:», otherwise the last one of the text.
  ///
  /// Commas between thousands are left out; `3.5` is no integer, `3.0` is.
  public static let integer = AnswerExtraction(name: ".integer") { text in
    AnswerScan.decisive(text) { AnswerScan.numbers(in: $0).filter { !$0.contains(".") } }
  }

  /// A number, found like ``integer``; zeros that say nothing are left out: `3.50` is `3.5`.
  public static let number = AnswerExtraction(name: ".number") { text in AnswerScan.decisive(text) { AnswerScan.numbers(in: $0) } }

  /// What stands in the braces of the last `\boxed{…}`, braces inside it included, white space around it left out.
  public static let boxed = AnswerExtraction(name: ".boxed") { AnswerScan.boxed(in: $0) }

  /// The whole text, white space around it left out; an empty one is no answer.
  public static let wholeText = AnswerExtraction(name: ".wholeText") { text in
    let text = AnswerScan.trimmed(text[...])
    return text.isEmpty ? nil : text
  }

  /// One of several letters that stands alone, `B`, `(B)` or `B.`: found like ``integer``. The article «A» and the word «I» are none.
  ///
  /// - Parameter letters: the letters that may be chosen, upper case: at least two.
  public static func choice(_ letters: String = "ABCD") -> AnswerExtraction {
    require(
      letters.count >= 2 && letters.allSatisfy { $0.isUppercase && $0.isASCII },
      ".choice(\"\(letters)\"): at least two letters from A to Z are needed.")
    return AnswerExtraction(name: ".choice(\"\(letters)\")") { text in
      AnswerScan.decisive(text) { AnswerScan.letters(in: $0, among: letters) }
    }
  }

  /// The last match of a regular expression: its first group where it has one, otherwise all of it.
  ///
  /// - Parameter pattern: as Swift's `Regex` reads it: `#"x = (\d+)"#`.
  public static func regex(_ pattern: String) -> AnswerExtraction {
    do { _ = try Regex(pattern) } catch { require(false, ".regex(\"\(pattern)\"): this is no regular expression: \(error)") }
    return AnswerExtraction(name: ".regex(\"\(pattern)\")") { text in
      // Compiled here: a regular expression may not be shared between threads.
      guard let match = (try? Regex(pattern)).flatMap({ text.matches(of: $0).last }) else { return nil }
      let place = match.output.count > 1 ? match.output[1].range : match.range
      return place.map { String(text[$0]) }
    }
  }

  /// What a function finds; nil for no answer.
  public static func custom(_ name: String, _ find: @escaping @Sendable (String) -> String?) -> AnswerExtraction {
    AnswerExtraction(name: ".custom(\"\(name)\")", find)
  }

  public var description: String { name }
}

/// The scanners behind the extractions.
enum AnswerScan {
  /// The first find after the last words that announce an answer; without such words, or without a find after them, the last of all.
  static func decisive(_ text: String, _ finds: (Substring) -> [String]) -> String? {
    let markers = ["####", "answer is", "answer:", "Answer:", "Answer is"]
    let announced = markers.compactMap { text.ranges(of: $0).last?.upperBound }.max()
    if let announced, let first = finds(text[announced...]).first { return first }
    return finds(text[...]).last
  }

  static func trimmed(_ text: Substring) -> String {
    var text = text
    while text.first?.isWhitespace ?? false { text.removeFirst() }
    while text.last?.isWhitespace ?? false { text.removeLast() }
    return String(text)
  }

  /// The numbers of a text in one form: `-1,024.50` is `-1024.5`. Digits that belong to a word, as in «B2», are none.
  static func numbers(in text: Substring) -> [String] {
    let scalars = Array(text.unicodeScalars)
    func isDigit(_ index: Int) -> Bool { scalars.indices.contains(index) && (48...57).contains(scalars[index].value) }
    func isWord(_ index: Int) -> Bool {
      scalars.indices.contains(index) && (scalars[index].properties.isAlphabetic || scalars[index] == "_" || isDigit(index))
    }
    var numbers: [String] = []
    var index = 0
    while index < scalars.count {
      guard isDigit(index), !isWord(index - 1) else {
        index += 1
        continue
      }
      var isNegative = false
      if index > 0, scalars[index - 1] == "-" || scalars[index - 1] == "−" {
        // «17 - 25» and «17-25» subtract; a sign has nothing before it that could be subtracted from.
        var before = index - 2
        while before >= 0, scalars[before] == " " { before -= 1 }
        isNegative = before < 0 || !(isWord(before) || scalars[before] == ")") || (before < index - 2 && !isDigit(before))
      }
      var whole = ""
      while isDigit(index) || (index < scalars.count && scalars[index] == "," && isGroup(after: index)) {
        if scalars[index] != "," { whole.unicodeScalars.append(scalars[index]) }
        index += 1
      }
      var fraction = ""
      if index < scalars.count, scalars[index] == ".", isDigit(index + 1) {
        index += 1
        while isDigit(index) {
          fraction.unicodeScalars.append(scalars[index])
          index += 1
        }
      }
      numbers.append(written(whole, fraction, isNegative: isNegative))
    }
    return numbers

    func isGroup(after comma: Int) -> Bool { (1...3).allSatisfy { isDigit(comma + $0) } && !isDigit(comma + 4) }
  }

  private static func written(_ whole: String, _ fraction: String, isNegative: Bool) -> String {
    let digits = whole.drop { $0 == "0" }
    var rest = fraction[...]
    while rest.last == "0" { rest.removeLast() }
    let number = (digits.isEmpty ? "0" : String(digits)) + (rest.isEmpty ? "" : "." + rest)
    return isNegative && number != "0" ? "-" + number : number
  }

  static func boxed(in text: String) -> String? {
    guard let start = text.ranges(of: "\\boxed{").last?.upperBound else { return nil }
    var depth = 1
    var index = start
    while index < text.endIndex {
      if text[index] == "{" { depth += 1 }
      if text[index] == "}" { depth -= 1 }
      if depth == 0 { return trimmed(text[start..<index]) }
      index = text.index(after: index)
    }
    return nil
  }

  static func letters(in text: Substring, among letters: String) -> [String] {
    let characters = Array(text)
    return characters.indices.compactMap { index in
      guard letters.contains(characters[index]) else { return nil }
      func isWord(_ index: Int) -> Bool {
        characters.indices.contains(index)
          && (characters[index].isLetter || characters[index].isNumber || "'’_".contains(characters[index]))
      }
      if isWord(index - 1) || isWord(index + 1) { return nil }
      // «A man», «I think».
      let goesOn = index + 2 < characters.count && characters[index + 1] == " " && characters[index + 2].isLowercase
      if "AI".contains(characters[index]), goesOn { return nil }
      return String(characters[index])
    }
  }
}
