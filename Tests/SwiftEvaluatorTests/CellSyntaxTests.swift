import Testing

@testable import SwiftEvaluator

@Suite struct CellSyntaxTests {
  @Test("The names that a cell declares at its top level, and no others")
  func declarations() {
    let syntax = CellSyntax(
      """
      let a = 1, (b, c) = (2, 3)
      func f(x: Int, _ y: String) { let local = 1 }
      struct S { var member = 1 }
      actor A {}
      enum E { case one }
      typealias T = Int
      protocol P {}
      guard let g = Optional(1), case .some(let h) = o else { fatalError() }
      if let inner = o { print(inner) }
      for i in 0..<3 {}
      """)
    #expect(syntax.declarations.map(\.name) == ["a", "b", "c", "f", "S", "A", "E", "T", "P", "g", "h"])
    #expect(
      syntax.declarations.map(\.kind.rawValue) == [
        "var", "var", "var", "func", "struct", "class", "enum", "typealias", "protocol", "var", "var",
      ])
    #expect(syntax.declarations.map(\.mark) == [1, 1, 1, 0, 0, 0, 0, 0, 0, 2, 2])
    #expect(syntax.declarations[3].signature == "f(x:Int,_:String)")
  }

  @Test("An extension adds members and conformances, an operator itself")
  func additions() {
    let syntax = CellSyntax(
      "extension Point: Hashable, P { func area() {} ; var norm: Int { 1 } }\ninfix operator **\nfunc ** (a: Int, b: Int) {}")
    #expect(
      syntax.additions.map(\.key) == [
        "Point: Hashable", "Point: P", "Point.area()", "Point.norm", "infix operator **", "operator **(Int,Int)",
      ])
  }

  @Test("What stands in an #if is declared when its clause is compiled")
  func clauses() {
    let syntax = CellSyntax(
      "#if os(Linux)\nlet a = 1\n#if DEBUG\nfunc f() {}\n#endif\n#else\nstruct S {}\nimport Dispatch\n#endif\nlet b = 2")
    #expect(syntax.declarations.map(\.name) == ["a", "f", "S", "b"])
    #expect(syntax.declarations.map(\.clause) == [0, 1, 2, nil])
    #expect(syntax.imports.map(\.clause) == [2])
    var scope = Scope()
    scope.absorb(syntax, module: "Cell1", reached: .max - 1, clauses: [0])
    #expect(scope.names == ["a", "b"])
  }

  @Test("White space and comments are nothing to compile", arguments: ["", "  \n", "// a remark", "/* x */ \n"])
  func empty(text: String) {
    #expect(CellSyntax(text).isEmpty)
  }

  @Test("Any text can be parsed", arguments: 0..<200)
  func hostile(seed: UInt64) {
    var random = SplitMix(state: seed)
    let pieces = [
      "let ", "a", "{", "}", "(", ")", "await ", "try ", "guard ", "else", "async let ", "\"", "\\(", "for ", " in ", "\n", ";", "🎉", "=",
      "#", "`",
    ]
    let text = (0..<30).map { _ in pieces[Int(random.next() % UInt64(pieces.count))] }.joined()
    let syntax = CellSyntax(text)
    let rewriter = CellRewriter(syntax, earlier: ["a": "Cell1"], earlierTasks: [])
    let map = SourceMap(text, edits: rewriter.edits)
    #expect(map.lines.count == map.text.split(separator: "\n", omittingEmptySubsequences: false).count)
  }
}
