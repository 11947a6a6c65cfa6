import Display
import Testing

private struct Result {
  var name: String
  var logProbability: Double
  var calls: Int
  var share: Double?
}

@Suite("A table reads the same as text, as HTML and as Markdown")
struct TableTests {
  private let table = Table(
    [
      Result(name: "greedy", logProbability: -1.9643, calls: 3, share: nil),
      Result(name: "beam <2> & |", logProbability: -1.501705, calls: 12_345, share: 0.5),
      Result(name: "last", logProbability: -1.909024, calls: 5, share: .nan),
    ], caption: "Strategies"
  ) {
    Column("strategy", \.name)
    Column("log p", \.logProbability, format: .fixed(4), best: .highest)
    Column("calls", \.calls, best: .lowest)
    Column("share", { $0.share }, format: .percent(1))
  }

  @Test("Text stands under its title, numbers under their last digit, and the best has a star")
  func text() {
    #expect(
      table.description == """
        Strategies
        strategy        log p     calls     share
        ────────────  ─────────  ────────  ──────
        greedy        -1.9643         3 *       –
        beam <2> & |  -1.5017 *  12,345    50.0 %
        last          -1.9090         5         –
        * best of its column
        """)
  }

  @Test("HTML needs no style sheet: alignment is an attribute, the best is bold, and text is escaped")
  func html() {
    let small = Table(columns: ["a<b", TableColumn("n", best: .highest)], rows: [["x & y", 1], [" z", 2]], caption: "c")
    #expect(
      small.html == """
        <div>c · bold: best of its column</div>
        <table>
        <thead><tr><th align="left"><div align="left">a&lt;b</div></th><th align="right">n</th></tr></thead>
        <tbody>
        <tr><td align="left"><div align="left">x &amp; y</div></td><td align="right">1</td></tr>
        <tr><td align="left"><div align="left">&#160;z</div></td><td align="right"><b>2</b></td></tr>
        </tbody>
        </table>
        """)
    for taken in ["<style", "style=", "class=", "<script"] { #expect(!table.html.contains(taken)) }
  }

  @Test("Markdown escapes what it would interpret")
  func markdown() {
    #expect(
      table.markdown == #"""
        Strategies

        | strategy | log p | calls | share |
        | :-- | --: | --: | --: |
        | greedy | -1.9643 | **3** | – |
        | beam \<2\> & \| | **-1.5017** | 12,345 | 50.0 % |
        | last | -1.9090 | 5 | – |
        """#)
  }

  @Test("A row that is too short is filled with the sign for no value, and every number of a column has the same digits")
  func literals() {
    let table = Table(columns: ["k", "x", "±"], rows: [[1, 0.5, .estimate(-1.5, plusMinus: 0.25)], [2, 3.0], [10, nil]])
    #expect(
      table.description == """
         k       x                 ±
        ──  ──────  ────────────────
         1  0.5000  -1.5000 ± 0.2500
         2  3.0000                 –
        10       –                 –
        """)
  }

  @Test("Long text is wrapped, and columns that do not fit move to a second block")
  func width() {
    let words = Array(repeating: "word", count: 40).joined(separator: " ")
    let long = Table(columns: ["text", "n"], rows: [[.text(words), 1]]).description
    #expect(long.split(separator: "\n").allSatisfy { $0.count <= 100 })
    #expect(long.split(separator: "\n").count == 5)
    let wide = Table(columns: ["k"] + (0..<40).map { TableColumn("col \($0)") }, rows: [["x"] + (0..<40).map { .integer($0) }]).description
    #expect(wide.split(separator: "\n").allSatisfy { $0.count <= 100 })
    #expect(wide.components(of: "x  ") == 3)
    let unbroken = Table(columns: ["text"], rows: [[.text(String(repeating: "x", count: 250))]]).description
    #expect(unbroken.split(separator: "\n").map(\.count) == [100 - 96, 100, 100, 100, 50])
  }

  @Test("Of many rows the middle is left out, and the number is said")
  func many() {
    let table = Table(0..<1_000) { Column("i", { $0 }) }.showing(rows: 6)
    #expect(table.description == "  i\n───\n  0\n  1\n  2\n  3\n  4\n… 994 more rows\n999")
    #expect(table.html.contains(#"<tr><td colspan="1">… 994 more rows</td></tr>"#))
  }

  @Test("Wide characters take two columns")
  func wide() {
    let table = Table(columns: ["word", "n"], rows: [["日本", 1], ["é\u{301}", 2]])
    #expect(table.description == "word  n\n────  ─\n日本  1\né\u{301}     2")
  }

  @Test(
    "A number is written in its column's format",
    arguments: [
      (NumberFormat.fixed(3), -1.50171, "-1.502"), (.fixed(2), -0.001, "0.00"), (.fixed(0), 2.5, "2"), (.fixed(3), .nan, "–"),
      (.fixed(3), -.infinity, "-∞"), (.percent(1), 0.55, "55.0 %"), (.significant(3), 0.012345, "0.0123"),
      (.automatic, 1234567, "1,234,567"),
      (.automatic, 0.12345, "0.1235"), (.fixed(400), 0.5, "0.5" + String(repeating: "0", count: 79)), (.fixed(1), 1e300, nil),
    ] as [(NumberFormat, Double, String?)])
  func numbers(format: NumberFormat, number: Double, text: String?) {
    let written = format.text(number)
    if let text { #expect(written == text) } else { #expect(Double(written) == number) }
  }
}

extension String {
  /// How many lines begin with the text.
  fileprivate func components(of start: String) -> Int { split(separator: "\n").count { $0.hasPrefix(start) } }
}
