/// The compiler's messages in a notebook's words, where its own speak of files and options that a cell has not.
enum Wording {
  static func ofCompiler(_ message: String) -> String {
    let message = withoutGroup(message)
    if let match = message.wholeMatch(of: synthesis) {
      return "\(match.member) of '\(match.requirement)' can be synthesised only in the cell that declares \(match.type): "
        + "state the conformance there, or write \(match.member) here"
    }
    if let match = message.wholeMatch(of: /redundant conformance of '(?<type>.+)' to protocol '(?<requirement>.+)'/) {
      return "'\(match.type)' conforms to '\(match.requirement)' already, and something that this cell mentions was compiled with that: "
        + "put the extension in a cell of its own"
    }
    if let match = message.wholeMatch(
      of: /conformance of '(?<type>.+)' to protocol '(?<requirement>.+)' was already stated in the type's .*/)
    {
      return "'\(match.type)' states '\(match.requirement)' in the cell that declares it, and print and generic code keep to that: "
        + "change it there"
    }
    return message
  }

  /// «'f()' is deprecated [#DeprecatedDeclaration]»: the name of the group serves the compiler's options.
  private static func withoutGroup(_ message: String) -> String {
    guard message.hasSuffix("]"), let start = message.ranges(of: " [#").last?.lowerBound else { return message }
    return String(message[..<start])
  }

  private static var synthesis: Regex<(Substring, type: Substring, member: Substring, requirement: Substring)> {
    /extension outside of file declaring (?<type>.+) prevents automatic synthesis of (?<member>'.+') for protocol '(?<requirement>.+)'/
  }

  /// The runtime's last words before a trap, without addresses and without the name that every script's module has.
  static func ofRuntime(_ message: String) -> String {
    if let match = message.firstMatch(of: /Could not cast value of type '(.+)' \(0x[0-9a-f]+\) to '(.+)' \(0x[0-9a-f]+\)/) {
      return "Could not cast value of type '\(withoutModule(match.1))' to '\(withoutModule(match.2))'"
    }
    guard message.contains("unowned reference") else { return message }
    return message.replacing(/object 0x[0-9a-f]+/, with: "the object")
  }

  private static func withoutModule(_ name: Substring) -> Substring { name.hasPrefix("main.") ? name.dropFirst(5) : name }
}
