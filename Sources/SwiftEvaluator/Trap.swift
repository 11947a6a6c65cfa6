/// The words for a trap.
enum Trap {
  /// The runtime's message without its place, which is shown as the cell's own; for a trap that says nothing, the compiler's name for the check.
  ///
  /// - Parameter function: the innermost function at the trap. For a failed check it is an artificial one whose name says which:
  ///   «Swift runtime failure: arithmetic overflow».
  static func words(_ message: String, function: String) -> String {
    Wording.ofRuntime(rawWords(message, function: function))
  }

  private static func rawWords(_ message: String, function: String) -> String {
    let failure = "Swift runtime failure: "
    // What follows a message is the runtime's own trace, of addresses.
    let said = message.split(separator: "Current stack trace:", maxSplits: 1, omittingEmptySubsequences: false).first ?? ""
    if said.contains("Simultaneous accesses to ") {
      return "Simultaneous accesses to a variable, but modification requires exclusive access"
    }
    for opening in ["Fatal error", "Precondition failed", "Assertion failed", "Fatal access conflict"] {
      guard let range = said.firstRange(of: opening) else { continue }
      let text = String(said[range.lowerBound...]).trimmingTrailingNewlines
      return text.hasSuffix(":") ? String(text.dropLast()) : text
    }
    if function.hasPrefix(failure) { return "Fatal error: " + function.dropFirst(failure.count) }
    return message.trimmingTrailingNewlines
  }

  static func name(ofSignal signal: Int32) -> String {
    let names: [Int32: String] = [
      4: "illegal instruction", 6: "abort", 7: "bus error", 8: "arithmetic", 9: "killed, perhaps because memory ran out",
      11: "segmentation fault",
      15: "terminated",
    ]
    return names[signal] ?? "number \(signal)"
  }
}

extension String {
  fileprivate var trimmingTrailingNewlines: String {
    var text = self[...]
    while text.last?.isNewline == true { text = text.dropLast() }
    return String(text)
  }
}
