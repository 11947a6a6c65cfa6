import Display
import Testing

@testable import JupyterKernel

@Suite("Output beyond the limit is held back and counted")
struct OutputLimitTests {
  private func lines(_ outputs: [CellOutput]) -> [String] {
    outputs.map { output in
      switch output {
      case .text(let text, .standardOutput): text
      case .text(let text, .standardError): "! " + text
      case .display(let bundle, _): "display " + bundle.text
      case .result(let bundle): "result " + bundle.text
      default: "?"
      }
    }
  }

  @Test("Whole lines up to the limit, one sentence, and at the end how much was held back and the last lines")
  func text() {
    var gate = OutputGate(OutputLimit(text: 10))
    #expect(lines(gate.admit(.text("one\n", .standardOutput))) == ["one\n"])
    #expect(
      lines(gate.admit(.text("two\nthree\nfour\n", .standardOutput))) == [
        "two\n", "! … the cell has printed 10 characters: what follows is held back, as the limit says (see %limit)\n",
      ])
    #expect(gate.admit(.text("five\n", .standardOutput)).isEmpty)
    #expect(
      lines(gate.close()) == ["! … 16 characters in 3 lines were held back; the last of them:\n", "four\nfive\n"])
  }

  @Test("A short output goes through as it is, and nothing is said", arguments: [0, 1, 999])
  func short(length: Int) {
    var gate = OutputGate(OutputLimit(text: 1_000))
    let text = String(repeating: "a", count: length)
    #expect(lines(gate.admit(.text(text, .standardOutput))) == [text])
    #expect(gate.close().isEmpty)
  }

  @Test("Of endless text only the end is kept, cut between characters")
  func endless() {
    var gate = OutputGate(OutputLimit(text: 100))
    for _ in 0..<1_000 { _ = gate.admit(.text(String(repeating: "é", count: 1_000), .standardOutput)) }
    let said = lines(gate.close())
    #expect(said[0] == "! … 2,000,000 characters in 0 lines were held back; the last of them:\n")
    #expect(said[1] == String(repeating: "é", count: 1_000))
  }

  @Test("Displays are counted and weighed, and a result that is too large is a sentence")
  func data() {
    var gate = OutputGate(OutputLimit(displays: 2, data: 100))
    let passed = (0..<4).flatMap { gate.admit(.display(MIMEBundle(text: "\($0)"), identifier: nil)) }
    #expect(lines(passed) == ["display 0", "display 1"])
    let large = MIMEBundle(text: "", html: String(repeating: "x", count: 12_000_000))
    #expect(lines(gate.admit(.result(large))) == ["result (a result of 12.0 MB, which was held back)"])
    #expect(gate.admit(.update(large, identifier: "d")).isEmpty)
    #expect(lines(gate.close()) == ["! … 2 displayed values (2 bytes) were held back\n"])
  }

  @Test("A session holds back what its limit says, also for a cell that prints without end")
  func session() {
    let conversation = Conversation(limit: OutputLimit(text: 100))
    let lines = conversation.execute("lines 100000")
    let printed = lines.filter { $0.contains(#""stdout""#) }.joined()
    #expect(printed.contains("line 9") && printed.contains("line 99999") && !printed.contains("line 500\\n"))
    #expect(lines.contains { $0.contains("were held back") })
  }
}
