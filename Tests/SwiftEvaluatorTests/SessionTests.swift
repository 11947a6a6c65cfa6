import Display
import JupyterKernel
import Testing

@testable import SwiftEvaluator

/// Cells one after the other in a real worker.
@Suite(.serialized) struct SessionTests {
  @Test("Variables are shared by reference, and the last expression is the result")
  func state() throws {
    let notebook = try TestNotebook()
    #expect(notebook.run("var count = 0\nlet names = [\"b\", \"a\"]").outcome == .finished)
    #expect(notebook.run("count += 5\ncount").result == "5")
    #expect(notebook.run("func bump() { count += 1 }").outcome == .finished)
    #expect(notebook.run("bump(); bump()\nprint(names)\ncount").result == "7")
    #expect(notebook.run("print(\"one\"); print(\"two\")").sequence.joined() == "one\ntwo\n")
    #expect(notebook.run("count;").result == nil)
    #expect(notebook.run("// nothing").outcome == .finished)
  }

  @Test("Variables, functions, types and members can be declared again")
  func redefinition() throws {
    let notebook = try TestNotebook()
    notebook.run("var x = 1\nstruct P { var a = 1 }\nfunc h(_ i: Int) -> String { \"int\" }\nfunc h(_ s: String) -> String { \"string\" }")
    notebook.run("var x = \"text\"\nstruct P { var b = 2.5 }\nfunc h(_ i: Int) -> String { \"new\" }")
    #expect(notebook.run("\"\\(x) \\(P().b) \\(h(1)) \\(h(\"\"))\"").result == "\"text 2.5 new string\"")
    notebook.run("func h(_ d: Double) -> String { \"double\" }")
    #expect(notebook.run("h(1) + h(\"\") + h(2.5)").result == "\"newstringdouble\"")
    notebook.run("extension Int { var doubled: Int { self * 2 } }")
    notebook.run("extension Int { var doubled: Int { self * 20 } }")
    #expect(notebook.run("4.doubled").result == "80")
    #expect(notebook.run("let x = x.count\nx").result == "4")
    #expect(notebook.run("protocol S { var area: Double { get } }\nextension S { var twice: Double { area * 2 } }").outcome == .finished)
    #expect(notebook.run("struct C: S { var area: Double { 3 } }\nC().twice").result == "6.0")
    notebook.run("infix operator **: MultiplicationPrecedence\nfunc ** (a: Int, b: Int) -> Int { (0..<b).reduce(1) { r, _ in r * a } }")
    #expect(notebook.run("2 ** 10").result == "1024")
    notebook.run("guard let g = Optional(3) else { fatalError() }")
    #expect(notebook.run("g").result == "3")
  }

  @Test("await and try work at the top level, and a let stays a constant")
  func awaits() throws {
    let notebook = try TestNotebook()
    notebook.run(
      """
      func slow(_ n: Int) async -> Int { await Task.yield(); return n * 2 }
      struct Late: Error {}
      func late() async throws -> Int { try await Task.sleep(nanoseconds: 1_000_000); throw Late() }
      """)
    #expect(notebook.run("let w = await slow(21)\nw").result == "42")
    #expect(notebook.run("w = 3").failure?.message == "cannot assign to value: 'w' is a 'let' constant")
    #expect(
      notebook.run(
        "await withTaskGroup(of: Int.self) { g in for i in 0..<10 { g.addTask { await slow(i) } }; return await g.reduce(0, +) }"
      ).result == "90")
    #expect(notebook.run("async let a = slow(1)\nasync let b = slow(2)\nawait a + b").result == "6")
    #expect(
      notebook.run(
        "var sum = 0\nlet s = AsyncStream<Int> { c in for i in 1...4 { c.yield(i) }; c.finish() }\nfor await i in s { sum += i }\nsum"
      ).result == "10")
    #expect(notebook.run("try await late()").failure?.name == "Late")
    #expect(notebook.run("let r = try? await late()\nr as Any").result == "nil")
    #expect(notebook.run("@MainActor func onMain() -> Int { 5 }\nawait onMain()").result == "5")
    #expect(
      notebook.run("actor A { var n = 0; func up() -> Int { n += 1; return n } }\nlet a1 = A()\nawait a1.up()\nawait a1.up()").result == "2"
    )
  }

  @Test("A thrown error is named and placed; what was declared before it is kept, what comes after is not offered")
  func throwing() throws {
    let notebook = try TestNotebook()
    let run = notebook.run(
      "struct Bad: Error { var code: Int }\nfunc f() throws { throw Bad(code: 3) }\nlet before = 1\ntry f()\nlet after = 2")
    #expect(run.outcome == .threw(run.failure!))
    #expect(run.failure?.name == "Bad")
    #expect(run.failure?.message == "Bad(code: 3)")
    #expect(
      run.traceback == [
        "Bad: Bad(code: 3)", "In[1], line 2, in f", "2 │ func f() throws { throw Bad(code: 3) }", "  │                   ^",
        "called from In[1], line 4",
        "4 │ try f()",
      ])
    #expect(notebook.run("before").result == "1")
    #expect(notebook.run("after").failure?.message == "cannot find 'after' in scope")
  }

  @Test("A failure names the functions that it came through, as a person would")
  func functionNames() throws {
    let notebook = try TestNotebook()
    notebook.run("struct Stack {\n  var items: [Int] = []\n  mutating func pop() -> Int { items.removeLast() }\n}\nvar stack = Stack()")
    let run = notebook.run("func twice(_ body: () -> Int) -> Int { body() + body() }\ntwice { stack.pop() }")
    #expect(run.failure?.name == "Trap")
    #expect(
      run.traceback.filter { $0.contains("line") } == [
        "In[1], line 3, in Stack.pop", "called from In[2], line 2, in closure", "called from In[2], line 1, in twice",
        "called from In[2], line 2",
      ])
  }

  @Test("What a protocol asks for is named, also one of a library")
  func missingRequirement() throws {
    let notebook = try TestNotebook()
    let run = notebook.run("struct Chart: Displayable {}")
    #expect(run.traceback.contains { $0.contains("mimeBundle") }, "\(run.traceback)")
  }

  @Test("A compiler's error stands at the cell's own line and column")
  func rejection() throws {
    let notebook = try TestNotebook()
    let run = notebook.run("let ok = 1\nlet é = \"🎉\"; let y = missing + 1\nlet z: Int = \"s\"")
    #expect(run.outcome == .rejected(run.failure!))
    #expect(run.errors == "")
    #expect(run.failure?.message == "cannot find 'missing' in scope")
    #expect(
      run.traceback == [
        "In[1]:2:22 error: cannot find 'missing' in scope", "2 │ let é = \"🎉\"; let y = missing + 1",
        "  │                       ^", "In[1]:3:14 error: cannot convert value of type 'String' to specified type 'Int'",
        "3 │ let z: Int = \"s\"", "  │              ^~~",
      ])
    #expect(notebook.run("ok").failure != nil)
    #expect(notebook.run("let }").outcome.isRejected)
    #expect(notebook.run("import NoSuchModule").failure?.message == "no such module 'NoSuchModule'")
  }

  @Test("Generated names never show")
  func tidy() throws {
    let notebook = try TestNotebook()
    notebook.run("struct P { var a = 1 }\nlet p = P()")
    notebook.run("struct P { var b = 1 }")
    let run = notebook.run("let q: P = p")
    #expect(run.failure?.message.contains("Cell") == false, "\(run.failure?.message ?? "")")
    #expect(notebook.run("class Thing {}\nThing()").result == "Thing()")
    #expect(notebook.run("print(Thing.self, type(of: p))").output == "Thing P\n")
  }

  @Test(
    "A trap is an error with the runtime's words at the cell's line, and every variable is kept",
    arguments: [
      ("[1, 2][kept]", "Fatal error: Index out of range"),
      ("let n: Int? = nil\nn!", "Fatal error: Unexpectedly found nil while unwrapping an Optional value"),
      ("var k = Int.max\nk += 1", "Fatal error: arithmetic overflow"),
      ("fatalError(\"boom\")", "Fatal error: boom"),
      ("precondition(kept < 0, \"no\")", "Precondition failed: no"),
      ("func f(_ n: Int) -> Int { n == 0 ? 0 : 1 + f(n + 1) }\nf(1)", "the recursion has used up the stack of 512 MB"),
      ("func g() async -> Int { [1][kept] }\nawait g()", "Fatal error: Index out of range"),
      ("UnsafeMutablePointer<Int>(bitPattern: 16)!.pointee = 3", "Memory that does not belong to the program was accessed"),
    ])
  func traps(cell: String, message: String) throws {
    let notebook = try TestNotebook()
    notebook.run("var kept = 41")
    for _ in 0..<2 {
      let run = notebook.run(cell)
      #expect(run.outcome == .crashed(run.failure!))
      #expect(run.failure?.message == message)
      #expect(run.errors == "")
      #expect(run.traceback.dropFirst().first?.hasPrefix("In[") == true)
      #expect(notebook.run("kept += 1\nkept").result != nil)
    }
    #expect(notebook.run("kept").result == "43")
    #expect(notebook.run("await Task { kept + 1 }.value").result == "44")
  }

  @Test("A trap in a task stops the cell that runs")
  func trapElsewhere() throws {
    let notebook = try TestNotebook()
    notebook.run("var kept = 41")
    for _ in 0..<4 {
      let run = notebook.run("Task { print([1][kept]) }\nwhile true {}")
      #expect(run.failure?.message == "Fatal error: Index out of range")
    }
    #expect(notebook.run("await Task { kept }.value").result == "41")
  }

  @Test("exit ends the cell, not the notebook")
  func exits() throws {
    let notebook = try TestNotebook()
    let first = notebook.run("import Glibc\nlet a = 1\nprint(\"x\", terminator: \"\")\nexit(0)")
    #expect(first.outcome == .finished)
    #expect(first.output == "x")
    let second = notebook.run("exit(3)")
    #expect(second.failure?.name == "Exit")
    #expect(notebook.run("a").result == "1")
  }

  @Test("A worker that dies is replaced, and the error says what is lost")
  func death() throws {
    let notebook = try TestNotebook()
    notebook.run("import Glibc\nlet precious = 1")
    let run = notebook.run("print(\"last words\"); kill(getpid(), SIGKILL); sleep(5)")
    #expect(run.outcome == .lost(run.failure!))
    #expect(run.output == "last words\n")
    #expect(run.traceback.last == "Lost are precious: run their cells again. A fresh process is ready.")
    #expect(notebook.run("let fresh = 2\nfresh").result == "2")
    #expect(notebook.run("precious").failure?.name == "CompileError")
  }

  @Test(
    "An interrupt stops the cell and keeps the state",
    arguments: [
      "while true {}", "var i = 0; while true { i &+= [1, 2, 3].map { $0 * 2 }.count }", "sleep(100)",
      "while true { print(\"\", terminator: \"\") }",
      "try await Task.sleep(nanoseconds: 100_000_000_000)", "await withCheckedContinuation { (c: CheckedContinuation<Void, Never>) in }",
      "import Dispatch; DispatchSemaphore(value: 0).wait()",
    ])
  func interrupts(cell: String) throws {
    let notebook = try TestNotebook()
    notebook.run("import Glibc\nvar kept = 7")
    let evaluator = notebook.evaluator
    let run = notebook.run("print(\"begun\")\n" + cell) { evaluator.interrupt() }
    #expect(run.outcome == .interrupted(run.failure!))
    #expect(run.failure?.name == "Interrupted")
    #expect(notebook.run("kept").result == "7")
  }

  @Test("Ten thousand lines and what is shown between them come in order, all before the end")
  func output() throws {
    let notebook = try TestNotebook()
    let run = notebook.run("for i in 0..<10_000 { print(i) }")
    #expect(run.output == (0..<10_000).map { "\($0)\n" }.joined())
    let mixed = notebook.run("for i in 0..<50 { print(\"p\\(i)\"); display(i) }\n\"end\"")
    #expect(mixed.sequence.joined(separator: "|") == (0..<50).map { "p\($0)\n|\($0)" }.joined(separator: "|") + "|\"end\"")
    let split = notebook.run("import Glibc\nfor byte in Array(\"é🎉\\n\".utf8) { var b = byte; write(1, &b, 1); usleep(2000) }")
    #expect(split.output == "é🎉\n")
  }

  @Test("Values show themselves in the forms that they have")
  func bundles() throws {
    let notebook = try TestNotebook()
    let run = notebook.run(
      """
      struct Die: Displayable {
        var mimeBundle: MIMEBundle { MIMEBundle(text: "die", html: "<b>die</b>", svg: "<svg/>", png: [1, 2], json: ["face": 3]) }
      }
      display(Die())
      """)
    let expected = MIMEBundle(text: "die", html: "<b>die</b>", svg: "<svg/>", png: [1, 2], json: ["face": 3])
    #expect(run.shown == [expected])
    #expect(notebook.run("let handle = DisplayHandle(showing: 1)\nhandle.update(2)").sequence == ["1", "update 2"])
  }

  @Test("Foundation and Dispatch are there when they are imported, also for later cells")
  func foundation() throws {
    let notebook = try TestNotebook()
    #expect(notebook.run("import Foundation\nString(format: \"%.2f\", 3.14159)").result == "\"3.14\"")
    #expect(notebook.run("Date(timeIntervalSince1970: 0).timeIntervalSince1970").result == "0.0")
  }
}

extension CellOutcome {
  var isRejected: Bool { if case .rejected = self { true } else { false } }
}
