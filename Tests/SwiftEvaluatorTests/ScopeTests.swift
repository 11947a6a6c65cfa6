import Testing

@testable import SwiftEvaluator

/// A notebook that only declares: what would a next cell import?
private func scope(after cells: [String]) -> Scope {
  var scope = Scope()
  for (index, text) in cells.enumerated() { scope.absorb(CellSyntax(text), module: "Cell\(index + 1)", reached: .max - 1) }
  return scope
}

@Suite struct ScopeTests {
  @Test("A cell imports what it mentions, from the module that declared it last")
  func mentioned() {
    let scope = scope(after: ["let a = 1, b = 2", "let a = 3", "struct P {}\nfunc f() {}"])
    #expect(scope.prelude(for: CellSyntax("a + b")) == ["import var Cell2.`a`", "import var Cell1.`b`"])
    #expect(scope.prelude(for: CellSyntax("f(P())")) == ["import struct Cell3.`P`", "import func Cell3.`f`"])
    #expect(scope.prelude(for: CellSyntax("let a = 5; func f() {}")) == [])
  }

  @Test("A module with an extension is imported whole when a member is mentioned")
  func members() {
    let scope = scope(after: ["struct P {}", "extension P { var norm: Int { 1 } }", "extension P { func callAsFunction() {} }"])
    #expect(scope.prelude(for: CellSyntax("p.norm")) == ["import Cell2", "import Cell3"])
    #expect(scope.prelude(for: CellSyntax("p")) == ["import Cell3"])
    #expect(
      scope.prelude(for: CellSyntax("extension P: Measured {}")) == ["import struct Cell1.`P`", "import Cell2", "import Cell3"],
      "the member may be a witness")
  }

  @Test("A module whose member is declared again is seen through the newer one")
  func redeclaredMembers() {
    var scope = scope(after: ["extension Int { var tag: Int { 1 }; var other: Int { 2 } }"])
    let newer = CellSyntax("extension Int { var tag: Int { 3 } }")
    #expect(scope.prelude(for: newer) == ["@_exported import Cell1"])
    scope.absorb(newer, module: "Cell2", reached: .max - 1)
    #expect(scope.prelude(for: CellSyntax("1.tag + 1.other")) == ["import Cell2"])
    let clashing = CellSyntax("extension Int { var tag: String { \"\" } }")
    #expect(scope.prelude(for: clashing) == [], "two that differ in the result alone would be ambiguous")
    scope.absorb(clashing, module: "Cell3", reached: .max - 1)
    #expect(scope.prelude(for: CellSyntax("1.tag")) == ["import Cell3"])
    #expect(scope.prelude(for: CellSyntax("1.other")) == [])
  }

  @Test("A conformance is loaded when its type or its protocol is within reach")
  func conformances() {
    let conformance = "extension P: CustomStringConvertible { var description: String { \"\" } }"
    let scope = scope(after: ["struct P {}", "let p = P()", conformance, "let q = 1", "let r = p"])
    let loaded = "@_implementationOnly import enum Cell3._Cell3Module"
    #expect(scope.prelude(for: CellSyntax("p")) == ["import var Cell2.`p`", loaded])
    #expect(scope.prelude(for: CellSyntax("r")) == ["import var Cell5.`r`", loaded])
    #expect(scope.prelude(for: CellSyntax("q")) == ["import var Cell4.`q`"])
  }

  @Test("The three-hundredth cell imports what the tenth does")
  func growth() {
    let cells = (1...300).map { i in
      switch i % 4 {
      case 0: "struct S\(i) { var a = 1 }\nextension S\(i): Equatable {}"
      case 1: "extension S\(i - 1): CustomStringConvertible { var description: String { \"\" } }"
      case 2: "extension Int { var m\(i): Int { self } }"
      default: "let x = [1, 2, \(i)].map { $0 + 1 }\nfunc f(_ n: Int) -> Int { n + x.count }"
      }
    }
    let cell = CellSyntax("print(f(3), x.count)")
    let early = scope(after: Array(cells.prefix(10))).prelude(for: cell)
    let late = scope(after: cells).prelude(for: cell)
    #expect(early.count == late.count && late.count < 5, "\(late)")
  }

  @Test("A variable that never got its value is unavailable where a whole import would bring it")
  func lost() {
    var scope = Scope()
    scope.absorb(CellSyntax("extension Int { var half: Int { self / 2 } }\nlet v = try f()"), module: "Cell1", reached: 0)
    #expect(scope.prelude(for: CellSyntax("v")) == [])
    #expect(scope.prelude(for: CellSyntax("v.half")).last?.contains("unavailable") == true)
  }
}
