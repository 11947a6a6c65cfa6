import Testing

@testable import SwiftEvaluator

/// The script that a cell becomes, without its prelude.
private func rewrite(_ text: String, earlier: [String: String] = [:], tasks: Set<String> = []) -> String {
  let syntax = CellSyntax(text)
  return SourceMap(text, edits: CellRewriter(syntax, earlier: earlier, earlierTasks: tasks).edits).text
}

@Suite struct CellRewriterTests {
  @Test(
    "A cell stays as it was written, but for a few insertions",
    arguments: [
      ("1 + 2", "_cellResult(1 + 2)"),
      ("f();", "f();"),
      ("x = 3", "x = 3"),
      ("try x = g()", "try x = g()"),
      ("x += 1", "_cellResult(x += 1)"),
      ("if a { b } else { c }", "if a { b } else { c }"),
      ("let a = 1 // one", "let a = 1;_cellReached(1) // one"),
      ("let a = 1, b = 2\nvar c: Int?", "let a = 1, b = 2;_cellReached(1)\nvar c: Int?;_cellReached(2)"),
      ("let (p, q) = (1, 2); p", "let (p, q) = (1, 2);_cellReached(1); _cellResult(p)"),
      ("var area: Int { 3 }", "var area: Int { 3 }"),
      ("func f() async { await g() }", "func f() async { await g() }"),
      ("let n: Int\nn = 3", "let n: Int\nn = 3;_cellReached(1)"),
      ("private let a = 1", " let a = 1;_cellReached(1)"),
      ("struct S { private(set) var a = 1 }", "struct S {  var a = 1 }"),
      ("print(#column, #function)", "_cellResult(print(7, \"main\"))"),
      ("func f() { print(#function) }", "func f() { print(#function) }"),
      ("#error(\"no\")", "#error(\"no\")"),
      ("nil", "nil"),
      (
        "#if A\n1\n#else\nlet b = 2\n#endif",
        "#if A\nenum _CellClause0 {};_cellResult(1)\n#else\nenum _CellClause1 {};let b = 2;_cellReached(1)\n#endif"
      ),
    ])
  func plain(cell: String, script: String) {
    #expect(rewrite(cell) == script)
  }

  @Test(
    "A top-level await waits for a task",
    arguments: [
      ("await f()", "_cellResult(_cellAwait({ await f() }))"),
      ("let v = try await f()", "let v = try _cellAwaitThrowing({ try await f() });_cellReached(1)"),
      ("x = await f() + g()", "x = _cellAwait({ await f() + g() })"),
      ("print(\"\\(await f())\", 1)\n", "_cellResult(_cellAwait({ print(\"\\(await f())\", 1) }))\n"),
      ("try print(await f())", "_cellResult(try _cellAwaitThrowing({ try print(await f()) }))"),
      ("let v = try? await f()", "let v = _cellAwait({ try? await f() });_cellReached(1)"),
      ("if await f() { g() }", "if _cellAwait({ await f() }) { g() }"),
      ("let t = Task { await f() }", "let t = Task { await f() };_cellReached(1)"),
      ("for await x in s { print(x) }", "for  x in _CellSequence(s, 1) { print(x) }"),
      ("for try await x in s { print(x) }", "for   x in _CellSequence(s, 1) { print(x) };try _cellRethrow(1)"),
      ("async let a = f()\nawait a", " let a = Task { await f() };_cellReached(1)\n_cellResult(_cellAwait({ await a.value }))"),
      (
        "async let a = f()\ntry await a",
        " let a = Task { try await f() };_cellReached(1)\n_cellResult(try _cellAwaitThrowing({ try await a.value }))"
      ),
    ])
  func awaits(cell: String, script: String) {
    #expect(rewrite(cell) == script)
  }

  @Test("guard let declares a variable that later cells see")
  func guards() {
    #expect(
      rewrite("guard let a = f(), a > 0 else { throw E() }")
        == "let a = if let a = f(), a > 0 { a } else { try { () throws -> Never in  throw E() }() };_cellReached(1)")
    #expect(rewrite("guard a > 0 else { exit(1) }") == "guard a > 0 else { exit(1) }")
    #expect(
      rewrite("guard let a else { throw E() }", earlier: ["a": "Cell2"])
        == "let a = if let a = Cell2.`a` { a } else { try { () throws -> Never in  throw E() }() };_cellReached(1)")
    #expect(
      rewrite("guard let a = Int(a), a > 0 else { throw E() }", earlier: ["a": "Cell2"])
        == "let a = if let a = Int(Cell2.a), a > 0 { a } else { try { () throws -> Never in  throw E() }() };_cellReached(1)")
    #expect(
      rewrite("var a: Int?\nguard let a else { fatalError() }").contains("guard let a else"),
      "a script may do that, its later cells see the first")
  }

  @Test("A new variable may be made from the old one of its name")
  func qualified() {
    let earlier = ["words": "Cell3"]
    #expect(rewrite("let words = words.sorted()", earlier: earlier) == "let words = Cell3.words.sorted();_cellReached(1)")
    #expect(rewrite("let words = x.words", earlier: earlier) == "let words = x.words;_cellReached(1)")
    #expect(rewrite("let words = xs.map { words in words }", earlier: earlier) == "let words = xs.map { words in words };_cellReached(1)")
    #expect(rewrite("let words = { words }", earlier: earlier) == "let words = { words };_cellReached(1)")
  }
}
