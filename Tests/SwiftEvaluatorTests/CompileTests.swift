import Foundation
import JupyterKernel
import Testing

@testable import SwiftEvaluator

/// What makes cells fast, and that it does not show in what they mean: the cache, compiling ahead, optimisation.
@Suite(.serialized) struct CompileTests {
  private static func newFolder() -> String {
    FileManager.default.temporaryDirectory.appendingPathComponent("beamline-cache-\(UUID())").path
  }

  private static let notebook = [
    "import Glibc\nstruct Point { var x: Double, y: Double }\nextension Point: CustomStringConvertible { var description: String { \"(\\(x), \\(y))\" } }",
    "let p = Point(x: 3, y: 4)\np",
    "#if os(Linux)\nlet system = \"Linux\"\n#else\nlet system = 1\n#endif",
    "sqrt(p.x * p.x + p.y * p.y)",
    "var unused: Int { let x = 1; return 2 }\nsystem",
    "let q: Point = 5",
    "print(\"done\")",
  ]

  private static func transcript(_ run: TestNotebook.Run) -> [String] {
    run.sequence + [run.errors] + run.traceback
  }

  @Test("A notebook that was run before is not compiled again, and shows the same, mistakes too")
  func cache() throws {
    let folder = Self.newFolder()
    let first = try TestNotebook(cache: folder)
    let before = Self.notebook.map { Self.transcript(first.run($0)) }
    #expect(first.evaluator.compiler.compilations == Self.notebook.count)
    first.evaluator.compiler.finish()
    let second = try TestNotebook(cache: folder)
    let after = Self.notebook.map { Self.transcript(second.run($0)) }
    #expect(after == before)
    #expect(second.evaluator.compiler.compilations == 0)
    #expect(before[1] == ["(3.0, 4.0)", ""])
    #expect(before[5].last?.contains("^") == true)
    // A cell that was changed is compiled, and so is what uses it; the rest is not.
    second.evaluator.compiler.finish()
    let third = try TestNotebook(cache: folder)
    for (index, text) in Self.notebook.enumerated() { third.run(index == 2 ? text + "\nlet more = 1" : text) }
    #expect(third.evaluator.compiler.compilations == 2)
  }

  @Test("A damaged entry is compiled again and replaced; a folder that cannot be used costs only time")
  func damage() throws {
    let folder = Self.newFolder()
    let first = try TestNotebook(cache: folder)
    first.run("let a = 20")
    first.run("a + 1")
    first.evaluator.compiler.finish()
    let cells = folder + "/cells"
    let names = try FileManager.default.contentsOfDirectory(atPath: cells)
    #expect(names.count == 2)
    for (index, name) in names.enumerated() {
      var content = try Data(contentsOf: URL(fileURLWithPath: "\(cells)/\(name)"))
      if index == 0 { content = content.prefix(content.count / 2) } else { content[content.count - 100] ^= 1 }
      try content.write(to: URL(fileURLWithPath: "\(cells)/\(name)"))
    }
    let second = try TestNotebook(cache: folder)
    second.run("let a = 20")
    #expect(second.run("a + 1").result == "21")
    #expect(second.evaluator.compiler.compilations == 2)
    second.evaluator.compiler.finish()
    let third = try TestNotebook(cache: folder)
    third.run("let a = 20")
    #expect(third.run("a + 1").result == "21")
    #expect(third.evaluator.compiler.compilations == 0)

    let file = Self.newFolder()
    try Data().write(to: URL(fileURLWithPath: file))
    let without = try TestNotebook(cache: file + "/no-folder")
    #expect(without.run("6 * 7").result == "42")
  }

  @Test("The cache gives up what was not used for the longest time")
  func bound() throws {
    let folder = Self.newFolder()
    let cache = CompileCache(folder: folder, limit: 100_000)
    func entry(_ number: Int) -> CompileCache.Entry {
      CompileCache.Entry(
        module: "Cell\(number)_00000000", isAccepted: true, messages: "", libraries: ["m"], clauses: [1, 3],
        sharedObject: [UInt8](repeating: UInt8(number), count: 8_000), interface: [1], documentation: [])
    }
    let keys = (0..<70).map { Digest(of: [UInt8($0)]) }
    for number in keys.indices {
      cache.keep(entry(number), for: keys[number])
      cache.finish()
    }
    #expect(cache.entry(for: keys[69]) == entry(69))
    #expect(cache.entry(for: keys[0]) == nil)
    let sizes = try FileManager.default.contentsOfDirectory(atPath: folder).map {
      try FileManager.default.attributesOfItem(atPath: "\(folder)/\($0)")[.size] as? Int ?? 0
    }
    // Looked at after every 32 entries.
    #expect(sizes.reduce(0, +) < 100_000 + 32 * 8_300)
  }

  @Test("Cells that wait are compiled while one runs, and nothing else about them changes")
  func ahead() throws {
    let notebook = try TestNotebook(cache: Self.newFolder())
    let cells = ["let a = 1", "struct S { var n = a }", "print(S().n)\nS().n + 1", "let broken: Int = \"\"", "a"]
    notebook.foresee(cells, after: "import Glibc\nfor _ in 0..<150 { usleep(10_000) }")
    let before = notebook.evaluator.compiler.compilations
    #expect(before >= 5, "four cells were compiled while the first one ran")
    let runs = cells.map { notebook.run($0) }
    #expect(runs[2].sequence == ["1\n", "2"])
    #expect(runs[3].failure?.message == "cannot convert value of type 'String' to specified type 'Int'")
    #expect(runs[3].traceback.first?.hasPrefix("In[5]:1:19 error") == true)
    #expect(runs[4].result == "1")
    #expect(notebook.evaluator.compiler.compilations <= before + 2)
  }

  @Test("What was compiled ahead for a notebook that came otherwise is not run")
  func foreseenWrongly() throws {
    let notebook = try TestNotebook(cache: Self.newFolder())
    notebook.run("let value = \"old\"\nstruct Stop: Error {}\nvar runs = 0")
    let cells = ["runs += 1\nprint(value)", "value"]
    let slow = "import Glibc\nfor _ in 0..<60 { usleep(10_000) }\n"
    // The new `value` never gets its value: the old one stays.
    notebook.foresee(cells, after: slow + "if runs == 0 { throw Stop() }\nlet value = \"new\"")
    #expect(notebook.run(cells[0]).sequence == ["old\n"])
    #expect(notebook.run(cells[1]).result == "\"old\"")
    notebook.foresee(cells, after: slow + "let value = \"new\"")
    #expect(notebook.run(cells[0]).sequence == ["new\n"])
    #expect(notebook.run("runs").result == "2")
    // Other cells come than those that were announced.
    notebook.foresee(cells, after: slow)
    #expect(notebook.run("value + \"er\"").result == "\"newer\"")
    #expect(notebook.run("runs").result == "2")
  }

  @Test(
    "Cells with loops and recursion are optimised, others are not",
    arguments: [
      ("for i in 0..<3 { print(i) }", true), ("while n > 0 { n -= 1 }", true), ("repeat { n += 1 } while n < 3", true),
      ("func f(_ n: Int) -> Int { n < 2 ? n : f(n - 1) + f(n - 2) }", true),
      ("func even(_ n: Int) -> Bool { n == 0 || odd(n - 1) }\nfunc odd(_ n: Int) -> Bool { n != 0 && even(n - 1) }", true),
      ("let f = { (n: Int) in for i in 0..<n { print(i) } }", true),
      (
        "indirect enum Tree { case leaf, node(Tree, Tree)\nfunc depth() -> Int { if case .node(let l, _) = self { l.depth() + 1 } else { 0 } } }",
        true
      ),
      ("let words = words.sorted()", false), ("var count: Int { storage.count }", false), ("func f() { g() }\nfunc g() { h() }", false),
      ("[1, 2].map { $0 * 2 }", false), ("let x = \"while\" // for", false),
    ])
  func loops(text: String, expected: Bool) {
    #expect(CellSyntax(text).hasLoops == expected)
  }

  @Test("An optimised cell is fast, can be interrupted, and its traps keep their lines")
  func optimised() throws {
    let notebook = try TestNotebook()
    let clock = ContinuousClock()
    var run = TestNotebook.Run()
    let time = clock.measure {
      run = notebook.run(
        "var sieve = [Bool](repeating: true, count: 20_000_000)\nfor i in 2..<4_473 where sieve[i] { for j in stride(from: i * i, to: sieve.count, by: i) { sieve[j] = false } }\nsieve.dropFirst(2).lazy.filter { $0 }.count"
      )
    }
    #expect(run.result == "1270607")
    #expect(time < .seconds(20))
    let evaluator = notebook.evaluator
    let endless = notebook.run("var i = 0\nwhile true { i &+= 1; if i == 5 { print(\"in\") } }") { evaluator.interrupt() }
    #expect(endless.failure?.name == "Interrupted")
    let trap = notebook.run("let a = [1, 2, 3]\nvar s = 0\nfor k in 0...3 {\n  s += a[k]\n}")
    #expect(trap.failure?.name == "Trap")
    #expect(trap.traceback.contains("In[3], line 4"))
    #expect(notebook.run("a.count").result == "3")
  }
}
