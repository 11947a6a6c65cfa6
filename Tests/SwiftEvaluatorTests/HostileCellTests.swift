import JupyterKernel
import Testing

@testable import SwiftEvaluator

/// Cells that no person would write, and some that a person writes by mistake: none may take the next good cell away.
@Suite(.serialized) struct HostileCellTests {
  @Test("Odd texts end in one failure or in none, and the notebook goes on")
  func oddTexts() throws {
    let notebook = try TestNotebook()
    notebook.run("var kept = 0")
    for text in oddCells {
      let run = notebook.run(text)
      let shown = run.traceback.joined(separator: "\n") + run.errors
      if !text.contains("_cell") { #expect(!shown.contains("_cell") && !shown.contains("<stdin>"), "\(text.prefix(80))\n\(shown)") }
      if let failure = run.failure { #expect(!failure.message.isEmpty && !failure.traceback.isEmpty, "\(text.prefix(80))") }
      notebook.run("kept += 1")
    }
    #expect(notebook.run("kept").result == "\(oddCells.count)")
  }

  @Test("Names that the evaluator uses are a user's to take")
  func generatedNames() throws {
    let notebook = try TestNotebook()
    notebook.run("func _cellResult(_ x: Int) { print(\"mine\") }\nstruct Cell1 { var n = 1 }\nlet Cell2 = 2\nlet Cell3 = Cell2")
    #expect(notebook.run("Cell1().n + Cell2 + Cell3").failure == nil)
    #expect(notebook.run("let kept = 5\nkept.description").result == "\"5\"")
    #expect(notebook.run("let Swift = 1\nlet Display = 2\nlet CellSupport = 3").failure == nil)
    #expect(notebook.run("[kept].count").result == "1")
    #expect(notebook.run("func _cellReached(_ n: UInt32) {}\nlet after = 1").failure == nil)
    #expect(notebook.run("after").result == "1")
    #expect(notebook.run("enum _Cell9Module {}\n#if os(Linux)\nlet onLinux = true\n#endif").failure == nil)
  }

  @Test(
    "Long cells",
    arguments: [
      ("\"\(String(repeating: "long ", count: 200_000))\".count", "1000000"),
      ("/* \(String(repeating: "x", count: 1_000_000)) */ 1 + 1", "2"),
      ("var n = 0\n" + String(repeating: "n += 1\n", count: 500) + "n", "500"),
      ((0..<1_000).map { "func f\($0)(\n  _ x: Int\n) -> Int {\n  x + \($0)\n}" }.joined(separator: "\n") + "\nf999(1)", "1000"),
      ("let table = [\n" + (0..<5_000).map { "\($0)," }.joined(separator: "\n") + "]\ntable.count", "5000"),
      (String(repeating: "do {\n", count: 100) + "print(1)" + String(repeating: "}\n", count: 100), nil),
      (String(repeating: "\n", count: 50_000) + "50_000", "50000"),
    ] as [(String, String?)])
  func long(text: String, result: String?) throws {
    let notebook = try TestNotebook()
    notebook.run("var kept = 7")
    let run = notebook.run(text)
    #expect(run.failure == nil, "\(run.failure?.message.prefix(200) ?? "")")
    #expect(run.result == result)
    #expect(notebook.run("kept").result == "7")
  }

  @Test("Lines end in line feeds, with or without carriage returns")
  func carriageReturns() throws {
    let notebook = try TestNotebook()
    #expect(notebook.run("let a = 1\r\nlet b = 2\r\na + b").result == "3")
    let run = notebook.run("let c = 1\r\nlet d = missing\r\n")
    #expect(run.traceback == ["In[2]:2:9 error: cannot find 'missing' in scope", "2 │ let d = missing", "  │         ^~~~~~~"])
  }

  @Test("Random damage to real cells", arguments: 0..<4)
  func damaged(seed: UInt64) throws {
    let notebook = try TestNotebook()
    notebook.run("var kept = 0")
    var random = SplitMix(state: seed)
    let cells = Chapter.all.flatMap(\.cells).map(\.code).filter { !$0.contains("while") && !$0.contains("sleep") && !$0.contains("repeat") }
    let junk = [
      "{", "}", "(", ")", "\"", "#", "`", "await ", "try ", "let ", "\\(", "guard ", "#if ", "@", "/", "\u{0}", "é", "\r", "\"\"\"", "]",
      ";", "=", "/*",
    ]
    for count in 1...25 {
      var text = Array(cells[Int(random.next() % UInt64(cells.count))])
      for _ in 0..<(1 + random.next() % 3) {
        let place = text.isEmpty ? 0 : Int(random.next() % UInt64(text.count))
        switch random.next() % 3 {
        case 0 where !text.isEmpty: text.removeSubrange(place..<min(text.count, place + 1 + Int(random.next() % 8)))
        case 1: text.insert(contentsOf: junk[Int(random.next() % UInt64(junk.count))], at: place)
        default: if !text.isEmpty { text.swapAt(place, Int(random.next() % UInt64(text.count))) }
        }
      }
      let run = notebook.run(String(text))
      #expect(!run.traceback.joined().contains("_cell"), "\(String(text))\n\(run.traceback.joined(separator: "\n"))")
      if case .lost = run.outcome { Issue.record("the worker died of\n\(String(text))") }
      #expect(notebook.run("kept += 1\nkept").result == "\(count)", "after\n\(String(text))")
    }
  }
}

private let oddCells = [
  "}", "{", "}}}}", "((((", "[", "\"", "\"\"\"", "\"\\(", "#", "#if", "#if os(", "#endif", "#else\n1", "#if os(Linux)\nlet a = 1", "@", "`",
  "'", "\\",
  "\u{0}", "let a\u{0} = 1", "let b = 1\u{0}", "\u{FEFF}let bom = 1", "\u{202E}let r = 1", "let a = 1\rlet c = 2",
  "let a = 1\r\nlet d = 2\r\n",
  "\t\t", "🎉", "let = 1", "let let = 1", "func", "func f(", "struct {", "class A: A {}", "enum E { case }", "protocol P: P {}", "extension",
  "extension Missing {}",
  "import", "import 5", "import Cell1", "import CellSupport", "import Swift.Missing", "guard", "guard let", "guard let x",
  "guard let x = 1 else", "guard let x = Int(\"1\") else {}",
  "guard false else { }", "await", "await await", "try", "try?", "await try 1", "for await", "for await x in", "for await x in [1] {}",
  "async let", "async let x", "async let x = 1",
  "return", "return 5", "break", "continue", "fallthrough", "throw", "throw 5", "defer", "_ = _", "_", "$0", "self", "super", "nil", "[]",
  "[:]", "{}", "()", "(1,)", "..", "...", "a ... ",
  "#sourceLocation(file: \"x\", line: 1)", "#sourceLocation(file: \"In[1]\", line: 999999)\nlet z: Int = \"\"", "#sourceLocation()",
  "#error(\"own\")", "#warning(\"own\")", "#error", "#line", "#file\n#nosuch",
  "/*", "*/", "//", "/* /* */", "/regex", "/(/", "#/", "_cellResult", "_cellResult(1)", "_cellAwait", "_cellReached(99)",
  "let _cellResult = 1", "CellSupport._cellResult(2)",
  "fatalError()", "print(", "print(\"a\" \"b\")", "1 2", "1;;2", ";", "let x: Int", "let x: Int\nx", "var x = x",
  "func g() -> some P { 1 }", "typealias T = T", "let t: T = 1",
  "struct R { var r: R }", "indirect enum", "@resultBuilder struct B {}", "@propertyWrapper struct W {}", "@MainActor",
  "@MainActor let m = 1", "@Missing let m = 1", "@available", "infix operator", "infix operator +++\n1 +++ 2",
  "precedencegroup", "precedencegroup P { higherThan: P }", "let (a, b) = 1", "let (a, b) = (1, 2, 3)", "let [a] = [1]", "switch",
  "switch 1 {}", "switch 1 { case 1: }", "if", "if true", "if 1 {}", "while", "repeat",
  "do {} catch", "let c = { in }", "let c = { [weak] in }", "let c: () -> = {}", "let k = \\.", "let k = \\Missing.x", "macro m()",
  "@freestanding(expression) macro m() = #externalMacro(module: \"M\", type: \"T\")", "#m", "deinit {}", "init() {}",
  "subscript(i: Int) -> Int { 1 }",
  "case x", "default:", "operator", "associatedtype A", "let `let` = 1\n`let`", "let a = \"\\u{110000}\"", "let a = 0x", "let a = 1_",
  "let a = 99999999999999999999", "let a = 1e99999", "\"a\n\"", "print(#\"", "#\"\\(\"#",
]
