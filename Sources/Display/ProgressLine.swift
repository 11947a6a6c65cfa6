internal import Glibc

/// One state of a ``ProgressBar``, drawn as a line of text and as HTML that still reads when a viewer strips the bar.
struct ProgressLine: Displayable, Sendable {
  enum Phase: Sendable { case running, finished, stopped }

  var label: String
  var unit: String
  var total: Int?
  var completed = 0
  var note = ""
  var elapsed = Duration.zero
  var phase = Phase.running
  /// Steps a second of late, for the time that is left; nil before the first measurement.
  private(set) var rate: Double?

  init(label: String, unit: String, total: Int?) {
    self.label = label
    self.unit = unit
    self.total = total
  }

  /// Takes in that so many steps took so long. Late steps count more: each measurement weighs 0.3, all before it 0.7.
  mutating func measure(_ count: Int, in time: Duration) {
    let measured = Double(count) / max(1e-9, time / .seconds(1))
    rate = rate.map { 0.7 * $0 + 0.3 * measured } ?? measured
  }

  var mimeBundle: MIMEBundle { MIMEBundle(text: text, html: html) }

  /// `training  ████████░░░░░░░░░░░░  210 of 500 steps · 42 % · 8.4 s · 25.0/s · 11.6 s left`
  var text: String {
    let bar = fraction.map { fraction in
      let filled = Int(fraction * 20)
      return String(repeating: "█", count: filled) + String(repeating: "░", count: 20 - filled)
    }
    return [label.isEmpty ? nil : label, bar, words].compactMap { $0 }.joined(separator: "  ")
  }

  var html: String {
    // Without a bar where the length is not known: one that moves for ever would still move in a saved notebook.
    let bar = fraction.map { fraction in
      let value = NumberFormat.fixed(3).text(fraction)
      return #"<progress value="\#(value)" max="1" style="width:16em;vertical-align:middle"></progress>"#
    }
    return "<div>\([label.isEmpty ? nil : escaped(label), bar, escaped(words)].compactMap { $0 }.joined(separator: "&#160; "))</div>"
  }

  /// What is done of the whole, 0 to 1; nil where the whole is not known, or turned out to be wrong.
  private var fraction: Double? {
    guard let total, (0...total).contains(completed) else { return nil }
    return total == 0 ? 1 : Double(completed) / Double(total)
  }

  private var words: String {
    var count = grouped(completed)
    if fraction != nil, let total, phase != .finished || completed < total { count += " of \(grouped(total))" }
    if !unit.isEmpty { count += " \(unit)" }
    let seconds = elapsed / .seconds(1)
    var parts: [String]
    switch phase {
    case .running:
      parts = [count]
      if let fraction { parts.append("\(Int(fraction * 100)) %") }
      if elapsed > .zero { parts.append(readableTime(seconds)) }
      if let rate, rate > 0 {
        parts.append(speed(rate))
        if fraction != nil, let total, completed < total { parts.append("\(readableTime(Double(total - completed) / rate)) left") }
      }
    case .finished:
      parts = ["\(count) in \(readableTime(seconds))"]
      if completed > 0, seconds > 0 { parts.append(speed(Double(completed) / seconds)) }
    case .stopped: parts = ["stopped at \(count) after \(readableTime(seconds))"]
    }
    if !note.isEmpty { parts.append(note) }
    return parts.joined(separator: " · ")
  }

  /// `25.0/s`, `1,250/s`; where a step takes more than a second, `3.2 s each`.
  private func speed(_ rate: Double) -> String {
    if rate < 1 { return "\(readableTime(1 / rate)) each" }
    return (rate < 100 ? NumberFormat.fixed(1).text(rate) : grouped(Int(min(rate, 1e15)))) + "/s"
  }
}

/// A time for reading: `0.42 s`, `8.4 s`, `2 min 05 s`, `3 h 20 min`.
public func readableTime(_ seconds: Double) -> String {
  guard seconds.isFinite, seconds < 1e9 else { return noValue }
  if seconds < 1 { return NumberFormat.fixed(2).text(seconds) + " s" }
  if seconds < 60 { return NumberFormat.fixed(1).text(min(seconds, 59.9)) + " s" }
  let whole = Int(seconds)
  func two(_ number: Int) -> String { number < 10 ? "0\(number)" : "\(number)" }
  if whole < 3_600 { return "\(whole / 60) min \(two(whole % 60)) s" }
  return "\(grouped(whole / 3_600)) h \(two(whole / 60 % 60)) min"
}

let standardErrorIsTerminal = isatty(STDERR_FILENO) == 1

func writeToStandardError(_ text: String) {
  var text = text
  text.withUTF8 { _ = write(STDERR_FILENO, $0.baseAddress, $0.count) }
}
