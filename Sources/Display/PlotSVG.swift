extension Plot {
  /// The plot as a picture, 640 pixels wide.
  ///
  /// Presentation attributes only, colours that keep their contrast on white and on dark pages. Hovering over a mark shows its values.
  public var svg: String { PlotDrawing(self).svg }
}

/// Places the parts of a plot and writes them as SVG.
private struct PlotDrawing {
  private static let width = 640.0, plotHeight = 300.0, letter = 6.6, line = 18.0
  /// On white and on #111 each has a contrast of at least 3 : 1, and they differ for eyes that tell no red from green.
  private static let colors = ["#2f7de1", "#d9770f", "#1f9e77", "#c0508f", "#8a6fd1", "#8c8c2a", "#c9504a", "#4f9fb3"]
  private static let dashes = ["", "6 3", "2 3", "8 3 2 3"]

  private let plot: Plot
  private let frame: Plot.Frame
  private let left: Double
  private let top: Double

  init(_ plot: Plot) {
    self.plot = plot
    frame = plot.frame
    left = 30 + Self.letter * Double(frame.y.ticks.map { displayWidth($0.text) }.max() ?? 0)
    top = 8 + Self.line * Double(plot.captions.count)
  }

  private var right: Double { Self.width - 16 }
  private var bottom: Double { top + Self.plotHeight }

  var svg: String {
    let legend = legend(top: bottom + 56)
    let height = bottom + 48 + legend.height
    let head = """
      <svg xmlns="http://www.w3.org/2000/svg" width="\(px(Self.width))" height="\(px(height))" viewBox="0 0 \(px(Self.width)) \(px(height))" \
      font-family="DejaVu Sans Mono, Menlo, Consolas, monospace" font-size="11">
      """
    let captions = plot.captions.enumerated().map { word($1, x: 8, y: 16 + Double($0) * Self.line) }
    let drawn = plot.shownSeries.enumerated().map { series($1, number: $0) }
    return ([head] + captions + axes + drawn + [legend.svg, "</svg>"]).filter { !$0.isEmpty }.joined(separator: "\n")
  }

  private func point(_ point: PlotSeries.Point) -> (x: Double, y: Double) {
    let place = frame.place(point)
    return (left + place.x * (right - left), bottom - place.y * Self.plotHeight)
  }

  private var axes: [String] {
    var parts: [String] = []
    for tick in frame.y.ticks {
      let y = bottom - frame.y.place(of: tick.value) * Self.plotHeight
      parts.append(rule(left, y, right, y, opacity: "0.25"))
      parts.append(word(tick.text, x: left - 6, y: y + 4, anchor: "end"))
    }
    var end = -Double.infinity
    for tick in frame.x.ticks {
      let x = left + frame.x.place(of: tick.value) * (right - left)
      parts.append(rule(x, bottom, x, bottom + 4, opacity: "1"))
      let half = Self.letter * Double(displayWidth(tick.text)) / 2
      guard x - half > end + 4 else { continue }
      // The last number stays within the picture.
      parts.append(word(tick.text, x: min(x, Self.width - 4 - half), y: bottom + 17, anchor: "middle"))
      end = x + half
    }
    parts.append(rule(left, bottom, right, bottom, opacity: "1"))
    parts.append(rule(left, top, left, bottom, opacity: "1"))
    parts.append(word(plot.x.title, x: (left + right) / 2, y: bottom + 34, anchor: "middle"))
    let middle = (top + bottom) / 2
    parts.append(word(plot.y.title, x: 12, y: middle, anchor: "middle", extra: #" transform="rotate(-90 12 \#(px(middle)))""#))
    return parts
  }

  private func series(_ series: PlotSeries, number: Int) -> String {
    let color = Self.colors[number % Self.colors.count]
    let places = series.points.map(point)
    var parts: [String] = []
    if series.isLine {
      if series.points.contains(where: { $0.error != nil }) {
        let upper = series.points.map { end(of: $0, up: true) }
        let lower = series.points.map { end(of: $0, up: false) }.reversed()
        parts.append(#"<path d="\#(path(upper + lower))Z" fill="\#(color)" fill-opacity="0.18" stroke="none"/>"#)
      }
      parts.append(#"<path d="\#(path(places))" fill="none" stroke="\#(color)" stroke-width="2"\#(dash(number))/>"#)
    } else {
      for (point, place) in zip(series.points, places) where point.error != nil {
        let (high, low) = (end(of: point, up: true), end(of: point, up: false))
        parts.append(
          #"<path d="M\#(px(place.x)) \#(px(high.y))V\#(px(low.y))M\#(px(place.x - 3)) \#(px(high.y))h6M\#(px(place.x - 3)) \#(px(low.y))h6" "#
            + #"fill="none" stroke="\#(color)" stroke-width="1.2"/>"#)
      }
    }
    if series.hasMarks || series.points.count == 1 {
      for (point, place) in zip(series.points, places) {
        parts.append("<g><title>\(hover(series, point))</title>\(mark(number, at: place, color: color))</g>")
      }
    }
    return parts.isEmpty ? "" : "<g><title>\(escaped(series.title, lineBreak: " "))</title>\(parts.joined())</g>"
  }

  private func dash(_ number: Int) -> String {
    let dash = Self.dashes[number % Self.dashes.count]
    return dash.isEmpty ? "" : #" stroke-dasharray="\#(dash)""#
  }

  /// An end of the bar through a point; one that has no place ends at the foot of the plot.
  private func end(of point: PlotSeries.Point, up: Bool) -> (x: Double, y: Double) {
    let y = point.y + (up ? 1 : -1) * (point.error ?? 0)
    let place = self.point(PlotSeries.Point(x: point.x, y: plot.y.canShow(y) ? y : point.y))
    return plot.y.canShow(y) ? place : (place.x, bottom)
  }

  private func path(_ places: [(x: Double, y: Double)]) -> String {
    places.enumerated().map { "\($0 == 0 ? "M" : "L")\(px($1.x)) \(px($1.y))" }.joined()
  }

  /// Circle, square, triangle, rhombus: filled, then hollow.
  private func mark(_ number: Int, at place: (x: Double, y: Double), color: String) -> String {
    let (x, y) = place
    let fill = number / 4 % 2 == 0 ? color : "none"
    let paint = #"fill="\#(fill)" stroke="\#(color)" stroke-width="1.5""#
    switch number % 4 {
    case 0: return #"<circle cx="\#(px(x))" cy="\#(px(y))" r="3.5" \#(paint)/>"#
    case 1: return #"<rect x="\#(px(x - 3.2))" y="\#(px(y - 3.2))" width="6.4" height="6.4" \#(paint)/>"#
    case 2: return #"<path d="M\#(px(x)) \#(px(y - 4.2))l4 7h-8Z" \#(paint)/>"#
    default: return #"<path d="M\#(px(x)) \#(px(y - 4.6))l4.6 4.6l-4.6 4.6l-4.6 -4.6Z" \#(paint)/>"#
    }
  }

  private func hover(_ series: PlotSeries, _ point: PlotSeries.Point) -> String {
    let format = NumberFormat.significant(4)
    let error = point.error.map { " ± \(format.text($0))" } ?? ""
    return escaped(
      "\(series.title) · \(plot.x.title) \(format.text(point.x)) · \(plot.y.title) \(format.text(point.y))\(error)", lineBreak: " ")
  }

  /// Names beneath the plot, in as many rows as they need.
  private func legend(top: Double) -> (svg: String, height: Double) {
    var parts: [String] = []
    var (x, y) = (left, top)
    for (number, series) in plot.series.enumerated() {
      let length = 34 + Self.letter * Double(displayWidth(series.title)) + 16
      if x > left, x + length > Self.width { (x, y) = (left, y + Self.line) }
      let color = Self.colors[number % Self.colors.count]
      if series.isLine {
        parts.append(#"<path d="M\#(px(x)) \#(px(y - 4))h26" fill="none" stroke="\#(color)" stroke-width="2"\#(dash(number))/>"#)
      }
      if series.hasMarks { parts.append(mark(number, at: (x + 13, y - 4), color: color)) }
      parts.append(word(series.title, x: x + 32, y: y))
      x += length
    }
    return (parts.joined(), plot.series.isEmpty ? 0 : y - top + 16)
  }

  private func rule(_ x1: Double, _ y1: Double, _ x2: Double, _ y2: Double, opacity: String) -> String {
    ##"<line x1="\##(px(x1))" y1="\##(px(y1))" x2="\##(px(x2))" y2="\##(px(y2))" stroke="#7a7a7a" stroke-width="1" stroke-opacity="\##(opacity)"/>"##
  }

  /// A grey that keeps its contrast on white and on dark.
  private func word(_ text: String, x: Double, y: Double, anchor: String = "start", extra: String = "") -> String {
    ##"<text x="\##(px(x))" y="\##(px(y))" fill="#7a7a7a" text-anchor="\##(anchor)"\##(extra)>\##(escaped(text, lineBreak: " "))</text>"##
  }
}
