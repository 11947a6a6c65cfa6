import Foundation
import LanguageModels
import Testing

@testable import Grammars

@Suite("The syntax of Python") struct PythonSyntaxTests {
  private let python = PythonSyntax()

  @Test("Complete is what could be run as it stands, open what has to go on, wrong what nothing can mend")
  func example() {
    #expect(verdicts(python, "x = f(1)") == "ccoocooc")
    #expect(verdicts(python, "if x:\n  y\nz") == "coooooooccc")
    #expect(verdicts(python, "a b") == "ccw")
    #expect(verdicts(python, "1if") == "coo")
    #expect(verdict(python, "def f(a, /, b=1, *, c, **d) -> int:\n\treturn a") == .complete)
    #expect(verdict(python, "") == .complete)
  }

  @Test(
    "Wrong is said at the first byte that nothing can mend, with a reason",
    arguments: [
      (
        "f() = ", "f() = ",
        "line 1: «=» cannot stand here; allowed are «NEWLINE», «and», «if», «in», «is», «not», «or», «+», «-», «*», «/», «//» and 19 more."
      ),
      ("x = (1, 2]", "x = (1, 2]", nil), ("for x in y\n", "for x in y\n", nil), ("if x:\ny", "if x:\ny", nil),
      ("  x", "  x", nil),
      ("if a:\n    b\n  c", "if a:\n    b\n  c", "line 3: the line is indented less than its block, and not as any block around it."),
      ("if a:\n\tb\n        c", "if a:\n\tb\n        c", "line 3: tabs and spaces are mixed so that the width of a tab matters."),
      ("'abc\n", "'abc\n", "line 1: the text has no closing quote in its line."),
      ("x = 012 ", "x = 012 ", "line 1: a number other than 0 does not begin with 0."),
      ("1__0", "1__", "line 1: «_» stands between two digits of a number."), ("0xg", "0xg", nil), ("x = 5 y", "x = 5 y", nil),
      ("return 1", "return ", nil), ("break ", "break ", nil), ("'\\xg", "'\\xg", nil),
      ("def f(a=1, b)", "def f(a=1, b)", nil), ("f(a=1, b)", "f(a=1, b)", nil), ("f'{'", "", nil), ("f'{}'", "f'{}", nil),
      ("f'}x'", "f'}x", nil),
      ("f'{a!=}", "f'{a!=}", nil), ("else:", "else:", nil), ("x = “", "x = “", "line 1: «“» cannot be part of a name."), ("$", "$", nil),
      ("a ? b", "a ?", nil),
      ("import a.b as c.d", "import a.b as c.", nil), ("class A:\n  return\n", "class A:\n  return\n", nil), ("del f()", "", nil),
      ("x = yield = 1", "x = yield =", nil),
      ("print \"a\"", "print \"", nil), ("lambda x: yield", "", nil), ("*a", "", nil), ("(*a)", "(*a)", nil),
      ("match x:\n  case 1 + 2:\n", "", nil),
    ] as [(String, String, String?)])
  func wrong(text: String, beginning: String, reason: String?) {
    guard !beginning.isEmpty else { return }
    var state = python.begin()
    var read = 0
    for byte in text.utf8 {
      state.accept([byte])
      read += 1
      if state.verdict == .wrong { break }
    }
    #expect(state.verdict == .wrong, "\(text)")
    #expect(String(decoding: text.utf8.prefix(read), as: UTF8.self) == beginning)
    if let reason { #expect(state.problem == reason) }
  }

  struct Program: Decodable {
    var text: String
    var isAccepted: Bool
  }

  static let programs: [Program] = {
    let path = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appendingPathComponent("Fixtures/programs.json")
    return try! JSONDecoder().decode([Program].self, from: Data(contentsOf: path))
  }()

  @Test("What CPython compiles is complete, no beginning of it is wrong, and what is wrong CPython refuses")
  func agreement() {
    var noticed = 0
    var refused = 0
    for program in Self.programs {
      var state = python.begin()
      for byte in program.text.utf8 { state.accept([byte]) }
      if program.isAccepted {
        #expect(state.verdict == .complete, "\(program.text)\n\(state.problem ?? "open")")
      } else {
        refused += 1
        if state.verdict != .complete { noticed += 1 }
      }
    }
    // What only the compiler sees is a small part of what CPython refuses.
    #expect(Double(noticed) > 0.9 * Double(refused), "\(noticed) of \(refused)")
  }

  @Test("A mask is what trying every token gives")
  func masks() {
    let tokens = tokenBytes(
      [
        "de", "def", " ", "  ", "\n", "\n    ", "x", "()", "):", ":", " = ", "==", "1", ".5", "'", "\"\"\"", "#", "return", " in", "f'{",
        "}", "é", "\\", "(", ",", "not ", "\t", "xyz_1", "xyz_1'", "abc def", "abc: d", "if1", "dog",
      ]
      .map { Array($0.utf8) } + [[0xC3], [0xA9]])
    for text in [
      "", "def f", "def f():", "def f():\n", "x = (", "for x", "f'{a", "'a", "if x:\n    y\n", "1", "a.", "x = \"\"\"\n", "é", "# c",
      "x = 'ab", "word",
    ] {
      var state = python.begin()
      state.accept(Array(text.utf8)[...])
      let mask = state.mask(of: tokens, isFirst: false)!
      for token in 0..<tokens.count {
        #expect(mask.contains(token) == (state.verdict(after: tokens.bytes(of: token, isFirst: false)) != .wrong), "\(text) \(token)")
      }
    }
  }
}
