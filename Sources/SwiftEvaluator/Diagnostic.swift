import Display

/// One thing that the compiler says about a cell, at its place in the cell's own text.
struct Diagnostic: Equatable {
  enum Severity: String { case error, warning, note }

  var severity: Severity
  var message: String
  /// `In[3]`; nil for what has no place in a cell (a module that cannot be found by the compiler's own means).
  var cell: String?
  /// Counted from 1.
  var line: Int
  /// Counted from 1, in UTF-8 bytes.
  var column: Int
  /// How many columns the underline takes, at least 1.
  var length = 1
  /// What the compiler proposes to write there instead.
  var replacement: String?

  /// Reads the compiler's messages (`-diagnostic-style llvm`). `place` turns a place in the script into one in the cell, or nil.
  static func parse(_ text: String, place: (_ file: String, _ line: Int, _ column: Int) -> (cell: String?, line: Int, column: Int))
    -> [Diagnostic]
  {
    var result: [Diagnostic] = []
    var context: [Substring] = []
    func finish() {
      guard !result.isEmpty, let caretLine = context.first(where: { $0.contains("^") && $0.allSatisfy { " ^~".contains($0) } }) else {
        return
      }
      let end = caretLine.lastIndex { $0 == "~" || $0 == "^" }!
      let caret = caretLine.firstIndex(of: "^")!
      result[result.count - 1].length = max(1, caretLine.distance(from: caret, to: end) + 1)
    }
    for line in text.split(separator: "\n", omittingEmptySubsequences: false) {
      if let head = Head(line) {
        finish()
        context = []
        let found = place(head.file, head.line, head.column)
        result.append(
          Diagnostic(
            severity: head.severity, message: Wording.ofCompiler(head.message), cell: found.cell, line: found.line, column: found.column))
      } else {
        context.append(line)
      }
    }
    finish()
    return result
  }

  /// `In[3]:2:9: error: cannot find 'x' in scope`
  private struct Head {
    var file: String
    var line: Int
    var column: Int
    var severity: Severity
    var message: String

    init?(_ text: Substring) {
      for severity in [Severity.error, .warning, .note] {
        let parts = text.split(separator: ": \(severity.rawValue): ", maxSplits: 1)
        guard parts.count == 2 else {
          if text.hasPrefix("\(severity.rawValue): ") {
            self.init(file: "", line: 0, column: 0, severity: severity, message: String(text.dropFirst(severity.rawValue.count + 2)))
            return
          }
          continue
        }
        let place = parts[0].split(separator: ":")
        guard place.count >= 3, let line = Int(place[place.count - 2]), let column = Int(place[place.count - 1]) else { continue }
        self.init(
          file: place.dropLast(2).joined(separator: ":"), line: line, column: column, severity: severity, message: String(parts[1]))
        return
      }
      return nil
    }

    private init(file: String, line: Int, column: Int, severity: Severity, message: String) {
      self.file = file
      self.line = line
      self.column = column
      self.severity = severity
      self.message = message
    }
  }
}
