import Display

/// A line at the beginning of a cell that speaks to the kernel: `%time`, `%package ../Geometry Geometry`.
///
/// Directives stand before the first line of Swift; blank lines and comments may stand between them. Behind the name come words, a word
/// with spaces in quotes.
struct Directive: Equatable {
  enum Name: String, CaseIterable {
    case help, time, optimise, vars, package, limit, restart
  }

  var name: Name
  var arguments: [String]
  /// Its line in the cell, from 1.
  var line: Int

  /// A line that begins with `%` and is no directive.
  struct Mistake: Error, Equatable {
    var message: String
    var line: Int
  }

  /// How the directive is written.
  static func usage(_ name: Name) -> String {
    switch name {
    case .package: "%package PATH-OR-URL [VERSION] [PRODUCT …]"
    case .limit: "%limit CHARACTERS"
    default: "%\(name.rawValue)"
    }
  }

  /// What it does, in one sentence.
  static func meaning(_ name: Name) -> String {
    switch name {
    case .help: "Lists the directives."
    case .time: "Says how long the cell took to compile and to run, and how much processor time it used."
    case .optimise: "Compiles the cell as a release build does."
    case .vars: "Lists the notebook's variables with their types and values."
    case .package:
      "Brings in a Swift package: builds it, and its modules can be imported from this cell on. Without products, all its libraries."
    case .limit: "Shows so many characters of what the cell prints, and says how many it kept back; «none» shows all."
    case .restart: "Ends the process that holds the variables and starts a fresh one."
    }
  }

  /// All of them, as `%help` shows them.
  static var help: Table {
    Table(
      Name.allCases,
      caption: "Directives stand at the beginning of a cell, before its Swift; several may stand one below the other."
    ) {
      Column("directive", { usage($0) })
      Column("what it does", { meaning($0) })
    }
  }

  /// Takes the directives off a cell: in what is left, spaces stand in their place, so that everything else keeps its own.
  static func cut(from text: String) throws(Mistake) -> (directives: [Directive], swift: String) {
    let (lines, swift) = mask(text)
    var directives: [Directive] = []
    for line in lines { directives.append(try Directive(String(line.text), line: line.number)) }
    return (directives, swift)
  }

  /// The text with spaces in place of all lines that are directives or begin to be some.
  static func masked(_ text: String) -> String { mask(text).swift }

  private static func mask(_ text: String) -> (lines: [(text: Substring, number: Int)], swift: String) {
    guard text.utf8.contains(UInt8(ascii: "%")) else { return ([], text) }
    var found: [(text: Substring, number: Int)] = []
    var swift = String.UnicodeScalarView()
    var number = 0
    var rest = text[...]
    while !rest.isEmpty {
      number += 1
      let line = rest.prefix { !$0.isNewline }
      let words = line.drop { $0.isWhitespace }
      if words.first == "%" {
        found.append((words, number))
        for _ in line.unicodeScalars { swift.append(" ") }
      } else if words.isEmpty || words.hasPrefix("//") {
        swift.append(contentsOf: line.unicodeScalars)
      } else {
        break
      }
      rest = rest[line.endIndex...]
      if let end = rest.first {
        swift.append(contentsOf: end.unicodeScalars)
        rest = rest.dropFirst()
      }
    }
    swift.append(contentsOf: rest.unicodeScalars)
    return found.isEmpty ? ([], text) : (found, String(swift))
  }

  /// The first line that looks like a directive but stands behind Swift, where it is an operator.
  static func misplaced(in text: String) -> Name? {
    for line in masked(text).split(whereSeparator: \.isNewline) {
      let words = line.drop { $0.isWhitespace }
      guard words.first == "%", let word = words.dropFirst().split(whereSeparator: \.isWhitespace).first else { continue }
      if words.dropFirst().hasPrefix(word), let name = Name(rawValue: String(word)) { return name }
    }
    return nil
  }

  /// It does something of its own, before the cell's Swift is compiled.
  var hasEffect: Bool { [.vars, .package, .restart].contains(name) }

  /// What a list of directives changes in how the cell is compiled.
  static func settings(_ directives: [Directive]) -> CellSettings {
    CellSettings(isOptimised: directives.contains { $0.name == .optimise } ? true : nil)
  }

  private init(_ text: String, line: Int) throws(Mistake) {
    let words = try Directive.words(of: text.dropFirst(), line: line)
    guard let first = words.first, let name = Name(rawValue: first) else {
      let written = words.first ?? ""
      let closest = closestWord(to: written, among: Name.allCases.map(\.rawValue))
      let advice = closest.map { "did you mean %\($0)? " } ?? ""
      throw Mistake(message: "there is no directive «%\(written)»; \(advice)%help lists them all", line: line)
    }
    self.name = name
    self.line = line
    arguments = Array(words.dropFirst())
    let expected: ClosedRange<Int> =
      switch name {
      case .package: 1...100
      case .limit: 1...1
      default: 0...0
      }
    if !expected.contains(arguments.count) {
      let extra = expected.upperBound == 0 ? "%\(name.rawValue) takes no arguments; the cell's Swift begins on the next line" : nil
      throw Mistake(message: extra ?? "it is written \(Directive.usage(name))", line: line)
    }
  }

  private static func words(of text: Substring, line: Int) throws(Mistake) -> [String] {
    var words: [String] = []
    var word: String?
    var isQuoted = false
    for character in text {
      if character == "\"" {
        isQuoted.toggle()
        word = word ?? ""
      } else if character.isWhitespace, !isQuoted {
        if let finished = word { words.append(finished) }
        word = nil
      } else {
        word = (word ?? "") + String(character)
      }
    }
    if isQuoted { throw Mistake(message: "a quotation mark is not closed", line: line) }
    return words + (word.map { [$0] } ?? [])
  }
}

/// The word that a person most likely meant: at most a third of its letters are wrong; nil when none is near.
func closestWord(to written: String, among words: [String]) -> String? {
  let found = words.map { ($0, editDistance(written.lowercased(), $0.lowercased())) }.min { $0.1 < $1.1 }
  guard let (word, distance) = found, distance <= max(1, max(word.count, written.count) / 3) else {
    return words.first { written.count > 1 && $0.lowercased().hasPrefix(written.lowercased()) }
  }
  return word
}

/// How many letters must be put in, taken away, replaced or swapped with their neighbour.
private func editDistance(_ first: String, _ second: String) -> Int {
  let first = Array(first)
  let second = Array(second)
  var rows = [Array(0...second.count)]
  for i in 0..<first.count {
    var row = [i + 1]
    for j in 0..<second.count {
      var best = min(rows[i][j + 1] + 1, row[j] + 1, rows[i][j] + (first[i] == second[j] ? 0 : 1))
      if i > 0, j > 0, first[i] == second[j - 1], first[i - 1] == second[j] { best = min(best, rows[i - 1][j - 1] + 1) }
      row.append(best)
    }
    rows.append(row)
  }
  return rows[first.count][second.count]
}
