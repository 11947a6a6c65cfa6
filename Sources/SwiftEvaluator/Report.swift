import Display
internal import Glibc
import JupyterKernel

/// How a failure reads in a notebook: first what went wrong, then the cell's own line with a caret.
///
/// Colours are the eight of ANSI, which front ends map to their themes.
struct Report {
  /// The texts of the cells so far, by the name that diagnostics give them (`In[3]`).
  var cells: [String: [String]] = [:]
  /// The number that the notebook shows for each module, by the module's name.
  var numbers: [String: String] = [:]

  static let red = "\u{1B}[1;31m"
  static let yellow = "\u{1B}[1;33m"
  static let cyan = "\u{1B}[36m"
  static let faint = "\u{1B}[2m"
  static let plain = "\u{1B}[0m"

  /// A place in a cell.
  struct Place: Equatable {
    var cell: String
    var line: Int
    /// In UTF-8 bytes from 1; 0 when only the line is known.
    var column: Int
    var length = 1
    /// The function that the place lies in, as a person names it; empty at the top level of the cell.
    var function = ""

    /// `In[3], line 4, in push`
    var description: String { "\(cell), line \(line)" + (function.isEmpty ? "" : ", in \(function)") }
  }

  /// The compiler's word as a failure.
  func rejection(_ diagnostics: [Diagnostic]) -> CellFailure {
    let first = diagnostics.first { $0.severity == .error }
    return CellFailure(
      name: "CompileError", message: tidy(first?.message ?? "The cell does not compile."), traceback: diagnostics.flatMap(lines))
  }

  /// Warnings as text for standard error.
  func warnings(_ diagnostics: [Diagnostic]) -> String {
    diagnostics.flatMap(lines).map { $0 + "\n" }.joined()
  }

  private func lines(_ diagnostic: Diagnostic) -> [String] {
    let color =
      switch diagnostic.severity {
      case .error: Self.red
      case .warning: Self.yellow
      case .note: Self.cyan
      }
    let what = "\(color)\(diagnostic.severity.rawValue):\(Self.plain) \(tidy(diagnostic.message))"
    guard let cell = diagnostic.cell else { return [what] }
    let place = Place(cell: cell, line: diagnostic.line, column: diagnostic.column, length: diagnostic.length)
    return ["\(Self.faint)\(cell):\(diagnostic.line):\(character(place))\(Self.plain) \(what)"] + excerpt(place, color: color)
  }

  /// Makes a line of a package's source known, under the name that a person knows the file by; nil for lines of other libraries.
  mutating func quote(_ location: Symbolizer.Location, of package: BuiltPackages) -> Symbolizer.Location? {
    guard location.line > 0, let name = package.shortName(of: location.path) else { return nil }
    if cells[name] == nil {
      let file = open(location.path, O_RDONLY | O_CLOEXEC)
      if file >= 0 {
        let text = String(decoding: readAll(file), as: UTF8.self)
        cells[name] = text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline).map(String.init)
        close(file)
      }
    }
    var location = location
    location.file = name
    return location
  }

  /// What happened while the cell ran, where, and how the program had come there (innermost first).
  func failure(name: String, message: String, places: [Place], remark: String? = nil) -> CellFailure {
    let message = tidy(message)
    var traceback = ["\(Self.red)\(name)\(Self.plain)" + (message.isEmpty ? "" : ": \(message)")]
    if let first = places.first {
      traceback.append("\(Self.faint)\(first.description)\(Self.plain)")
      traceback += excerpt(first, color: Self.red)
    }
    var shown = places.first
    for place in places.dropFirst() where place.cell != shown?.cell || place.line != shown?.line {
      if traceback.count > 20 {
        traceback.append("\(Self.faint)…\(Self.plain)")
        break
      }
      shown = place
      traceback.append("\(Self.faint)called from \(place.description)\(Self.plain)")
      traceback += excerpt(Place(cell: place.cell, line: place.line, column: 0), color: Self.faint)
    }
    if let remark { traceback.append(remark) }
    return CellFailure(name: name, message: message, traceback: traceback)
  }

  /// The column in characters, as a person counts.
  private func character(_ place: Place) -> Int {
    guard let lines = cells[place.cell], lines.indices.contains(place.line - 1) else { return place.column }
    return String(decoding: lines[place.line - 1].utf8.prefix(place.column - 1), as: UTF8.self).count + 1
  }

  /// The line, and under it a caret.
  private func excerpt(_ place: Place, color: String) -> [String] {
    guard let lines = cells[place.cell], lines.indices.contains(place.line - 1) else { return [] }
    let line = lines[place.line - 1].replacing("\t", with: " ")
    let number = "\(place.line)"
    var result = ["\(Self.faint)\(number) │\(Self.plain) \(line)"]
    if place.column > 0 {
      let before = String(decoding: line.utf8.prefix(place.column - 1), as: UTF8.self)
      let marked = String(decoding: line.utf8.dropFirst(place.column - 1).prefix(place.length), as: UTF8.self)
      let underline = "^" + String(repeating: "~", count: max(0, displayWidth(marked) - 1))
      let indent = String(repeating: " ", count: displayWidth(before))
      result.append("\(String(repeating: " ", count: number.count)) \(Self.faint)│\(Self.plain) \(indent)\(color)\(underline)\(Self.plain)")
    }
    return result
  }

  /// Takes generated names out of a message: `Cell12.Point` is the Point of the cell that has run as number 9.
  func tidy(_ message: String) -> String {
    guard message.contains("Cell") else { return message }
    return message.replacing(/\b(Cell[0-9]+_[0-9a-f]{8})\.([A-Za-z_][A-Za-z_0-9.]*)/) { match in
      if let number = numbers[String(match.1)] { return "\(match.2) (of \(number))" }
      return "\(match.2)"
    }.replacing(/\bmodule '(Cell[0-9]+_[0-9a-f]{8})'/) { match in
      numbers[String(match.1)] ?? "another cell"
    }
  }
}
