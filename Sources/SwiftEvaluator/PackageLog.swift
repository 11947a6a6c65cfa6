/// What SwiftPM wrote, read for its errors.
struct PackageLog {
  /// How many errors a cell shows.
  static let maximumErrors = 5
  private let lines: [Substring]
  private let folder: String

  init(_ output: String, in folder: String) {
    lines = output.split(separator: "\n", omittingEmptySubsequences: false)
    self.folder = folder
  }

  /// The compiler's errors with their places and source lines; without any, what SwiftPM itself had to say.
  func failure(_ sentence: String) -> PackageFailure {
    var details: [String] = []
    var errors: [String] = []
    var index = lines.startIndex
    while index < lines.endIndex {
      defer { index += 1 }
      guard let match = lines[index].wholeMatch(of: /(\/.*):([0-9]+):([0-9]+): error: (.*)/),
        !errors.contains(String(lines[index]))
      else { continue }
      errors.append(String(lines[index]))
      if errors.count > Self.maximumErrors { continue }
      let place = "\(short(String(match.1))):\(match.2):\(match.3)"
      details.append("\(Report.faint)\(place)\(Report.plain) \(Report.red)error:\(Report.plain) \(match.4)")
      // The source that the compiler quotes: `12 | let a = b` and the line with the caret.
      while index + 1 < lines.endIndex, lines[index + 1].contains(/^ *[0-9]* *\|/) {
        index += 1
        if !lines[index].contains(": note: ") { details.append(String(lines[index])) }
      }
    }
    if errors.count > Self.maximumErrors { details.append("… and \(errors.count - Self.maximumErrors) more errors") }
    if let first = errors.first, let message = first.split(separator: ": error: ", maxSplits: 1).last {
      return PackageFailure("\(sentence): \(message)", details: details)
    }
    // «error: 'folder': no versions of 'x' match the requirement 9.9.9»
    let said = lines.filter { $0.hasPrefix("error: ") }.map { $0.dropFirst(7).replacing(#/^'[^']*': /#, with: "") }
    if let first = said.first { return PackageFailure("\(sentence): \(first)", details: said.dropFirst().map { String($0) }) }
    return PackageFailure("\(sentence).", details: lines.suffix(5).map { String($0) })
  }

  /// A path as a person knows it: below the checkout of its package.
  private func short(_ path: String) -> String {
    let checkouts = folder + "/.build/checkouts/"
    return path.hasPrefix(checkouts) ? String(path.dropFirst(checkouts.count)) : path
  }
}
