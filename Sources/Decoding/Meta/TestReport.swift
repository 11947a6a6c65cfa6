import Display
internal import Glibc

/// A verdict for each test of a program.
public struct TestReport: Sendable, Equatable {
  /// The program that was run, as it was found in the text.
  public let program: String
  public let tests: [String]
  /// One for each test.
  public let verdicts: [TestVerdict]

  public var passed: Int { verdicts.count { $0 == .passed } }
  public var hasPassed: Bool { passed == tests.count }

  /// The share of passed tests; what is wrong with the first that did not.
  public var judgement: Judgement {
    Judgement(score: Double(passed) / Double(tests.count), isAccepted: hasPassed, feedback: feedback)
  }

  private var feedback: String? {
    guard let index = verdicts.firstIndex(where: { $0 != .passed }) else { return nil }
    if case .notCompiled = verdicts[index] { return "The program \(verdicts[index])." }
    return "«\(tests[index])» \(verdicts[index])."
  }
}

extension TestReport: Displayable, CustomStringConvertible {
  public var table: Table {
    Table(zip(tests, verdicts).map { ($0, $1) }, caption: "\(passed) of \(tests.count) tests passed") {
      Column("test", { $0.0 })
      Column("verdict", { "\($0.1)" })
    }
  }
  public var mimeBundle: MIMEBundle { table.mimeBundle }
  public var description: String { table.description }
}

let processorCount = max(1, sysconf(Int32(_SC_NPROCESSORS_ONLN)))

/// Where the program is in what a model has written.
struct ProgramText {
  let program: String

  init(_ text: String, after beginning: String, language: TestCases.Language) {
    let fenced = ProgramText.fenced(text)
    let code = fenced ?? text
    guard !beginning.isEmpty else {
      program = code
      return
    }
    // An answer between fences usually has the whole function again.
    let head = beginning.split(separator: "\n").first { $0.contains("def ") || $0.contains("func ") }.map(String.init)
    if fenced != nil, let head, code.contains(head.split(separator: "(")[0]) {
      program = code
      return
    }
    switch language {
    case .python: program = beginning + ProgramText.indented(code)
    case .swift: program = ProgramText.balanced(beginning, code)
    }
  }

  /// What stands between the first ``` and the next one, or the end.
  private static func fenced(_ text: String) -> String? {
    let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
    func isFence(_ line: Substring) -> Bool { line.drop { $0 == " " }.hasPrefix("```") }
    guard let start = lines.firstIndex(where: isFence) else { return nil }
    let end = lines[(start + 1)...].firstIndex(where: isFence) ?? lines.endIndex
    return lines[(start + 1)..<end].joined(separator: "\n")
  }

  /// The first line, and those after it up to the first that is not indented: a model that goes on with a function writes the next one as well.
  private static func indented(_ code: String) -> String {
    let lines = code.split(separator: "\n", omittingEmptySubsequences: false)
    let end = lines.dropFirst().firstIndex { line in
      !(line.first?.isWhitespace ?? true) && !")]}#".contains(line.first!)
    }
    return lines[..<(end ?? lines.endIndex)].joined(separator: "\n")
  }

  /// The code up to where the braces that the beginning opened are closed.
  private static func balanced(_ beginning: String, _ code: String) -> String {
    var depth = beginning.reduce(0) { $0 + ($1 == "{" ? 1 : $1 == "}" ? -1 : 0) }
    guard depth > 0 else { return beginning + code }
    for index in code.indices {
      if code[index] == "{" { depth += 1 }
      if code[index] == "}" { depth -= 1 }
      if depth == 0 { return beginning + code[...index] }
    }
    return beginning + code
  }
}
