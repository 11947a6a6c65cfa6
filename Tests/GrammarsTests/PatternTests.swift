import Testing

@testable import Grammars

@Suite("Regular expressions") struct PatternTests {
  @Test("The whole text matches, and every beginning of a match is open")
  func date() throws {
    let date = try Pattern(#"\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])"#)
    #expect(verdicts(date, "1999-12-31") == "oooooooooc")
    #expect(verdicts(date, "1999-13") == "oooooow")
    #expect(verdict(date, "1999-12-310") == .wrong)
  }

  @Test(
    "Every construct of the dialect",
    arguments: [
      ("^a|b$", ["a", "b"], ["ab"]), ("(?:ab)+?", ["ab", "abab"], ["", "aba"]), ("(?<year>x|y){2}", ["xy"], ["x"]),
      (#"[\w.-]+@\w+\.(com|org)"#, ["a.b-c@d.org"], ["a@b.net"]), (#"\s\S"#, [" x", "\u{3000}é"], ["xx", "  "]),
      (#"[^\d\n]"#, ["a", "é", "😀"], ["1", "\n"]), (#"\x41\u00e9\u{1F600}\0"#, ["Aé😀\0"], ["Aé😀0"]),
      (#"\p{Lu}\p{Ll}*\P{L}"#, ["Éa1", "Ω "], ["aa1"]), (".", ["x", "é", "😀"], ["\n", "", "xx"]),
      ("a{0}b{2,3}", ["bb", "bbb"], ["abb", "b"]),
      ("", [""], ["a"]), ("()|x", ["", "x"], ["xx"]), ("[]a]", [], ["]", "a"]), (#"[\]a\-z-]"#, ["]", "a", "-", "z"], ["b"]),
      ("(a|b)*abb", ["abb", "ababb", "aaabb"], ["ab", "abba"]),
    ])
  func constructs(text: String, right: [String], wrong: [String]) throws {
    guard text != "[]a]" else {
      #expect { try Pattern(text) } throws: { "\($0)" == "pattern: no text matches; every rule that is needed must be able to end." }
      return
    }
    let pattern = try Pattern(text)
    for text in right { #expect(verdict(pattern, text) == .complete, "\(text)") }
    for text in wrong { #expect(verdict(pattern, text) != .complete, "\(text)") }
  }

  @Test(
    "What is no part of the dialect is refused by name and place",
    arguments: [
      ("a(?=b)", "pattern, line 1, column 2: A look ahead is not supported; say what the text is, not what it is not."),
      ("(?<=a)b", "pattern, line 1, column 1: «(?<=» looks back, which is no part of a regular language."),
      (#"(a)\1"#, "pattern, line 1, column 4: A reference back to a group is no part of a regular language."),
      (#"\bword"#, "pattern, line 1, column 1: «\\b», the border of a word, is not supported."),
      ("a++", "pattern, line 1, column 3: Possessive repetitions are not supported."),
      ("a**", "pattern, line 1, column 3: A repetition of a repetition needs a group."),
      ("(a", "pattern, line 1, column 1: The group that begins here has no «)»."),
      ("a)", "pattern, line 1, column 2: «)» cannot stand here; every «)» closes a «(»."),
      ("[z-a]", "pattern, line 1, column 2: The range ends before it begins."),
      ("a{3,2}", "pattern, line 1, column 2: {3,2}: the second number is at least the first."),
      ("a{x}", "pattern, line 1, column 2: A count of repetitions is written {m}, {m,} or {m,n}; the sign itself is written «\\{»."),
      (
        "a^b",
        "pattern, line 1, column 2: «^» stands only at the beginning of the pattern or after a «|» outside groups, «$» only at the end or before one."
      ),
      ("(?i)a", "pattern, line 1, column 3: Groups are «(…)», «(?:…)» and «(?<name>…)»; «i» cannot stand here."),
      (#"\q"#, "pattern, line 1, column 1: «\\q» is no escape of this dialect: \\d \\w \\s \\n \\r \\t \\f \\v \\xHH \\uHHHH \\p{…}."),
      (#"\p{Foo}"#, "pattern, line 1, column 1: «\\p{Foo}» is no general category of Unicode, such as L, Lu, Nd or P."),
    ])
  func refusals(text: String, sentence: String) {
    #expect { try Pattern(text) } throws: { "\($0)" == sentence }
  }

  @Test("A choice is one of the texts, whatever they share")
  func choices() {
    let choices = Choices("yes", "yesterday", "no")
    #expect(verdicts(choices, "yesterday") == "oocooooo" + "c")
    #expect(verdicts(choices, "not") == "ocw")
    #expect("\(Choices("a", "b", "c", "d", "e"))" == "Choices(\"a\", \"b\", \"c\", … 2 more)")
  }
}
