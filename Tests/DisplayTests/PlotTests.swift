import Display
import Testing

@Suite("A plot reads as a picture and as text")
struct PlotTests {
  private let plot = Plot(x: PlotAxis("calls", scale: .logarithmic), y: PlotAxis("accuracy", range: 0...1), caption: "Majority of N") {
    Line("closed form", [(1, 0.4), (10, 0.6), (100, 0.9)])
    Dots("measured", [(1, 0.5), (100, 0.8)], errors: [0.1, 0.05])
  }

  @Test("The text has marks, axes with numbers, and a legend")
  func text() {
    #expect(
      plot.text(width: 40, height: 6) == """
        Majority of N
        accuracy
        1.0 ┤                                 o
        0.8 ┤                       ··········x
        0.6 ┤         ········o·····
        0.4 ┤x········
        0.2 ┤
        0.0 ┤
            └──────────────────────────────────
             1               10             100
                                         calls
        o  closed form
        x  measured
        """)
  }

  @Test("Points that have no place are counted, not drawn")
  func undefined() {
    let plot = Plot(x: PlotAxis("x", scale: .logarithmic), y: PlotAxis("y")) {
      Dots("d", [(0, 1), (1, .nan), (-1, 2), (2, .infinity), (3, 4)])
    }
    #expect(plot.description.hasPrefix("4 points have no place on these axes\n"))
    // One point, and the mark of the legend.
    #expect(plot.svg.components("<circle") == 1 + 2)
  }

  @Test("The picture has titles for its marks, and nothing that a static viewer strips")
  func picture() {
    let svg = plot.svg
    for taken in ["<style", "style=", "<script", "foreignObject", "class="] { #expect(!svg.contains(taken)) }
    #expect(svg.contains("<title>measured · calls 100 · accuracy 0.8 ± 0.05</title>"))
    #expect(svg.contains(">Majority of N</text>"))
  }

  @Test("The numbers beside an axis are round ones, between 2 and 12 of them, and hold the points, whatever these are")
  func ticks() {
    var state: UInt64 = 1
    func next() -> Double {
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return Double(state >> 11) / Double(1 << 53)
    }
    for trial in 0..<400 {
      let size = [1e-9, 1e-3, 1, 1e5, 1e12][trial % 5]
      let points = (0..<5).map { _ in (x: next() * size, y: (next() - 0.5) * size) }
      let plot = Plot(x: PlotAxis("x", scale: trial % 2 == 0 ? .linear : .logarithmic), y: PlotAxis("y")) { Dots("d", points) }
      #expect(plot.svg.components("<circle") == 1 + 6, "trial \(trial)")
      #expect(plot.svg.components("stroke-opacity=\"0.25\"") >= 3)
      #expect(plot.svg.components("stroke-opacity=\"0.25\"") <= 13)
      #expect(!plot.svg.contains("nan") && !plot.svg.contains("inf"))
      #expect(plot.description.split(separator: "\n").allSatisfy { $0.count <= 100 })
    }
  }

  @Test("No point, one point, or many equal ones are drawn too")
  func degenerate() {
    for points in [[], [(1, 2)], [(0, 0), (0, 0)], [(1e300, -1e300), (-1e300, 1e300)]] as [[(x: Double, y: Double)]] {
      let plot = Plot(x: PlotAxis("x"), y: PlotAxis("y")) { Line("l", points) }
      #expect(!plot.svg.contains("nan"))
      #expect(!plot.description.isEmpty)
    }
  }
}

extension String {
  /// How many pieces the text falls into at the separator.
  fileprivate func components(_ separator: String) -> Int {
    var count = 1
    var rest = self[...]
    while let range = rest.firstRange(of: separator) {
      count += 1
      rest = rest[range.upperBound...]
    }
    return count
  }
}
