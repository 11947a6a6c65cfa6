internal import Glibc
import Display

/// A text whose tokens are coloured by their probability: where the model was sure, and where it was not.
///
/// ```swift
/// search.best.strip
/// ```
/// Blue is probable, orange is not, in five steps; hovering shows the number. As plain text every token is followed by a bar of
/// its probability, in eighths.
public struct ProbabilityStrip: Sendable {
  /// The tokens as tables show them.
  public let labels: [String]
  /// From 0 to 1.
  public let probabilities: [Double]
  /// What the probabilities are, in a few words.
  public let caption: String

  init(labels: [String], logProbabilities: [Double], caption: String) {
    self.labels = labels
    probabilities = logProbabilities.map(exp)
    self.caption = caption
  }
}

extension Continuation {
  /// The text, each token with its probability by the model's own distribution.
  public var strip: ProbabilityStrip {
    ProbabilityStrip(labels: labels, logProbabilities: logProbabilities, caption: "p of each token by the model")
  }

  /// The same with the probability by which each token was chosen, after adapters; nil where no adapter was asked.
  public var adaptedStrip: ProbabilityStrip? {
    adaptedLogProbabilities.map { ProbabilityStrip(labels: labels, logProbabilities: $0, caption: "p of each token after adapters") }
  }
}

extension ProbabilityStrip: Displayable, CustomStringConvertible {
  /// The lowest probability of each colour, with a light ground on which dark text reads.
  private static let colours: [(from: Double, ground: String)] = [
    (0.8, "#bfdbfe"), (0.5, "#dbeafe"), (0.2, "#f3f4f6"), (0.05, "#fed7aa"), (0, "#fdba74"),
  ]

  private static func ground(_ probability: Double) -> String {
    colours.first { probability >= $0.from }?.ground ?? "#fdba74"
  }

  public var mimeBundle: MIMEBundle { MIMEBundle(text: description, html: html) }

  /// Spans with their own ground and ink, so that they read on light and on dark pages.
  var html: String {
    let spans = zip(labels, probabilities).map { label, probability in
      let number = NumberFormat.fixed(4).text(probability)
      return """
        <span title="\(escapedHTML(label)): p = \(number)" style="background:\(Self.ground(probability));color:#111827;padding:1px 2px;\
        margin:1px;border-radius:3px;display:inline-block">\(escapedHTML(label))</span>
        """
    }
    let key = Self.colours.map { from, ground in
      #"<span style="background:\#(ground);color:#111827;padding:0 4px;border-radius:3px">≥ \#(NumberFormat.automatic.text(from))</span>"#
    }
    return """
      <div style="font-family:monospace;line-height:1.9">\(spans.joined())</div>
      <div style="font-size:85%;opacity:.8">\(escapedHTML(caption)): \(key.joined(separator: " "))</div>
      """
  }

  /// The tokens, each followed by a bar of its probability, in lines of at most 100 columns.
  public var description: String {
    let bars = Array("▁▂▃▄▅▆▇█")
    var lines: [String] = []
    var line = ""
    for (label, probability) in zip(labels, probabilities) {
      let part = label + String(bars[min(7, Int(probability * 8))])
      if !line.isEmpty, line.count + 1 + part.count > 100 {
        lines.append(line)
        line = ""
      }
      line += (line.isEmpty ? "" : " ") + part
    }
    lines.append(line)
    return (lines + ["\(caption): ▁ below 1/8 … █ from 7/8"]).joined(separator: "\n")
  }

  private func escapedHTML(_ text: String) -> String {
    text.map { character in
      switch character {
      case "&": "&amp;"
      case "<": "&lt;"
      case ">": "&gt;"
      case "\"": "&quot;"
      default: String(character)
      }
    }.joined()
  }
}
