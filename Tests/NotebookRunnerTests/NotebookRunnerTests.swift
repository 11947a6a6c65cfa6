import Display
import EchoEvaluator
import JupyterKernel
import Synchronization
import Testing

@testable import NotebookRunner

/// What a run showed.
final class Terminal: Sendable {
  private let shown = Mutex("")

  var text: String { shown.withLock { $0 } }
  func write(_ text: String) { shown.withLock { $0 += text } }
}

/// Runs a notebook with the echo evaluator and a clock that stands still.
func run(
  _ notebook: inout Notebook, usesColor: Bool = false, timeout: Duration? = nil
) throws -> (failed: NotebookRunner.FailedCell?, text: String) {
  let terminal = Terminal()
  let start = ContinuousClock.now
  let runner = NotebookRunner(
    evaluator: EchoEvaluator(), implementation: Implementation(name: "echo", version: "1.0", banner: ""),
    report: TerminalReport(usesColor: usesColor) { terminal.write($0) }, timeout: timeout, now: { start })
  return (try runner.run(&notebook), terminal.text)
}

func notebook(_ sources: [String]) throws -> Notebook {
  try Notebook(
    parsing: NotebookTests.notebook(.array(sources.map { ["cell_type": "code", "metadata": [:], "source": .string($0)] })))
}

@Suite("Notebooks are run through the session")
struct NotebookRunnerTests {
  @Test("the notebook that was run is, byte for byte, what nbformat writes")
  func oracle() throws {
    var notebook = try Notebook(parsing: PackageResources.executed_ipynb)
    #expect(try run(&notebook).failed == nil)
    #expect(notebook.text == String(decoding: PackageResources.written_ipynb, as: UTF8.self))
  }

  @Test("the terminal shows each cell, its outputs and its time")
  func terminal() throws {
    var notebook = try Notebook(
      parsing: NotebookTests.notebook([
        ["cell_type": "markdown", "source": "# Title"],
        ["cell_type": "code", "source": "print a\nanswer"],
        ["cell_type": "code", "source": "display x as p\nupdate p 50 %\nupdate p 100 %"],
        ["cell_type": "code", "source": "\nfail Trap Index out of range"],
        ["cell_type": "code", "source": "never"],
      ]))
    let (failed, text) = try run(&notebook)
    let rule = { (number: Int) in "── cell \(number) of 5 " + String(repeating: "─", count: 65) }
    let time = String(repeating: " ", count: 74) + "0.00 s"
    #expect(
      text == """
        \(rule(1))
          # Title
        \(rule(2))
        │ print a
        │ answer
        a
        Out[1]: answer
        \(time)
        \(rule(3))
        │ display x as p
        │ update p 50 %
        │ update p 100 %
        x
        100 %
        \(time)
        \(rule(4))
        │ 
        │ fail Trap Index out of range
        Trap Index out of range
        \(time)
        ── stopped in 0.00 s

        """)
    #expect(failed?.sentence == "cell 4 («fail Trap Index out of range») failed: Trap: Index out of range")
    #expect(notebook.cells[4].executionCount == nil)
    #expect(notebook.cells[4].outputs == [])
  }

  @Test("colour is there only when asked for, and an update is then written over the line before")
  func color() throws {
    var notebook = try notebook(["display x as p\nupdate p y\nprint z\nupdate p w"])
    let text = try run(&notebook, usesColor: true).text
    #expect(text.contains("x\n\u{1B}[1A\u{1B}[2Ky\nz\nw\n"))
    #expect(try !run(&notebook).text.contains("\u{1B}"))
    #expect(withoutEscapes("a\u{1B}[1;31mb\u{1B}[0mc\u{1B}7d\u{1B}") == "abcd")
  }

  @Test("a cell that may fail does not end the run; any other does")
  func raisesException() throws {
    var notebook = try notebook(["fail A b", "x"])
    #expect(try run(&notebook).failed?.number == 1)
    notebook.cells[0].metadata["tags"] = ["raises-exception"]
    #expect(try run(&notebook).failed == nil)
    #expect(notebook.cells.map(\.executionCount) == [1, 2])
  }

  @Test("a cell that takes too long is interrupted and named", .timeLimit(.minutes(1)))
  func timeout() throws {
    var notebook = try notebook(["x", "wait"])
    let failed = try run(&notebook, timeout: .milliseconds(300)).failed
    #expect(failed?.sentence == "cell 2 («wait») failed: Timeout: it ran for longer than 0.3 s and was interrupted")
  }

  @Test("a notebook that does not name its language gets it named; one that does keeps what it says")
  func language() throws {
    var notebook = try notebook(["x"])
    _ = try run(&notebook)
    #expect(notebook.metadata["language_info"]?["file_extension"] == ".echo")
    notebook.metadata["language_info"] = ["name": "other"]
    _ = try run(&notebook)
    #expect(notebook.metadata["language_info"] == ["name": "other"])
  }

  @Test("the same notebook run twice gives the same bytes")
  func deterministic() throws {
    var once = try Notebook(parsing: PackageResources.executed_ipynb)
    _ = try run(&once)
    var twice = try Notebook(parsing: Array(once.text.utf8))
    _ = try run(&twice)
    #expect(once.text == twice.text)
  }
}
