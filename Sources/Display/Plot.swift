/// Curves and points over two axes, as a picture and as text.
///
/// ```swift
/// Plot(x: PlotAxis("forward calls", scale: .logarithmic), y: PlotAxis("accuracy"), caption: "Majority of N") {
///   Line("closed form", curve)                       // [(x, y)], joined by lines
///   Dots("measured", points, errors: halfWidths)     // points with a bar from y − error to y + error
/// }
/// ```
/// Series differ by the form of their marks and by dashes, not by colour alone. Points that are not finite, and points at or below 0
/// on a logarithmic axis, have no place; the drawing says how many were left out.
public struct Plot: Sendable {
  public var x: PlotAxis
  public var y: PlotAxis
  public var caption: String?
  public var series: [PlotSeries]

  /// - Parameter series: lines and dots, in the order of the legend; the picture may be empty.
  public init(x: PlotAxis, y: PlotAxis, caption: String? = nil, @PlotBuilder series: () -> [PlotSeries]) {
    self.init(x: x, y: y, caption: caption, series: series())
  }

  public init(x: PlotAxis, y: PlotAxis, caption: String? = nil, series: [PlotSeries]) {
    self.x = x
    self.y = y
    self.caption = caption
    self.series = series
  }
}

/// What is drawn along one side of a plot.
public struct PlotAxis: Sendable {
  public enum Scale: Sendable {
    case linear
    /// Equal distances are equal ratios; values at or below 0 have no place.
    case logarithmic
  }

  /// The quantity with its unit: «loss, nats per token».
  public var title: String
  public var scale: Scale
  /// What is shown at least; nil shows what the points need.
  public var range: ClosedRange<Double>?
  /// How numbers beside the axis are written.
  public var format: NumberFormat?

  public init(_ title: String, scale: Scale = .linear, range: ClosedRange<Double>? = nil, format: NumberFormat? = nil) {
    self.title = title
    self.scale = scale
    self.range = range
    self.format = format
  }
}

/// A row of points with one name.
public struct PlotSeries: Sendable {
  public struct Point: Sendable, Equatable {
    public var x: Double
    public var y: Double
    /// Half the length of the bar through the point, in units of y; nil for none.
    public var error: Double?
  }

  public var title: String
  public var points: [Point]
  /// Whether the points are joined, in their order.
  public var isLine: Bool
  /// Whether every point has a mark.
  public var hasMarks: Bool
}

/// What stands in the braces of a plot: lines, dots, or a series made elsewhere.
public protocol PlotElement: Sendable {
  var series: PlotSeries { get }
}

extension PlotSeries: PlotElement {
  public var series: PlotSeries { self }
}

/// Points that are joined by lines, in their order.
public struct Line: PlotElement {
  public let series: PlotSeries

  /// - Parameter errors: half the height of a band around the line at each point, in units of y; nil for none.
  public init(_ title: String, _ points: [(x: Double, y: Double)], errors: [Double]? = nil, marks: Bool = false) {
    series = PlotSeries(title: title, points: points.withErrors(errors), isLine: true, hasMarks: marks)
  }
}

/// Points on their own.
public struct Dots: PlotElement {
  public let series: PlotSeries

  /// - Parameter errors: half the length of a bar through each point, in units of y; nil for none.
  public init(_ title: String, _ points: [(x: Double, y: Double)], errors: [Double]? = nil) {
    series = PlotSeries(title: title, points: points.withErrors(errors), isLine: false, hasMarks: true)
  }
}

extension [(x: Double, y: Double)] {
  fileprivate func withErrors(_ errors: [Double]?) -> [PlotSeries.Point] {
    enumerated().map { index, point in
      PlotSeries.Point(x: point.x, y: point.y, error: errors.flatMap { index < $0.count ? $0[index] : nil })
    }
  }
}

/// Collects the series of a plot.
@resultBuilder
public enum PlotBuilder {
  public static func buildExpression(_ element: any PlotElement) -> [PlotSeries] { [element.series] }
  public static func buildBlock(_ series: [PlotSeries]...) -> [PlotSeries] { series.flatMap { $0 } }
  public static func buildOptional(_ series: [PlotSeries]?) -> [PlotSeries] { series ?? [] }
  public static func buildEither(first series: [PlotSeries]) -> [PlotSeries] { series }
  public static func buildEither(second series: [PlotSeries]) -> [PlotSeries] { series }
  public static func buildArray(_ series: [[PlotSeries]]) -> [PlotSeries] { series.flatMap { $0 } }
}

extension Plot: Displayable, CustomStringConvertible {
  public var mimeBundle: MIMEBundle { MIMEBundle(text: description, svg: svg) }
  public var description: String { text(width: 72, height: 16) }
}

extension Plot {
  /// Where points lie between 0 and 1 along both axes, and what was left out.
  struct Frame {
    var x: PlotScale
    var y: PlotScale
    var leftOut: Int

    func place(_ point: PlotSeries.Point) -> (x: Double, y: Double) { (x.place(of: point.x), y.place(of: point.y)) }
  }

  var frame: Frame {
    let shown = shownSeries.flatMap(\.points)
    let ends = shown.flatMap { point in
      // A bar that reaches below a logarithmic axis ends at its foot.
      [point.y, point.y + (point.error ?? 0), point.y - (point.error ?? 0)].filter(y.canShow)
    }
    let all = series.reduce(0) { $0 + $1.points.count }
    return Frame(x: PlotScale(x, values: shown.map(\.x)), y: PlotScale(y, values: ends), leftOut: all - shown.count)
  }

  /// The series without the points that have no place.
  var shownSeries: [PlotSeries] {
    series.map { series in
      var series = series
      series.points.removeAll { !x.canShow($0.x) || !y.canShow($0.y) }
      return series
    }
  }

  /// The captions above the drawing: the caller's, and how many points are missing.
  var captions: [String] {
    let missing = frame.leftOut
    let note = missing == 0 ? nil : "\(grouped(missing)) \(missing == 1 ? "point has" : "points have") no place on these axes"
    return [caption, note].compactMap { $0 }
  }
}
