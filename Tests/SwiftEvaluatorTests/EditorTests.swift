import JupyterKernel
import Testing

@testable import SwiftEvaluator

/// Completion and inspection with the toolchain's own services.
@Suite(.serialized) struct EditorTests {
  /// The text with the cursor where the bar is.
  private func completions(_ notebook: TestNotebook, _ marked: String) -> Completions {
    let parts = marked.split(separator: "|", omittingEmptySubsequences: false).map(String.init)
    return notebook.evaluator.completions(in: parts.joined(), at: parts[0].unicodeScalars.count)
  }

  @Test("Members, names of earlier cells, and places counted in scalars")
  func completes() throws {
    let notebook = try TestNotebook()
    notebook.run(
      """
      struct Point { var across = 1; func area(of size: Int) -> Double { 2 } }
      let pointOfView = Point()
      func addOne(_ x: Int) -> Int { x + 1 }
      """)
    let members = completions(notebook, "pointOfView.ar|")
    #expect(members.items == [.init(text: "area(of: )", kind: .function, signature: "area(of: Int) -> Double")])
    #expect(members.start == 12)
    #expect(members.end == 14)
    let names = completions(notebook, "print(\"🎉e\u{301}\"); pointO|")
    #expect(names.items == [.init(text: "pointOfView", kind: .instance, signature: "pointOfView: Point")])
    #expect(names.start == 14)
    let unfinished = completions(notebook, "for x in [1] {\n  addO|")
    #expect(unfinished.items == [.init(text: "addOne()", kind: .function, signature: "addOne(x: Int) -> Int")])
    #expect(completions(notebook, "[1, 2].sor|").items.contains { $0.text == "sorted()" })
    #expect(completions(notebook, "Displ|").items.contains { $0.text == "Displayable" })
    #expect(completions(notebook, "fun|").items == [.init(text: "func", kind: .keyword, signature: "func")])
    #expect(completions(notebook, "\"no names in te|\"").items.isEmpty)
    #expect(!completions(notebook, "|").items.contains { $0.text.hasPrefix("Cell") || $0.text.hasPrefix("_") })
    // Nothing sensible can be said here; it must only not end the session.
    _ = completions(notebook, "}}}{ 🎉 .|")
    #expect(completions(notebook, "pointOfView.acr|").items.map(\.text) == ["across"])
    // What is declared between two questions.
    notebook.run("let pointOfReturn = Point()")
    #expect(completions(notebook, "pointOfR|").items.map(\.text) == ["pointOfReturn"])
    notebook.run("struct Point { var along = 1 }\nlet pointOfView = Point()")
    #expect(completions(notebook, "pointOfView.a|").items.map(\.text) == ["along"])
  }

  @Test("A name's declaration and documentation, short and whole")
  func inspects() throws {
    let notebook = try TestNotebook()
    notebook.run("/// Adds one.\n///\n/// - Parameter x: any number\nfunc addOne(_ x: Int) -> Int { x + 1 }")
    let short = notebook.evaluator.inspection(of: "let é = addOne(2)", at: 10, isDetailed: false)
    #expect(short?.text == "func addOne(_ x: Int) -> Int\n\nAdds one.")
    let long = notebook.evaluator.inspection(of: "addOne(2)", at: 0, isDetailed: true)
    #expect(long?.text == "func addOne(_ x: Int) -> Int\n\nAdds one.\n\n- Parameter x: any number\n\nDeclared in In[1].")
    #expect(notebook.evaluator.inspection(of: "let k = [1, 2].map { $0 }", at: 4, isDetailed: false)?.text == "let k: [Int]")
    #expect(notebook.evaluator.inspection(of: "1 + 1", at: 2, isDetailed: false) == nil)
  }

  @Test("A question is answered while a cell runs")
  func whileRunning() throws {
    let notebook = try TestNotebook()
    notebook.run("let pointOfView = 3")
    let evaluator = notebook.evaluator
    let run = notebook.run("print(\"begun\")\nwhile true {}") {
      let found = evaluator.completions(in: "pointO", at: 6)
      #expect(found.items.first?.text == "pointOfView")
      evaluator.interrupt()
    }
    #expect(run.failure?.name == "Interrupted")
  }
}
